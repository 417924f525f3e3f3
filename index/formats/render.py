"""What was said → canonical text and turns: the one renderer of every format that isn't plain text.

One line per turn, ``SPEAKER: text`` or the text alone. Captions come in pieces that end anywhere,
so ``joined`` makes utterances of them first: pieces of one speaker that follow each other are one.
Every piece keeps its own times: ``Turn.words`` holds a word where the source times words, and a
whole piece (cue, segment) where it doesn't. Nothing between the times is interpolated.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.records import Turn, Word

# Captions that name nobody would become one turn of hours. A silence this long is a paragraph to
# any reader; shorter ones are breath.
PAUSE_MS = 3000
# Past this length a nameless turn ends with the next sentence: about a minute of speech.
NAMELESS_LENGTH = 1000
# Without sentence ends in sight it ends here, at the end of a cue.
NAMELESS_LIMIT = 2000

_SENTENCE_END = re.compile(r"[.?!…。？！]['\"”’»)\]]*$")
_SPACES = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class Timed:
    """A piece of an utterance that the source times: its range in the utterance, and its times."""

    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance, or a piece of one, before it has a place: who, what, when.

    ``timed`` are the pieces with times of their own; ``opens`` marks a piece that begins a new turn
    whoever speaks (a dash or ``>>`` in captions).
    """

    speaker: str | None
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    timed: tuple[Timed, ...] = ()
    opens: bool = False


def spaced(text: str) -> str:
    """Return the text on one line: runs of spaces, tabs and line ends become one space."""
    return _SPACES.sub(" ", text).strip(" ")


def ends_sentence(text: str) -> bool:
    """Return whether a text ends with a sentence end, closing quotes and brackets aside."""
    return _SENTENCE_END.search(text[-8:]) is not None


def joined(pieces: Iterable[Said]) -> list[Said]:
    """Return utterances: the pieces of one speaker that follow each other, put together.

    Pieces without words are left out. Pieces of no known speaker are kept together too, up to a
    pause or a length that suits a paragraph.
    """
    utterances: list[Said] = []
    run: list[Said] = []
    length = 0
    for piece in pieces:
        if not piece.text:
            continue
        if run and _begins_turn(run[-1], piece, length):
            utterances.append(_together(run))
            run, length = [], 0
        run.append(piece)
        length += len(piece.text) + 1
    if run:
        utterances.append(_together(run))
    return utterances


def _begins_turn(last: Said, piece: Said, length: int) -> bool:
    if piece.opens or piece.speaker != last.speaker:
        return True
    if piece.speaker is not None:
        return False
    if length >= NAMELESS_LIMIT or (length >= NAMELESS_LENGTH and ends_sentence(last.text)):
        return True
    if piece.start_ms is None or last.end_ms is None:
        return False
    return piece.start_ms - last.end_ms >= PAUSE_MS


def _together(run: Sequence[Said]) -> Said:
    parts: list[str] = []
    timed: list[Timed] = []
    at = 0
    for piece in run:
        if parts and not _unspaced(parts[-1], piece.text):
            parts.append(" ")
            at += 1
        for word in piece.timed or _whole(piece):
            timed.append(Timed(at + word.start, at + word.end, word.start_ms, word.end_ms))
        parts.append(piece.text)
        at += len(piece.text)
    starts = [piece.start_ms for piece in run if piece.start_ms is not None]
    ends = [piece.end_ms for piece in run if piece.end_ms is not None]
    return Said(
        run[0].speaker,
        "".join(parts),
        min(starts, default=None),
        max(ends, default=None),
        tuple(timed),
    )


def _whole(piece: Said) -> tuple[Timed, ...]:
    if piece.start_ms is None or piece.end_ms is None:
        return ()
    return (Timed(0, len(piece.text), piece.start_ms, piece.end_ms),)


def _unspaced(left: str, right: str) -> bool:
    """Return whether two pieces meet in a script that puts no spaces between words."""
    return all(
        unicodedata.east_asian_width(letter) in ("W", "F")
        and "HANGUL" not in unicodedata.name(letter, "")
        and unicodedata.category(letter) in ("Lo", "Po")
        for letter in (left[-1], right[0])
    )


def render(utterances: Iterable[Said]) -> tuple[str, tuple[Turn, ...]]:
    """Return the canonical text of utterances, and the turns in it, in the order given."""
    parts: list[str] = []
    turns: list[Turn] = []
    at = 0
    for said in utterances:
        label = f"{said.speaker}: " if said.speaker else ""
        start = at + len(label)
        words = tuple(
            Word(start + piece.start, start + piece.end, piece.start_ms, piece.end_ms)
            for piece in said.timed
        )
        end = start + len(said.text)
        turns.append(Turn(len(turns), said.speaker, start, end, said.start_ms, said.end_ms, words))
        parts.append(f"{label}{said.text}\n")
        at += len(parts[-1])
    return "".join(parts), tuple(turns)
