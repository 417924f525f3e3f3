from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.training.measures import (
    bootstrap,
    citation_f1,
    expected_calibration_error,
    risk_coverage_area,
    token_f1,
)


def test_the_interval_is_drawn_by_document() -> None:
    same = bootstrap(["a", "a", "b", "b"], [(1.0,), (1.0,), (0.0,), (0.0,)])
    assert (same.value, same.low, same.high, same.count) == (0.5, 0.0, 1.0, 4)
    alone = bootstrap(["a", "a"], [(1.0,), (0.0,)])
    assert (alone.low, alone.high) == (0.5, 0.5)


def test_a_statistic_of_several_columns_can_be_drawn() -> None:
    rows = [(1.0, 2.0), (3.0, 6.0)]
    ratio = bootstrap(["a", "b"], rows, lambda t: float(t[:, 0].sum() / t[:, 1].sum()))
    assert (ratio.value, ratio.low, ratio.high) == (0.5, 0.5, 0.5)


def test_citation_f1_counts_sentences() -> None:
    assert citation_f1(frozenset({1, 2}), [1, 3]) == 0.5
    assert citation_f1(frozenset({1, 2}), [3]) == 0.0
    assert citation_f1(frozenset({1}), [1, 1]) == 1.0


def test_confidence_that_is_right_as_often_as_it_says_is_calibrated() -> None:
    assert expected_calibration_error([0.5, 0.5], [True, False], bins=1) == 0.0
    assert expected_calibration_error([1.0, 1.0], [True, False], bins=1) == 0.5


def test_risk_is_low_where_the_confident_answers_are_right() -> None:
    assert risk_coverage_area([0.9, 0.1], [True, False]) == 0.25
    assert risk_coverage_area([0.1, 0.9], [True, False]) == 0.75


def test_token_f1_ignores_articles_case_and_punctuation() -> None:
    assert token_f1("The Denver Broncos.", ["denver broncos"]) == 1.0
    assert token_f1("denver", ["denver broncos", "x"]) == 2 / 3
    assert token_f1("", ["x"]) == 0.0


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_error_stays_in_range(rows: list[tuple[float, bool]]) -> None:
    error = expected_calibration_error([c for c, _ in rows], [r for _, r in rows])
    assert 0.0 <= error <= 1.0 or np.isclose(error, 1.0)
