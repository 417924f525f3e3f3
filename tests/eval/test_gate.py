from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eval.dataset import load
from eval.errors import RunError
from eval.gate import (
    BASELINE,
    Baseline,
    baseline_of,
    built_in,
    judge,
    observe,
    read_baseline,
    took_part,
    whole,
    write_baseline,
)
from eval.records import CallFailure, CitationCheck, Observation
from tests.eval.builders import make_answer, make_citation, make_observation, with_answers
from tests.eval.test_runner import DATA, QUESTIONS, make_service


def found() -> tuple[Observation, ...]:
    return observe(DATA, make_service())


def test_the_gate_is_open_when_nothing_moved() -> None:
    observations = found()
    verdicts = judge(DATA, baseline_of(DATA, observations), observations)
    assert verdicts.failures == ()
    assert verdicts.gains == ()


def test_a_question_that_was_right_and_is_wrong_closes_it() -> None:
    baseline = baseline_of(DATA, found())
    service = make_service()
    service.answers[QUESTIONS[0].question] = make_answer(abstained=True)
    verdicts = judge(DATA, baseline, observe(DATA, service))
    assert verdicts.failures == ("q0: was right, now wrongly abstained",)


def test_a_baseline_that_says_so_opens_it_again() -> None:
    service = make_service()
    service.answers[QUESTIONS[0].question] = make_answer(abstained=True)
    observations = observe(DATA, service)
    assert judge(DATA, baseline_of(DATA, observations), observations).failures == ()


def test_a_gain_is_told_and_does_not_close_it() -> None:
    observations = found()
    baseline = baseline_of(DATA, observations)
    before = Baseline(baseline.data_sha256, {**baseline.questions, "q1": "wrong evidence"})
    verdicts = judge(DATA, before, observations)
    assert verdicts.failures == ()
    assert verdicts.gains == ("q1: was wrong evidence, now right",)


def test_validity_below_one_closes_it() -> None:
    first, *rest = found()
    broken = replace(first, checks=(CitationCheck("something else", True),))
    verdicts = judge(DATA, baseline_of(DATA, [first, *rest]), [broken, *rest])
    assert verdicts.failures[0].startswith("validity is 0.9")
    assert "something else" in verdicts.failures[1]


def test_errors_missing_questions_and_another_set_close_it() -> None:
    first, *rest = found()
    baseline = baseline_of(DATA, [first, *rest])
    failed = replace(first, answer=None, checks=(), error=CallFailure("500", "it broke"))
    failures = judge(DATA, baseline, [failed, *rest]).failures
    assert f"{first.question_id}: error it broke" in failures
    assert judge(DATA, baseline, rest).failures == (f"{first.question_id}: wasn't asked",)
    changed = replace(DATA, sha256="1" * 64)
    assert "--update" in judge(changed, baseline, [first, *rest]).failures[0]


def test_gold_that_cannot_be_placed_closes_it() -> None:
    first, *rest = found()
    lost = replace(first, gold=replace(first.gold, unmapped=("turn 0 isn't there",)))
    failures = judge(DATA, baseline_of(DATA, [lost, *rest]), [lost, *rest]).failures
    assert failures == (f"{first.question_id}: turn 0 isn't there",)


def test_an_answer_that_lacks_a_part_closes_it() -> None:
    service = make_service()
    baseline = baseline_of(DATA, observe(DATA, service))
    whole = service.answers[QUESTIONS[0].question]
    service.answers[QUESTIONS[0].question] = replace(whole, degraded=("llm_unavailable",))
    failures = judge(DATA, baseline, observe(DATA, service)).failures
    assert failures == ("q0: degraded, llm_unavailable",)


def test_a_service_without_a_language_model_closes_it() -> None:
    service = make_service()
    baseline = baseline_of(DATA, observe(DATA, service))
    without = with_answers(
        service, lambda _, answer: replace(answer, models={"encoder": "fake", "llm": None})
    )
    (failure,) = judge(DATA, baseline, observe(DATA, without)).failures
    assert "no answer names a language model" in failure


def test_the_part_of_the_language_model_is_told() -> None:
    citation = make_citation(0, 4)
    answers = (
        make_answer(citation, origin="generated"),
        make_answer(citation),
        make_answer(citation, model=None),
        make_answer(citation, abstained=True),
    )
    told = took_part([make_observation(answer) for answer in answers])
    assert told == "3 answered, 2 with the language model, 1 with a generated statement (0.333)"
    assert took_part([make_observation(answers[3])]).startswith("0 answered")


def test_an_outage_is_no_baseline() -> None:
    fine = make_observation(make_answer())
    assert whole([fine, make_observation(make_answer(abstained=True))])
    assert not whole([fine, make_observation(make_answer(degraded=("vectors_pending",)))])
    assert not whole([fine, make_observation(None, error=CallFailure("500", "it broke"))])
    assert not whole([make_observation(make_answer(model=None))])


def test_outside_a_checkout_the_gate_says_where_it_belongs(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="checkout"):
        built_in(tmp_path / "seeds")


def test_a_baseline_survives_its_file(tmp_path: Path) -> None:
    baseline = baseline_of(DATA, found())
    path = tmp_path / "baseline.json"
    with pytest.raises(RunError, match="--update"):
        read_baseline(path)
    write_baseline(baseline, path)
    assert read_baseline(path) == baseline
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match="can't be read"):
        read_baseline(path)


def test_the_committed_baseline_knows_every_question_of_the_built_in_set(seeds: Path) -> None:
    data = load(seeds)
    baseline = read_baseline(BASELINE)
    assert baseline.data_sha256 == data.sha256
    assert set(baseline.questions) == {question.id for question in data.questions}
