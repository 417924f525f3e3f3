from __future__ import annotations

import pytest

from index.fusion import reciprocal_rank_fusion


def test_a_key_found_by_both_legs_adds_up() -> None:
    fused = reciprocal_rank_fusion({"a": [7, 8], "b": [8]}, {"a": 1.0, "b": 2.0}, k=1)
    assert fused == {7: pytest.approx(1 / 2), 8: pytest.approx(1 / 3 + 2 / 2)}


def test_nothing_found_is_nothing() -> None:
    assert reciprocal_rank_fusion({"a": [], "b": []}, {"a": 1.0, "b": 1.0}) == {}
