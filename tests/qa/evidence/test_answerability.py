from __future__ import annotations

from qa.evidence.answerability import Answerability, measures
from qa.evidence.candidates import Ranked
from qa.reader.linear import LinearScore
from tests.qa.evidence.builders import make_candidates, make_hit


def make_ranked(*logits: float) -> list[Ranked]:
    candidates = make_candidates("What?", [make_hit(*(f"Sentence {i}." for i in range(9)))])
    return [
        Ranked(candidate, 0.5, (("logit", logit), ("span", -logit)))
        for candidate, logit in zip(candidates, logits, strict=False)
    ]


def test_confidence_grows_with_the_weighted_measures() -> None:
    model = Answerability(LinearScore(0.0, {"logit": 1.0}))
    assert model.confidence(()) == 0.0
    assert model.confidence(make_ranked(0.0)) == 0.5
    assert model.confidence(make_ranked(2.0)) > 0.85


def test_measures_say_how_far_the_best_stands_out() -> None:
    found = measures(make_ranked(3.0, 1.0))
    assert found["lead"] == 2.0
    assert found["logit"] == 3.0
    assert found["any"] > 3.0
    assert found["reader"] == -12.0


def test_measures_look_beyond_the_best_for_words_that_answer() -> None:
    found = measures(make_ranked(3.0, 1.0))
    assert (found["span"], found["span_most"]) == (-3.0, -1.0)


def test_sentences_that_were_not_read_count_for_nothing() -> None:
    assert measures(make_ranked(-30.0, -31.0))["any"] == -12.0
