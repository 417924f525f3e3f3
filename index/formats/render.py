"""What was said → canonical text and turns: the one renderer of every format that isn't plain text.

One line per turn, ``SPEAKER: text`` or the text alone. What is said stands in it unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from index.records import Turn, Word


@dataclass(frozen=True, slots=True)
class Timed:
    """A piece of an utterance that the source times: its range in the utterance, and its times."""

    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance before it has a place: who, what, when, and the pieces that have own times."""

    speaker: str | None
    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    timed: tuple[Timed, ...] = ()


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
        turns.append(
            Turn(
                len(turns),
                said.speaker,
                start,
                start + len(said.text),
                said.start_ms,
                said.end_ms,
                words,
            )
        )
        parts.append(f"{label}{said.text}\n")
        at += len(parts[-1])
    return "".join(parts), tuple(turns)
