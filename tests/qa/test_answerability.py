from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.answerability import HeuristicAnswerability, logistic
from qa.ranking import BaselineRanker
from tests.qa.builders_ranking import make_candidates, make_hit


def confidence(question: str, *texts: str, dense: float = 0.5) -> float:
    ranked = BaselineRanker().rank(question, make_candidates(question, [make_hit(*texts)], dense))
    return HeuristicAnswerability().confidence(question, ranked)


def test_nothing_found_means_no_confidence() -> None:
    assert HeuristicAnswerability().confidence("What?", ()) == 0.0


def test_evidence_that_holds_the_whole_question_is_trusted() -> None:
    question = "Where will the next round of talks be?"
    assert confidence(question, "The next round of talks will be in Berlin.", dense=0.7) > 0.5


def test_evidence_about_something_else_is_not() -> None:
    assert confidence("Who won the cup in Brazil?", "Bread is baked early.", dense=0.05) < 0.1


def test_a_missing_name_lowers_confidence() -> None:
    text = "The minister spoke about grain and about prices."
    asked = confidence("What did the minister say about grain?", text)
    assert confidence("What did the Norwegian minister say about grain?", text) < asked


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_logistic_is_a_probability(value: float) -> None:
    assert 0.0 <= logistic(value) <= 1.0
