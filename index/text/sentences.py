"""Transcript → Sentences: the units of citation, with exact offsets and the times of the source."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import sentencex

from index.errors import RefusedSource
from index.records import Sentence, Transcript, Turn, Word

# A citation should be readable at a glance; 320 characters are about 20 seconds of speech. Longer
# sentences, such as captions without punctuation, are cut into even pieces below this length.
MAX_SENTENCE_CHARS = 320

# Most sentences of a transcript, if nothing else is said: some fifty hours of talk. Each costs
# about a kilobyte of memory while it is ingested, and one vector for good.
MAX_SENTENCES = 50_000

# Characters of a turn that the splitter sees at a time: it makes a dictionary of every sentence.
SLICE_CHARS = 100_000

# How much of the end of a sentence tells whether it is open: longer than any abbreviation.
_ENDING_CHARS = 64

# A pause of this length between two timed words is taken as a break in unpunctuated speech.
PAUSE_MS = 700

# "U.S.", "e.g.", "J. F. K." and titles don't end a sentence, whatever follows.
_OPEN_ENDING = re.compile(
    r"(?:\b(?:[^\W\d_]\.){2,}|(?<![^\W\d_])[A-Z]\."
    r"|\b(?:Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Capt|St|vs)\.)\s*$"
)
# Words that the splitter takes for abbreviations only ("No. 5", Maine, Illinois, article): before a
# word with a capital they end a sentence, as in "No. I didn't." and "Ask me. Nobody knows."
_EVERYDAY = re.compile(
    r"(?<![\w.])(?:[Nn]o|[Oo]k|OK|[Mm]e|[Mm]ay|[Aa]rt|ill|miss|con|ore)\.[\"'”’)\]]*\s+"
    r"(?=[\"'“‘(\[]*(?P<next>[^\W\d_]+))"
)
# What may be numbered after "No.": a Roman numeral or a letter, except the word "I".
_NUMBERING = re.compile(r"(?!I\Z)(?:[IVXLCDM]+|[A-Z])\Z")
# Where a long sentence is best cut: after punctuation, else between words.
_CLAUSE_END = re.compile(r"[,;:—–]\s+|\s-\s")
_SPACE = re.compile(r"\s+")
_WORD = re.compile(r"\w")


def split_sentences(transcript: Transcript, limit: int | None = None) -> tuple[Sentence, ...]:
    """Return the sentences of every turn, numbered from 0 in file order.

    Each lies inside one turn, holds at least one word, begins and ends without white space, and is
    at most ``MAX_SENTENCE_CHARS`` long (a single longer word is cut too).

    Raises:
        RefusedSource: ``too_many_sentences``, there are more than ``limit``; no more are made then.
    """
    language = transcript.metadata.language or "en"
    sentences: list[Sentence] = []
    for turn in transcript.turns:
        clock = _clock(turn)
        for start, end in _ranges(transcript.text, clock, language):
            if limit is not None and len(sentences) >= limit:
                raise too_many(f"the transcript has over {limit:,} sentences")
            start_ms, end_ms = _times(clock, start, end)
            sentences.append(
                Sentence(
                    number=len(sentences),
                    turn=turn.number,
                    speaker=turn.speaker,
                    char_start=start,
                    char_end=end,
                    start_ms=start_ms,
                    end_ms=end_ms,
                )
            )
    return tuple(sentences)


def too_many(what: str) -> RefusedSource:
    """Return the refusal of a source that would take too much memory."""
    return RefusedSource(
        f"{what}; split it, or raise TRANSCRIPT_QA_MAX_SENTENCES", code="too_many_sentences"
    )


@dataclass(frozen=True, slots=True)
class _Clock:
    """A turn with what is looked up in its words, since one turn may hold hours of them.

    ``starts`` are the offsets where its words begin, ``ends`` the farthest that any of them up to
    there ends, ``pauses`` the offsets in the turn's text where a timed pause ends.
    """

    turn: Turn
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    pauses: tuple[int, ...]


def _clock(turn: Turn) -> _Clock:
    return _Clock(
        turn,
        tuple(word.char_start for word in turn.words),
        tuple(accumulate((word.char_end for word in turn.words), max)),
        tuple(
            after.char_start - turn.char_start
            for before, after in pairwise(turn.words)
            if after.start_ms - before.end_ms >= PAUSE_MS
        ),
    )


def _ranges(text: str, clock: _Clock, language: str) -> Iterator[tuple[int, int]]:
    turn = clock.turn
    said = text[turn.char_start : turn.char_end]
    for start, end in _joined(said, language):
        for piece in _capped(said, start, end, clock.pauses):
            yield turn.char_start + piece[0], turn.char_start + piece[1]


def _joined(said: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield sentence ranges: the splitter's, with wordless ones and open endings joined on."""
    held: tuple[int, int] | None = None
    open_ending = False
    for start, end in _split(said, language):
        if start == end:
            continue
        wordless = _WORD.search(said, start, end) is None
        if held is not None and (open_ending or wordless):
            held = (held[0], end)
        else:
            if held is not None and _WORD.search(said, *held):
                yield held
            held = (start, end)
        ending = said[max(start, end - _ENDING_CHARS) : end]
        open_ending = _OPEN_ENDING.search(ending) is not None
    if held is not None and _WORD.search(said, *held):
        yield held


def _split(said: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield the splitter's ranges without white space around them, everyday words put right."""
    for start, end in _boundaries(said, language):
        if language.startswith("en"):
            for match in _EVERYDAY.finditer(said, start, end):
                following = match["next"]
                if following[0].isupper() and not _NUMBERING.match(following):
                    yield _stripped(said, start, match.end())
                    start = match.end()
        yield _stripped(said, start, end)


def _boundaries(said: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield the splitter's ranges, made of a slice at a time so that memory stays flat.

    The last of a slice may go on in the next one, which begins with it.
    """
    at, size = 0, SLICE_CHARS
    while at < len(said):
        found = sentencex.get_sentence_boundaries(language, said[at : at + size])
        if at + size < len(said):
            if len(found) < 2:
                size *= 2
                continue
            after = at + found.pop()["start_index"]
        else:
            after = len(said)
        for boundary in found:
            yield at + boundary["start_index"], at + boundary["end_index"]
        at, size = after, SLICE_CHARS


def _capped(said: str, start: int, end: int, pauses: Sequence[int]) -> Iterator[tuple[int, int]]:
    while end - start > MAX_SENTENCE_CHARS:
        cut = _best_cut(said, start, end, pauses)
        piece = _stripped(said, start, cut)
        if _WORD.search(said, *piece):
            yield piece
        start, end = _stripped(said, cut, end)
    if start < end and _WORD.search(said, start, end):
        yield start, end


def _best_cut(said: str, start: int, end: int, pauses: Sequence[int]) -> int:
    """Return where to cut: at a pause, else after a clause, else between words, near even parts."""
    parts = -(-(end - start) // MAX_SENTENCE_CHARS)
    ideal = start + (end - start) // parts
    latest = start + MAX_SENTENCE_CHARS
    earliest = start + MAX_SENTENCE_CHARS // 3
    window = said[start:latest]
    silent = pauses[bisect_left(pauses, earliest) : bisect_right(pauses, latest)]
    clauses = [start + m.end() for m in _CLAUSE_END.finditer(window)]
    spaces = [start + m.end() for m in _SPACE.finditer(window)]
    for cuts in (silent, [c for c in clauses if c >= earliest], [c for c in spaces if c > start]):
        if cuts:
            return min(cuts, key=lambda c: (abs(c - ideal), c))
    return latest


def _stripped(said: str, start: int, end: int) -> tuple[int, int]:
    # Without a copy: a sentence that has no end is as long as its file.
    while start < end and said[start].isspace():
        start += 1
    while start < end and said[end - 1].isspace():
        end -= 1
    return start, end


def _times(clock: _Clock, start: int, end: int) -> tuple[int | None, int | None]:
    """Return the times of the timed words in the range, else the turn's own; nothing is guessed."""
    first, last = bisect_right(clock.ends, start), bisect_left(clock.starts, end)
    inside: list[Word] = [w for w in clock.turn.words[first:last] if w.char_end > start]
    if not inside:
        return clock.turn.start_ms, clock.turn.end_ms
    return min(w.start_ms for w in inside), max(w.end_ms for w in inside)
