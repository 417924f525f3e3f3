"""What the format tests share: reading in one call, and texts that hurt."""

from __future__ import annotations

from hypothesis import strategies as st

from index.formats import read_transcripts
from index.records import Source, Transcript

# Stands for a line of 100,000 characters in drawn examples, which must stay printable.
LONG = "§"
_LONG_TEXT = "so it goes 🎙️ e\u0301 ‏שלום " * 4000 + "on"
HARD_PIECES = (
    "🎙️",
    "e\u0301",
    "שלום\u200f",
    "word",
    "here is a \0 within",
    "\u2028",
    "U.S.",
    "<i>",
    "&amp;",
    LONG,
)


def expand(text: str) -> str:
    """Return a drawn text with the long line in its place."""
    return text.replace(LONG, _LONG_TEXT)


def hard_words(exclude: str = "") -> st.SearchStrategy[str]:
    """Draw what somebody says: words with all that Unicode has, without white space at the ends."""
    letters = st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=exclude + LONG),
        min_size=1,
        max_size=20,
    )
    pieces = [piece for piece in HARD_PIECES if not set(piece) & set(exclude)]
    words = st.lists(letters | st.sampled_from(pieces), min_size=1, max_size=8).map(" ".join)
    return words.map(_at_most_one_long).map(str.strip).filter(bool)


def _at_most_one_long(text: str) -> str:
    head, mark, rest = text.partition(LONG)
    return head + mark + rest.replace(LONG, "long")


def read_one(data: str | bytes, source_format: str | None = None, key: str = "a.txt") -> Transcript:
    """Read the one transcript of a source."""
    raw = data.encode() if isinstance(data, str) else data
    ((_, transcript),) = read_transcripts(Source(key, raw, source_format=source_format))
    return transcript


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    """Return who said what, read through the offsets."""
    return [
        (turn.speaker, transcript.text[turn.char_start : turn.char_end])
        for turn in transcript.turns
    ]
