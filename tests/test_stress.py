"""Several processes on one data directory for a few seconds; ``make stress`` takes two minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.stress import stress

pytestmark = pytest.mark.e2e


def test_processes_ingest_and_query_at_once_without_error_or_stale_reads(tmp_path: Path) -> None:
    results = stress(tmp_path, 10)
    assert [(r.role, r.errors) for r in results if not r.ok] == []
    assert all(not r.said.startswith("0 ") and " 0 judged" not in r.said for r in results)
