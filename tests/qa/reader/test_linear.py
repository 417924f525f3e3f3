from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ModelUnavailable
from qa.reader.linear import LinearScore, load_score, logistic


def test_a_score_is_the_bias_and_the_weighted_features() -> None:
    assert LinearScore(1.0, {"a": 2.0, "b": -1.0}).of({"a": 3.0, "c": 9.0}) == 7.0


def test_a_score_that_isnt_installed_is_an_outage() -> None:
    with pytest.raises(ModelUnavailable, match="nonesuch"):
        load_score("nonesuch")


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_logistic_is_a_probability(value: float) -> None:
    assert 0.0 <= logistic(value) <= 1.0
