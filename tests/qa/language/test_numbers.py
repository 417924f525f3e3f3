from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.language.exactness import ALLOWS
from qa.language.numbers import Number, numbers
from qa.language.placed_numbers import numbers as numbers_of
from qa.language.signs import written_out
from qa.language.tokens import tokens


def one(text: str) -> Number:
    (number,) = numbers(text.split())
    return number


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("5-10 people", "5 to 10 people"),
        ("$5–$10", "$5 to $10"),
        ("on 2022-01-27", "on 2022-01-27"),
        ("a 5-year plan", "a 5-year plan"),
        ("-5 degrees", "minus 5 degrees"),
        ("pre-5 and 3 - 2", "pre-5 and 3 - 2"),
        ("2½ cups", "2 and one half cups"),
        ("3/4 of it", "three quarters of it"),
        ("on 9/11", "on 9/11"),
        ("by .5", "by 0.5"),
        ("2:1 at 10:30", "2 to 1 at 10:30"),
        ("120GB, 10am, 3rd, 90s, 5k", "120 GB, 10 am, 3rd, 90s, 5k"),
        ("20+ of ~30", "20 or more of about 30"),
        ("no number", "no number"),
    ],
)
def test_signs_of_numbers_become_words(text: str, written: str) -> None:
    assert written_out(text) == written


def test_a_numeral_has_every_meaning_that_its_surroundings_may_pick() -> None:
    found = {(reading.kind, reading.low, reading.high) for reading in one("ten thirty").readings}
    assert found == {
        ("count", 1030, 1030),
        ("clock", 630, 630),
        ("price", Fraction(103, 10), Fraction(103, 10)),
        ("count", 10, 30),
    }


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("5 percent", "percent"),
        ("5 percentage points", "points"),
        ("$ 5 million", "dollar"),
        ("five pounds", "pound"),
        ("five cents", "cent"),
        ("five people", None),
    ],
)
def test_a_number_knows_what_it_is_said_in(text: str, unit: str | None) -> None:
    assert one(text).unit == unit


@pytest.mark.parametrize(
    ("text", "exactness"),
    [
        ("a hundred people", "exact"),
        ("about a hundred people", "about"),
        ("we talked about three things", "exact"),
        ("a hundred people or so", "about"),
        ("a couple of weeks", "about"),
        ("nearly $ 100", "below"),
        ("no more than 100", "most"),
        ("more than 100", "above"),
        ("100 or more", "least"),
        ("about 5 to 10 people", "about"),
    ],
)
def test_a_number_knows_how_exact_it_is(text: str, exactness: str) -> None:
    assert one(text).exactness == exactness


def test_only_an_exact_number_makes_an_exact_one() -> None:
    assert ALLOWS["exact"] == {"exact"}


def test_a_number_ends_with_its_sentence_and_at_a_comma() -> None:
    found = numbers_of(tokens("It opened at three. Fifty came, ten of them late."))
    assert [number.value for number in found] == [3, 50, 10]


def test_digits_without_end_are_no_number() -> None:
    assert numbers(["1" * 5000, "million"])[0].value == 1_000_000


WORDS = (
    "a and half of hundred million dozen couple point five twenty third thirds quarter past to or "
    "between from about percent cents dollars fifty ten 1990s 10:30 1,200.50 25th $ minus oh may"
)


@settings(deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), max_size=12))
def test_numbers_stand_in_order_and_apart_whatever_is_said(words: list[str]) -> None:
    place = -1
    for number in numbers(words):
        assert place < number.first <= number.last < len(words)
        assert number.readings
        place = number.last
