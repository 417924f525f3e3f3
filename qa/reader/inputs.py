"""Question + window of sentences → the tokens that the trained reader sees.

Training and answering share this module, so that they can't drift apart. The reader sees
``[CLS] question [SEP] title. SPEAKER: sentence sentence SPEAKER: sentence … [SEP]``; titles and
labels help it understand, but only the sentences' own tokens are scored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

# Room for a question of about 40 words; longer ones keep their beginning.
MAX_QUESTION_TOKENS = 64
MAX_TITLE_TOKENS = 16
MAX_LABEL_TOKENS = 8
# A passage of 160 tokens with labels, title and question; what doesn't fit is cut from the end.
MAX_TOKENS = 256


@dataclass(frozen=True, slots=True)
class WindowSentence:
    """A sentence as the reader sees it; ``label`` names the speaker where a turn begins."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive sentences of one passage, read together."""

    title: str
    sentences: tuple[WindowSentence, ...]


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """Token ids and types of one pair.

    Args:
        ids: token ids.
        types: 0 for the question's tokens, 1 for the window's.
        ranges: per sentence its token range, end exclusive; empty where it was cut off.
        offsets: per token its char range in the sentence it belongs to; (0, 0) elsewhere.
        inner: whether a token goes on with the word of the one before it.
    """

    ids: tuple[int, ...]
    types: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    offsets: tuple[tuple[int, int], ...]
    inner: tuple[bool, ...] = ()


def load_tokenizer(folder: Path) -> Tokenizer:
    """Return the tokenizer of a model folder without padding and truncation."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


class ReaderTokenizer:
    """Builds reader inputs with the encoder's word pieces."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        """Take a tokenizer whose padding and truncation are off."""
        self._tokenizer = tokenizer
        self._cls = int(tokenizer.token_to_id("[CLS]"))  # type: ignore[arg-type]
        self._sep = int(tokenizer.token_to_id("[SEP]"))  # type: ignore[arg-type]

    def encode(self, question: str, windows: Sequence[Window]) -> tuple[ReaderInput, ...]:
        """Return the input of each window with the question."""
        asked = self._ids(question)[:MAX_QUESTION_TOKENS]
        return tuple(self._encode(asked, window) for window in windows)

    def _encode(self, asked: list[int], window: Window) -> ReaderInput:
        ids = [self._cls, *asked, self._sep]
        question_end = len(ids)
        offsets = [(0, 0)] * question_end
        inner = [False] * question_end

        def add(pieces: list[int]) -> None:
            ids.extend(pieces)
            offsets.extend([(0, 0)] * len(pieces))
            inner.extend([False] * len(pieces))

        if window.title:
            add(self._ids(window.title)[:MAX_TITLE_TOKENS] + self._ids("."))
        ranges = []
        room = MAX_TOKENS - 1
        for sentence in window.sentences:
            if sentence.label:
                add(self._ids(sentence.label)[:MAX_LABEL_TOKENS] + self._ids(":"))
            encoding = self._tokenizer.encode(sentence.text, add_special_tokens=False)
            start = min(len(ids), room)
            ids.extend(encoding.ids)
            offsets.extend((a, b) for a, b in encoding.offsets)
            inner.extend(piece.startswith("##") for piece in encoding.tokens)
            ranges.append((start, min(len(ids), room)))
        ids, offsets, inner = ids[:room], offsets[:room], inner[:room]
        ids.append(self._sep)
        offsets.append((0, 0))
        inner.append(False)
        return ReaderInput(
            ids=tuple(ids),
            types=(0,) * question_end + (1,) * (len(ids) - question_end),
            ranges=tuple(ranges),
            offsets=tuple(offsets),
            inner=tuple(inner),
        )

    def _ids(self, text: str) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)
