from __future__ import annotations

import pytest

from index.errors import InvalidQuery
from index.records import Filters
from qa.question.check import check_filters, clean_question


def test_white_space_around_a_question_goes() -> None:
    assert clean_question("  Who spoke?\n", 100) == "Who spoke?"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ("x" * 101, "over the limit of 100"),
        ("Who\x00?", "NUL"),
        ("Who \ud83d?", "half a character"),
        ("?!...", "no word"),
        ("😀", "no word"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(InvalidQuery, match=said):
        clean_question(text, 100)


@pytest.mark.parametrize("value", ["2022-02-30", "yesterday", "20220127", "2022-1-7", "2022-W04-4"])
def test_a_date_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InvalidQuery, match="YYYY-MM-DD"):
        check_filters(Filters(since=value))
    with pytest.raises(InvalidQuery, match="YYYY-MM-DD"):
        check_filters(Filters(until=value))


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidQuery, match="swap"):
        check_filters(Filters(since="2022-02-01", until="2022-01-01"))
    check_filters(Filters(since="2022-01-01", until="2022-01-01"))
