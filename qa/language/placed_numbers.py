"""Words with their places → the numbers among them, and those that nobody can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qa.language.number_words import is_number
from qa.language.numbers import Number
from qa.language.numbers import numbers as read
from qa.language.tokens import Token

_AFTER_PAUSE = frozenset(("thousand", "million", "billion", "trillion"))
"""Behind these a number goes on after a comma: "one thousand, two hundred"."""


def numbers(words: Sequence[Token]) -> tuple[Number, ...]:
    """Return the numbers among the words, in their order; none goes past a comma or a full stop."""
    return tuple(
        replace(number, first=number.first + start, last=number.last + start)
        for start, stretch in _stretches(words)
        for number in read(stretch)
    )


def unread(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether digits that are no number, such as "5²", aren't among the evidence's words."""
    known = {token.word for token in evidence}
    return any(
        any(map(str.isdigit, token.word)) and not is_number(token.word)
        for token in statement
        if token.word not in known
    )


def _stretches(words: Sequence[Token]) -> Iterator[tuple[int, list[str]]]:
    """Yield the words between pauses, each with the place of the first."""
    start = 0
    for place, token in enumerate(words):
        goes_on = place > 0 and words[place - 1].word in _AFTER_PAUSE and not token.start
        if place > start and (token.start or token.pause) and not goes_on:
            yield start, [token.word for token in words[start:place]]
            start = place
    if start < len(words):
        yield start, [token.word for token in words[start:]]
