"""A few kills at random instants; ``make torture`` does fifty."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.torture import tortured

pytestmark = pytest.mark.e2e


def test_nothing_acknowledged_is_lost_when_a_process_is_killed(tmp_path: Path) -> None:
    outcomes = list(tortured(tmp_path, kills=5, seed=7))
    assert [outcome.problems for outcome in outcomes] == [()] * 5
    assert any(not outcome.finished for outcome in outcomes)
