from __future__ import annotations

import numpy as np
import pytest

from eval.aggregate import aggregate
from eval.metrics import by_name
from eval.metrics.base import (
    area_under_risk_coverage,
    expected_calibration_error,
    percentile,
)
from eval.normalise import exact_match, token_f1
from eval.records import Observation, Score, Unscored
from tests.eval.builders import make_answer, make_citation, make_observation, make_span


def value(name: str, observation: Observation) -> float:
    outcome = by_name(name).score(observation)
    assert isinstance(outcome, Score), outcome
    return by_name(name).value(outcome)


def test_exact_match_and_f1_normalise_as_squad_does() -> None:
    assert exact_match("The Denver Broncos!", "denver broncos") == 1.0
    assert exact_match("Denver", "denver broncos") == 0.0
    # "big red house" against "red house now": 2 shared of 3 and 3.
    assert token_f1("the big red house", "red house now") == pytest.approx(2 / 3)
    assert token_f1("a", "the") == 1.0
    assert token_f1("", "berlin") == 0.0


def test_the_best_gold_counts_and_no_short_answer_is_0() -> None:
    answer = make_answer(make_citation(0, 5), short="East Berlin")
    observation = make_observation(answer, answers=("Paris", "in Berlin"))
    assert value("short_f1", observation) == pytest.approx(0.5)
    assert value("short_exact_match", observation) == 0.0
    assert (
        value("short_f1", make_observation(make_answer(make_citation(0, 5)), answers=("x",))) == 0.0
    )


def test_short_answers_are_not_compared_with_long_golds() -> None:
    long = "one two three four five six seven eight nine ten eleven twelve thirteen"
    observation = make_observation(make_answer(make_citation(0, 5)), answers=(long,))
    assert isinstance(by_name("short_f1").score(observation), Unscored)
    assert isinstance(
        by_name("statement_rouge_l").score(make_observation(make_answer(), answers=("x",))),
        Unscored,
    )


def test_rouge_l_by_hand() -> None:
    gold = "a b c d e f g h i j k l m n o p"
    said = make_answer(make_citation(0, 7, quote="a b z d"))
    # Longest common subsequence "a b d": precision 3/4, recall 3/16, F = 2 * 3 / (4 + 16).
    assert value("statement_rouge_l", make_observation(said, answers=(gold,))) == pytest.approx(0.3)


def decisions() -> list[Observation]:
    """2 rightly abstained, 1 wrongly, 3 unanswerable answered, 4 answerable answered."""
    found: list[Observation] = []
    for index, (abstained, answerable) in enumerate(
        [(True, False)] * 2 + [(True, True)] + [(False, False)] * 3 + [(False, True)] * 4
    ):
        answer = make_answer(make_citation(0, 5), abstained=abstained)
        found.append(make_observation(answer, answerable=answerable, name=f"q{index}"))
    return found


@pytest.mark.parametrize(
    ("name", "expected", "eligible"),
    [
        ("abstention_precision", 2 / 3, 3),
        ("abstention_recall", 2 / 5, 5),
        ("abstention_f1", 4 / (4 + 1 + 3), 6),
    ],
)
def test_abstention_by_hand(name: str, expected: float, eligible: int) -> None:
    metric = by_name(name)
    result = aggregate(metric, [metric.score(observation) for observation in decisions()])
    assert result.value == pytest.approx(expected)
    assert (result.eligible, result.total) == (eligible, 10)


def test_risk_coverage_area_by_hand() -> None:
    # Most confident first: right, wrong, right, wrong -> risks 0, 1/2, 1/3, 1/2.
    columns = np.array([[0.9, 1], [0.8, 0], [0.7, 1], [0.1, 0]], dtype=float)
    area = area_under_risk_coverage(columns, np.ones((1, 4)))
    assert area[0] == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_questions_of_equal_confidence_are_taken_together() -> None:
    columns = np.array([[0.5, 1], [0.5, 0]], dtype=float)
    assert area_under_risk_coverage(columns, np.ones((1, 2)))[0] == pytest.approx(0.5)
    assert area_under_risk_coverage(columns[::-1], np.ones((1, 2)))[0] == pytest.approx(0.5)


def test_calibration_error_by_hand() -> None:
    # Bin 0.9 to 1.0: confidences 0.9 and 1.0, one right: |0.95 - 0.5|, half of the questions.
    # Bin 0.2 to 0.3: confidences 0.2 and 0.3 - no, 0.3 opens the next bin: 0.2 wrong, 0.3 right.
    columns = np.array([[0.9, 1], [1.0, 0], [0.2, 0], [0.3, 1]], dtype=float)
    error = expected_calibration_error(columns, np.ones((1, 4)))
    assert error[0] == pytest.approx(0.5 * 0.45 + 0.25 * 0.2 + 0.25 * 0.7)


def test_confidence_is_judged_by_the_best_sentence_whatever_was_decided() -> None:
    gold = make_span(0, 10)
    for abstained in (False, True):
        right = make_observation(make_answer(make_citation(0, 10), abstained=abstained), [gold])
        outcome = by_name("ece").score(right)
        assert isinstance(outcome, Score)
        assert outcome.columns == (0.9, 1.0)
    unanswerable = make_observation(make_answer(make_citation(0, 10)), answerable=False)
    outcome = by_name("ece").score(unanswerable)
    assert isinstance(outcome, Score)
    assert outcome.columns == (0.9, 0.0)


def test_percentiles_are_nearest_rank() -> None:
    columns = np.array([[40.0], [10.0], [30.0], [20.0]])
    ones = np.ones((1, 4))
    assert percentile(50)(columns, ones)[0] == 20.0
    assert percentile(95)(columns, ones)[0] == 40.0
    assert percentile(95)(np.array([[7.0]]), np.ones((1, 1)))[0] == 7.0


def test_origins_and_degraded_answers_are_counted() -> None:
    generated = make_observation(make_answer(make_citation(0, 5), origin="generated"))
    assert value("generated_share", generated) == 1.0
    poor = make_observation(make_answer(make_citation(0, 5), degraded=("llm_unavailable",)))
    assert value("degraded_share", poor) == 1.0
    assert value("degraded_share", generated) == 0.0
