from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from eval.dataset import DataSet, Selection
from eval.errors import RunError
from eval.manifest import REPOSITORY
from eval.metrics import METRICS
from eval.runner import run
from eval.tables import (
    BEGIN,
    DOCUMENT,
    END,
    PLAN,
    TableRun,
    plan_of,
    replace_tables,
    run_all,
    table,
)
from tests.eval.builders import FakeService, make_answer, make_document, with_answers
from tests.eval.test_runner import DATA, QUESTIONS, make_service


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


def test_the_document_has_the_marks_and_the_reference_names_every_metric() -> None:
    assert replace_tables(DOCUMENT.read_text("utf-8"), "new")
    reference = (REPOSITORY / "docs" / "evaluation.md").read_text("utf-8")
    for metric in METRICS:
        assert f"`{metric.name}`" in reference, metric.name


def read(name: str) -> DataSet:
    """Return a made set under any name; ``other`` holds other documents."""
    if name != "other":
        return replace(DATA, name=name)
    return DataSet("other", (make_document("Something else.", name="z"),), (), "1" * 64)


def row(name: str, **options: object) -> TableRun:
    made = TableRun(name, "made", "corpus", Selection(), "Made")
    return replace(made, **options)  # type: ignore[arg-type]


def test_runs_over_the_same_documents_share_an_index(tmp_path: Path) -> None:
    opened: list[tuple[str, FakeService]] = []

    def open_service(data_dir: Path) -> FakeService:
        opened.append((data_dir.name, make_service()))
        return opened[-1][1]

    told: list[str] = []
    plan = (row("whole"), row("within", scope="document"), row("foreign", asked_of="other"))
    entries = run_all(plan, read, open_service, tmp_path, told.append)
    assert [name for name, _ in opened] == ["made", "other"]
    assert all(service.closed for _, service in opened)
    assert len(opened[0][1].asked) == 16
    assert [summary.run.questions for _, summary in entries] == [8, 8, 8]
    assert told[0].startswith("whole: 8 questions, ")
    assert told[-1].startswith("all: ")


def test_questions_of_another_set_are_right_to_refuse(tmp_path: Path) -> None:
    ((_, summary),) = run_all(
        (row("foreign", asked_of="other"),),
        read,
        lambda _: with_answers(make_service(), lambda *_: make_answer(abstained=True)),
        tmp_path,
        lambda _: None,
    )
    assert summary.run.data == "made asked of other"
    assert summary.metric("abstention_recall").value == 1.0
    assert summary.verdicts["right"] == 8


def test_a_corpus_of_one_domain_has_an_index_of_its_own() -> None:
    committee = Selection(domain="Committee")
    assert row("x", selection=committee).index == "made-Committee"
    assert row("x", selection=committee, scope="document").index == "made"
    assert row("x", asked_of="other").index == "other"


def test_a_plan_can_be_cut_to_some_runs_and_to_fewer_questions() -> None:
    (entry,) = plan_of(["clapnq"], 5)
    assert (entry.name, entry.selection.limit, entry.index) == ("clapnq-5", 5, "clapnq")
    assert plan_of([], None) == PLAN
    with pytest.raises(RunError, match=r"'clapnk'.*clapnq"):
        plan_of(["clapnk"], None)


def test_runs_that_share_an_index_stand_side_by_side() -> None:
    indexes = [index for index, _ in groupby(PLAN, key=lambda entry: entry.index)]
    assert len(indexes) == len(set(indexes))


def test_the_built_in_set_is_shown_by_kind(tmp_path: Path) -> None:
    kinds = tuple(
        replace(question, kind="who" if index % 2 else "why")
        for index, question in enumerate(QUESTIONS)
    )
    summary = run(replace(DATA, questions=kinds), make_service(), tmp_path)
    text = table([(PLAN[0], summary)])
    assert "| who | 0.000 (4) | 1.000 (4) | 1.000 (4) | – | – |" in text
    assert "| why |" in text
    assert "| why |" not in table([(PLAN[1], summary)])


def test_runs_of_the_plan_have_names_of_their_own() -> None:
    assert len({entry.name for entry in PLAN}) == len(PLAN)
