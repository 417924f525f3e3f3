"""The commands of a data directory's life, on a library with a fake encoder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from api.cli import lifecycle
from index.errors import StorageError
from index.library import Library
from tests.builders import FakeEncoder, make_source


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRANSCRIPT_QA_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("qa.service.open_encoder", lambda _: FakeEncoder())
    library = Library.open(tmp_path / "data", FakeEncoder())
    list(library.ingest([make_source("ANN: They meet in Oslo.")]))
    list(library.ingest([make_source("ANN: They meet in Rome.")]))
    library.close()
    return tmp_path / "data"


def invoke(*arguments: str) -> Result:
    app, documents = typer.Typer(), typer.Typer()
    app.add_typer(documents, name="documents")
    lifecycle.mount(app, documents)
    return CliRunner().invoke(app, list(arguments))


def run(*arguments: str) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_purge_says_what_went(data_dir: Path) -> None:
    assert json.loads(run("documents", "purge", "--json")) == {"versions": 1, "documents": 0}
    assert "purged 0 versions" in run("documents", "purge")


def test_an_export_can_be_imported(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("documents", "export", str(tmp_path / "all.jsonl"), "--all-versions")
    lines = (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 2
    assert run("documents", "export").splitlines() == lines[1:]
    monkeypatch.setenv("TRANSCRIPT_QA_DATA_DIR", str(tmp_path / "other"))
    imported = json.loads(run("documents", "import", str(tmp_path / "all.jsonl"), "--json"))
    assert [each["status"] for each in imported["documents"]] == ["new", "new"]
    assert imported["refused"] == []


def test_a_reindex_says_whether_another_index_serves(data_dir: Path) -> None:
    assert json.loads(run("reindex", "--json")) == {"switched": False, "encoded": 0}
    assert "the new index serves" in run("reindex", "--force")


def test_a_backup_can_be_restored(data_dir: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.sqlite3"
    assert json.loads(run("backup", str(file), "--json"))["bytes"] == file.stat().st_size
    assert json.loads(run("restore", str(file), "--yes", "--json")) == {"passages": 1, "vectors": 1}


def test_a_backup_makes_no_folder_in_silence(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = invoke("backup", str(tmp_path / "typo" / "b.sqlite3"))
    monkeypatch.setenv("TRANSCRIPT_QA_DATA_DIR", str(tmp_path / "other"))
    nothing = invoke("backup", str(tmp_path / "b.sqlite3"))

    assert isinstance(nowhere.exception, StorageError)
    assert "typo" in str(nowhere.exception)
    assert isinstance(nothing.exception, StorageError)
    assert "TRANSCRIPT_QA_DATA_DIR" in str(nothing.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
