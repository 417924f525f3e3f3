from __future__ import annotations

from pathlib import Path

import pytest

from eval.errors import RunError
from eval.metrics import METRICS
from eval.runner import run
from eval.tables import BEGIN, DOCUMENT, END, PLAN, replace_tables, table
from tests.eval.test_runner import DATA, make_service


def test_tables_show_every_metric_with_interval_and_coverage(tmp_path: Path) -> None:
    summary = run(DATA, make_service(), tmp_path)
    text = table([(PLAN[0], summary)])
    for metric in METRICS:
        assert f"| {metric.name} |" in text
    assert "| citation_f1 | 1.000 [1.000, 1.000] (8 / 8) |" in text
    assert "| abstention_recall | unscored (0 / 8) |" in text


def test_tables_replace_only_what_is_between_the_marks() -> None:
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert replace_tables(document, "new") == f"before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"
    with pytest.raises(RunError, match="marks"):
        replace_tables("no marks", "new")


def test_the_document_has_the_marks_and_names_every_metric() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert replace_tables(text, "new")
    for metric in METRICS:
        assert f"`{metric.name}`" in text, metric.name


def test_runs_of_the_plan_have_names_of_their_own() -> None:
    assert len({entry.name for entry in PLAN}) == len(PLAN)
