"""A transcript of any length → the part of it that one page shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from index.errors import InvalidQuery
from index.records import Turn

# Turns of one page: an hour of talk, some 60 KB, drawn in a blink on a slow machine.
PART_TURNS = 150


@dataclass(frozen=True, slots=True)
class Part:
    """Turns ``first`` to ``last`` (exclusive, positions in the source) of part ``number``."""

    number: int
    count: int
    first: int
    last: int


def part_of(turns: Sequence[Turn], cited: tuple[int, int] | None, number: int | None) -> Part:
    """Return the part to show; parts are numbered from 1.

    Raises:
        InvalidQuery: there is no such part.
    """
    count = max(1, -(-len(turns) // PART_TURNS))
    if number is None:
        number = 1 + _position(turns, cited) // PART_TURNS
    if not 1 <= number <= count:
        raise InvalidQuery(f"part is {number}: this transcript has parts 1 to {count}.")
    first = (number - 1) * PART_TURNS
    return Part(number, count, first, min(first + PART_TURNS, len(turns)))


def part_href(
    document_id: str, version: str, cited: tuple[int, int] | None
) -> Callable[[int], str]:
    """Return what gives the address of a part, the cited span kept."""

    def href(number: int) -> str:
        return f"/documents/{document_id}?{urlencode({**_query(version, cited), 'part': number})}"

    return href


def cite_href(document_id: str, version: str, cited: tuple[int, int]) -> str:
    """Return the address of the cited span, whichever part it is in."""
    return f"/documents/{document_id}?{urlencode(_query(version, cited))}#cite"


def _query(version: str, cited: tuple[int, int] | None) -> dict[str, object]:
    span = {"start": cited[0], "end": cited[1]} if cited is not None else {}
    return {"version": version, **span}


def _position(turns: Sequence[Turn], cited: tuple[int, int] | None) -> int:
    """Return where among the turns the cited span begins; 0 without one."""
    if cited is None:
        return 0
    overlapping = (
        position
        for position, turn in enumerate(turns)
        if turn.char_start < cited[1] and cited[0] < turn.char_end
    )
    return next(overlapping, 0)
