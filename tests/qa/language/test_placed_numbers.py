from __future__ import annotations

from fractions import Fraction

import pytest

from qa.language.placed_numbers import numbers
from qa.language.tokens import tokens


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("those hundred thousand troops", [100_000]),
        ("100,000 troops", [100_000]),
        ("nineteen ninety five", [1995]),
        ("in twenty sixteen", [2016]),
        ("in twenty twenty two", [2022]),
        ("two thousand and five", [2005]),
        ("two hundred and five thousand", [205_000]),
        ("a hundred and ten", [110]),
        ("eighteen hundred", [1800]),
        ("twenty four to ten", [24, 10]),
        ("one two three", [1, 2, 3]),
        ("3.5m people", [3_500_000]),
        ("$5 million", [5_000_000]),
        ("three point five", [Fraction(7, 2)]),
        ("the 1990s and the nineteen nineties", [1990, 1990]),
        ("the twenty fifth and the 25th", [25, 25]),
        ("two dozen", [24]),
        ("two thousand, five", [2005]),
        ("in nineteen ninety, five people", [1990, 5]),
        ("no number here", []),
    ],
)
def test_digits_and_words_are_read_alike(text: str, values: list[int]) -> None:
    assert [number.value for number in numbers(tokens(text))] == values


@pytest.mark.parametrize("text", ["50%", "50 percent", "fifty per cent", "50 per-cent"])
def test_percentages_are_marked(text: str) -> None:
    (number,) = numbers(tokens(text))
    assert number.value == 50
    assert number.percent


def test_the_words_of_a_number_are_located() -> None:
    (number,) = numbers(tokens("about two hundred people"))
    assert (number.first, number.last) == (1, 2)
