"""The exam's figures: what was abstained cites nothing, and every question counts."""

from __future__ import annotations

from eval.exam import figures
from tests.eval.builders import make_answer, make_citation, make_observation, make_span


def test_citing_second_counts_for_cited_and_not_for_first() -> None:
    second = make_answer(make_citation(50, 60), make_citation(0, 10, number=2))
    first = make_answer(make_citation(0, 10))
    refused = make_answer(make_citation(0, 10), abstained=True)
    found = figures([make_observation(a, (make_span(0, 10),)) for a in (second, first, refused)])
    assert found["an answering sentence cited"].value == 2 / 3
    assert found["cited first"].value == 1 / 3
    assert found["answerable wrongly refused"].value == 1 / 3


def test_short_answers_count_for_questions_that_were_refused_too() -> None:
    said = make_answer(make_citation(0, 10), short="ten pounds")
    refused = make_answer(abstained=True)
    found = figures([make_observation(a, answers=("ten pounds",)) for a in (said, refused)])
    assert found["short answer, token F1"].value == 0.5


def test_refusing_is_right_where_there_is_no_answer() -> None:
    answered, refused = make_answer(make_citation(0, 10)), make_answer(abstained=True)
    asked = [make_observation(a, answerable=False) for a in (answered, refused)]
    found = figures([*asked, make_observation(answered)])
    assert found["unanswerable refused"].value == 0.5
