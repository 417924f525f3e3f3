from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from eval.compare import (
    Comparison,
    changes,
    compare_observations,
    difference,
    p_value,
)
from eval.dataset import Selection
from eval.errors import RunError
from eval.manifest import Manifest
from eval.metrics import by_name
from eval.records import CallFailure, CitationCheck, Observation
from index.records import Filters
from tests.eval.builders import make_answer, make_citation, make_observation, make_span

MANIFEST = Manifest("made", "0" * 64, 1, Selection(), "corpus", "fake", {}, None)
GOLD = make_span(0, 10)


def right(name: str) -> Observation:
    return make_observation(make_answer(make_citation(0, 10)), [GOLD], name=name)


def wrong(name: str) -> Observation:
    return make_observation(make_answer(make_citation(500, 510)), [GOLD], name=name)


def many(pattern: str) -> list[Observation]:
    """Build a run from a pattern of r (right), w (wrong) and a (abstained)."""
    made: dict[str, Callable[[str], Observation]] = {
        "r": right,
        "w": wrong,
        "a": lambda name: make_observation(
            make_answer(make_citation(0, 10), abstained=True), [GOLD], name=name
        ),
    }
    return [made[letter](f"q{index:03}") for index, letter in enumerate(pattern)]


def compared(first: list[Observation], second: list[Observation]) -> Comparison:
    return compare_observations((MANIFEST, MANIFEST), first, second)


def test_a_run_compared_with_itself_differs_in_nothing() -> None:
    run = many("rrwwar")
    comparison = compared(run, run)
    assert comparison.changes == ()
    assert comparison.regressions == ()
    for each in comparison.differences:
        assert each.difference in (0.0, None)
        assert each.p_value in (1.0, None)


def test_a_sign_flip_test_by_hand() -> None:
    # 5 of 8 questions differ, all in one direction: 2 of 2^5 swaps are as extreme.
    metric = by_name("citation_f1")
    pairs = list(zip(many("rrrrrrrr"), many("wwwwwrrr"), strict=True))
    found = difference(metric, pairs)
    assert found.difference == pytest.approx(-5 / 8)
    assert found.p_value == pytest.approx(2 / 32)
    assert found.paired == 8


def test_a_clear_loss_is_a_regression_and_a_clear_gain_is_not() -> None:
    good, bad = many("r" * 40), many("w" * 25 + "r" * 15)
    worse = compared(good, bad)
    assert {"citation_precision", "citation_recall", "citation_f1"} <= set(worse.regressions)
    loss = next(each for each in worse.differences if each.metric == "citation_f1")
    assert loss.low is not None
    assert loss.high is not None
    assert loss.low <= -25 / 40 <= loss.high < 0
    assert (loss.p_value or 1) < 0.001
    better = compared(bad, good)
    assert better.regressions == ()
    assert next(e for e in better.differences if e.metric == "citation_f1").improved


def test_noise_is_no_regression() -> None:
    comparison = compared(many("rw" * 20), many("wr" * 20))
    assert comparison.regressions == ()


def test_lower_is_worse_the_other_way_round_for_errors_of_calibration() -> None:
    first = [right(f"q{index}") for index in range(40)]
    second = [
        replace(o, answer=replace(o.answer, confidence=0.1)) for o in first if o.answer is not None
    ]
    comparison = compared(first, second)
    assert comparison.regressions == ("ece",)


def test_any_loss_of_validity_is_a_regression() -> None:
    run = many("r" * 40)
    broken = [replace(run[0], checks=(CitationCheck("else", True),)), *run[1:]]
    assert "validity" in compared(run, broken).regressions


def test_more_errors_are_a_regression() -> None:
    run = many("rrr")
    failed = replace(run[0], answer=None, checks=(), error=CallFailure("500", "it broke"))
    comparison = compared(run, [failed, *run[1:]])
    assert comparison.regressions == ("errors",)
    assert comparison.errors == (0, 1)


def test_questions_that_one_run_did_not_answer_are_counted_apart() -> None:
    comparison = compared(many("rrrr"), many("rraw"))
    found = next(each for each in comparison.differences if each.metric == "citation_f1")
    assert (found.paired, found.only_a, found.only_b) == (3, 1, 0)
    precision = next(e for e in comparison.differences if e.metric == "abstention_precision")
    assert (precision.value_a, precision.value_b, precision.difference) == (None, 0.0, None)


def test_results_are_the_same_whatever_the_order_of_records() -> None:
    first, second = many("rrwwarrw"), many("rwrwaarw")
    assert compared(first, second) == compared(first[::-1], second[::-1])


def test_other_questions_or_other_data_are_refused() -> None:
    with pytest.raises(RunError, match="different questions"):
        compared(many("rr"), many("r"))
    with pytest.raises(RunError, match="different questions"):
        compared([], [])
    with pytest.raises(RunError, match="data"):
        compare_observations(
            (MANIFEST, replace(MANIFEST, data_sha256="1" * 64)), many("r"), many("r")
        )


def test_runs_in_different_corpora_are_refused() -> None:
    with pytest.raises(RunError, match="beside"):
        compare_observations((MANIFEST, replace(MANIFEST, other_documents=3)), many("r"), many("r"))


def test_the_questions_that_changed_most_come_first() -> None:
    first, second = many("rrw"), many("rwr")
    pairs = list(zip(first, second, strict=True))
    found = changes(pairs)
    assert [change.question_id for change in found] == ["q001", "q002"]
    assert (found[0].before, found[0].after) == ("right", "wrong evidence")
    assert ("citation_f1", 1.0, 0.0) in found[0].metrics


def test_the_random_test_agrees_with_the_exact_one() -> None:
    metric = by_name("citation_f1")
    generator = np.random.default_rng(5)
    a = np.column_stack([generator.random(12), np.ones(12)])
    b = np.column_stack([generator.random(12), np.ones(12)])
    exact = p_value(metric, a, b, 0)
    # Thirteen differing questions are too many for all swaps; the 13th hardly matters.
    extra = np.array([[0.5, 1.0]])
    sampled = p_value(
        metric, np.concatenate([a, extra]), np.concatenate([b, extra + np.array([[1e-9, 0.0]])]), 0
    )
    assert sampled == pytest.approx(exact, abs=0.03)


@pytest.mark.parametrize("name", ["aurc", "ece", "ask_p50", "abstention_f1"])
def test_statistics_that_are_no_means_are_compared_too(name: str) -> None:
    metric = by_name(name)
    rows = {"aurc": 2, "ece": 2, "ask_p50": 1, "abstention_f1": 2}[name]
    generator = np.random.default_rng(2)
    a, b = generator.random((20, rows)), generator.random((20, rows))
    if name == "aurc":
        a[:, 1], b[:, 1] = np.round(a[:, 1]), np.round(b[:, 1])
    assert 0 < p_value(metric, a, b, 0) <= 1
    assert p_value(metric, a, a, 0) == 1.0


def test_runs_that_asked_with_other_filters_are_refused() -> None:
    run = many("rr")
    filtered = [replace(run[0], filters=Filters(speakers=("ANNA",))), run[1]]
    with pytest.raises(RunError, match="filters: see question 'q000'"):
        compared(run, filtered)
