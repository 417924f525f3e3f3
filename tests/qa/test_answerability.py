from __future__ import annotations

from qa.answerability import HeuristicAnswerability, TrainedAnswerability, trained_measures
from qa.linear import LinearScore
from qa.ranking import BaselineRanker, Ranked
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


def make_ranked(*logits: float) -> list[Ranked]:
    candidates = make_candidates("What?", [make_hit(*(f"Sentence {i}." for i in range(9)))])
    return [
        Ranked(candidate, 0.5, (("logit", logit),))
        for candidate, logit in zip(candidates, logits, strict=False)
    ]


def test_trained_confidence_grows_with_the_weighted_measures() -> None:
    model = TrainedAnswerability(LinearScore(0.0, {"logit": 1.0}))
    assert model.confidence("What?", ()) == 0.0
    assert model.confidence("What?", make_ranked(0.0)) == 0.5
    assert model.confidence("What?", make_ranked(2.0)) > 0.85


def test_measures_say_how_far_the_best_stands_out() -> None:
    found = trained_measures("What?", make_ranked(3.0, 1.0))
    assert found["lead"] == 2.0
    assert found["logit"] == 3.0
    assert found["any"] > 3.0
    assert found["reader"] == -12.0
