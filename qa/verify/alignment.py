"""Statement and evidence as words → where they run in parallel, and where a word changed place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from qa.language.tokens import Token

GAP_WORDS = 4
"""Longest difference between parallel words that still compares word for word."""

NEAR = 5
"""How many words on either side of a number or name tell what it belongs to."""

_ARTICLES = frozenset(("a", "an", "the"))


@dataclass(frozen=True, slots=True)
class Gap:
    """Words of the statement that stand where the evidence has others; both neighbours agree."""

    statement: tuple[Token, ...]
    evidence: tuple[Token, ...]


def gaps(statement: Sequence[Token], evidence: Sequence[Token]) -> Iterator[Gap]:
    """Yield the short differences between words that run in parallel, also at the very ends."""
    matcher = SequenceMatcher(
        None, [t.stem for t in statement], [t.stem for t in evidence], autojunk=False
    )
    codes = matcher.get_opcodes()
    for place, (kind, first, last, low, high) in enumerate(codes):
        if kind == "equal" or last - first > GAP_WORDS or high - low > GAP_WORDS:
            continue
        before = codes[place - 1] if place else None
        after = codes[place + 1] if place + 1 < len(codes) else None
        if _anchors(before, before is None) and _anchors(after, last == len(statement)):
            yield Gap(tuple(statement[first:last]), tuple(evidence[low:high]))


def _anchors(code: tuple[str, int, int, int, int] | None, at_end: bool) -> bool:
    """Return whether a neighbour holds the gap in its place: equal words, or an end of the text."""
    if code is None:
        return at_end
    return code[0] == "equal"


def similar_order(statement: Sequence[Token], evidence: Sequence[Token]) -> float:
    """Return the share of the statement's words that the evidence has in the same order."""
    if not statement:
        return 0.0
    matcher = SequenceMatcher(
        None, [t.stem for t in statement], [t.stem for t in evidence], autojunk=False
    )
    return sum(block.size for block in matcher.get_matching_blocks()) / len(statement)


def fits_better_elsewhere(
    statement: Sequence[Token],
    place: tuple[int, int],
    evidence: Sequence[Token],
    same: Iterable[tuple[int, int]],
    others: Iterable[tuple[int, int]],
) -> bool:
    """Return whether the words around a value belong, in the evidence, to another value.

    Args:
        statement: its words.
        place: first and last word of the value in the statement.
        evidence: its words.
        same: places of the same value in the evidence.
        others: places of other values of that kind.
    """
    mine = [_around(statement, place, evidence, there) for there in same]
    theirs = [_around(statement, place, evidence, there) for there in others]
    if not theirs:
        return False
    return max(theirs) >= max(mine, default=0.0) + 2.0


def _around(
    statement: Sequence[Token],
    place: tuple[int, int],
    evidence: Sequence[Token],
    there: tuple[int, int],
) -> float:
    """Score how alike the neighbourhoods are: 2 for the same neighbour, 0.5 for a word nearby."""
    score = 0.0
    for step in (-1, 1):
        mine = _beside(statement, place, step)
        theirs = _beside(evidence, there, step)
        if mine and theirs and mine[0] == theirs[0]:
            score += 2.0
            if mine[1:2] and mine[1:2] == theirs[1:2]:
                score += 1.0
        score += 0.5 * len(set(mine) & set(theirs))
    return score


def _beside(words: Sequence[Token], place: tuple[int, int], step: int) -> list[str]:
    """Return the stems next to a place, nearest first, without articles."""
    if step < 0:
        near = words[max(0, place[0] - NEAR) : place[0]][::-1]
    else:
        near = words[place[1] + 1 : place[1] + 1 + NEAR]
    return [token.stem for token in near if token.word not in _ARTICLES]
