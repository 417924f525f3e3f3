from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.question.features import (
    answer_kind,
    content_stems,
    holds_kind,
    names,
    numbers,
    share_found,
    stems,
)


def test_words_are_compared_by_their_stems() -> None:
    assert stems("Demands were demanded") == ["demand", "demand"]
    assert content_stems("What is it?") == ("what", "is", "it")


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many troops are near Ukraine?", "number"),
        ("What percentage voted?", "number"),
        ("When do they meet?", "date"),
        ("In which year did it open?", "date"),
        ("Who is Blinken?", "person"),
        ("Where will the next round be?", "place"),
        ("In what city was he born?", "place"),
        ("Why did they leave?", "reason"),
        ("So, did Lavrov agree?", "yes_no"),
        ("How was it built?", "manner"),
        ("What is an atom?", "other"),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question_word(question: str, kind: str) -> None:
    assert answer_kind(question) == kind


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("24 to 10", ("24", "10")),
        ("twenty four to ten", ("24", "10")),
        ("1,200 and 3.5", ("1200", "3.5")),
        ("a hundred thousand troops", ("100000",)),
        ("two hundred and five", ("205",)),
        ("three million four hundred thousand", ("3400000",)),
        ("nothing", ()),
    ],
)
def test_numbers_are_read_as_digits(text: str, found: tuple[str, ...]) -> None:
    assert numbers(text) == found


def test_names_are_capitalised_words_after_the_first() -> None:
    assert names("What did Sergey Lavrov say to NATO?") == ("Sergey Lavrov", "NATO")
    assert names("what did lavrov say") == ()


def test_a_text_can_hold_an_answer_of_the_kind_asked_for() -> None:
    assert holds_kind("number", "It cost 5 dollars.") == 1.0
    assert holds_kind("number", "It cost a lot.") == 0.0
    assert holds_kind("date", "They meet on Friday.") == 1.0
    assert holds_kind("person", "the prime minister spoke") == 0.5


def test_share_found_is_the_part_that_was_found() -> None:
    assert share_found(["a", "b"], ["b", "c"]) == 0.5
    assert share_found([], ["b"]) == 1.0


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    answer_kind(text), names(text), numbers(text), content_stems(text)
