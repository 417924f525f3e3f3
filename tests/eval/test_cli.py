from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from eval.cli import eval_app
from eval.dataset import Selection
from eval.errors import DataSetError
from eval.runner import run
from eval.targets import open_target
from eval.targets.http import HttpTarget
from tests.eval.builders import make_answer
from tests.eval.test_dataset import DOCUMENT, QUESTION, write_set
from tests.eval.test_runner import DATA, QUESTIONS, make_service


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(eval_app, [str(argument) for argument in arguments])


def test_validate_tells_what_is_in_a_set_and_what_is_wrong(tmp_path: Path) -> None:
    write_set(tmp_path, [DOCUMENT], [QUESTION])
    sound = call("validate", tmp_path)
    assert sound.exit_code == 0
    assert "1 documents, 1 questions (1 answerable)" in sound.stdout
    write_set(tmp_path, [DOCUMENT], [{**QUESTION, "document_id": "other"}])
    broken = call("validate", tmp_path)
    assert broken.exit_code == 1
    assert "no document 'other'" in broken.stderr


def test_validate_names_a_missing_file(tmp_path: Path) -> None:
    result = call("validate", tmp_path)
    assert result.exit_code == 1
    assert "documents.jsonl is missing" in result.stderr


def test_run_writes_a_run_and_prints_every_metric_with_its_coverage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path, [DOCUMENT], [QUESTION])
    service = make_service()
    service.answers["Where did they meet?"] = make_answer()
    monkeypatch.setattr("eval.targets.open_target", lambda *_, **__: service)
    result = call("run", "--data", tmp_path, "--out", tmp_path / "run", "--limit", "1")
    assert result.exit_code == 0, result.output
    assert "citation_f1" in result.stdout
    assert "1 / 1" in result.stdout
    assert service.closed
    report = call("report", tmp_path / "run")
    assert report.exit_code == 0
    assert (tmp_path / "run" / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_run_refuses_a_selection_that_matches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set(tmp_path, [DOCUMENT], [QUESTION])
    monkeypatch.setattr("eval.targets.open_target", lambda *_, **__: make_service())
    result = call("run", "--data", tmp_path, "--out", tmp_path / "run", "--split", "none")
    assert result.exit_code == 1
    assert "'none'" in result.stderr


def test_run_names_a_target_that_is_none(tmp_path: Path) -> None:
    write_set(tmp_path, [DOCUMENT], [QUESTION])
    result = call("run", "--data", tmp_path, "--out", tmp_path / "run", "--target", "ftp://x")
    assert result.exit_code == 1
    assert "in-process" in result.stderr


def test_an_address_is_reached_over_http(tmp_path: Path) -> None:
    target = open_target("http://127.0.0.1:1", tmp_path)
    assert isinstance(target, HttpTarget)
    target.close()
    with pytest.raises(DataSetError, match="in-process"):
        open_target("somewhere", tmp_path)


def two_runs(directory: Path) -> tuple[Path, Path]:
    for name in ("a", "b"):
        service = make_service()
        if name == "b":
            for question in QUESTIONS[:7]:
                service.answers[question.question] = make_answer()
        run(DATA, service, directory / name, selection=Selection())
    return directory / "a", directory / "b"


def test_compare_fails_on_a_regression_only_when_asked(tmp_path: Path) -> None:
    a, b = two_runs(tmp_path)
    plain = call("compare", a, b)
    assert plain.exit_code == 0
    assert "citation_f1" in plain.stdout
    assert "worse: citation_f1" in plain.stderr
    assert call("compare", a, b, "--fail-on-regression").exit_code == 1
    assert call("compare", a, a, "--fail-on-regression").exit_code == 0


def test_compare_as_json_is_one_document_on_stdout(tmp_path: Path) -> None:
    a, b = two_runs(tmp_path)
    result = call("compare", a, b, "--json")
    value = json.loads(result.stdout)
    assert {each["metric"] for each in value["differences"]} >= {"citation_f1", "validity"}
    assert value["changes"][0]["before"] == "right"


def test_compare_and_report_refuse_what_is_no_run(tmp_path: Path) -> None:
    result = call("compare", tmp_path, tmp_path)
    assert result.exit_code == 1
    assert "holds no run" in result.stderr
    assert call("report", tmp_path).exit_code == 1
