"""A backup is a moment; a restore brings it back while searches go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import EncoderMismatch, StorageError
from tests.builders import FakeEncoder
from tests.index.test_library import BERLIN, OSLO, healthy, ingest, open_library


def test_a_restore_brings_back_the_moment_of_the_backup(tmp_path: Path) -> None:
    library, server = open_library(tmp_path / "data"), open_library(tmp_path / "data")
    (berlin,) = ingest(library, BERLIN)
    file = tmp_path / "one.sqlite3"
    library.backup(file)
    ingest(library, OSLO)
    library.delete(berlin.document_id)
    assert server.search("fjord")
    assert [d.source_key for d in server.documents()] == ["oslo.txt"]
    encoder = FakeEncoder()
    open_library(tmp_path / "data", encoder).restore(file)
    assert encoder.encoded_passages == 0
    for each in (library, server, open_library(tmp_path / "data")):
        (hit,) = each.search("Berlin fjord")
        assert (hit.document_id, hit.scores.dense is not None) == (berlin.document_id, True)
        assert healthy(each)
    assert [a.status for a in ingest(library, OSLO)] == ["new"]
    assert len(server.search("Berlin fjord")) == 2


def test_a_backup_is_one_whole_file(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    ingest(library, BERLIN)
    (tmp_path / "out").mkdir()
    library.backup(tmp_path / "out" / "b.sqlite3")
    library.backup(tmp_path / "out" / "b.sqlite3")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["b.sqlite3"]
    empty = open_library(tmp_path / "new")
    empty.restore(tmp_path / "out" / "b.sqlite3")
    assert empty.search("Berlin")
    assert not list((tmp_path / "new").glob("restore*"))


def test_a_backup_makes_no_folder(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    with pytest.raises(StorageError, match="no folder"):
        library.backup(tmp_path / "elsewhere" / "b.sqlite3")
    assert not (tmp_path / "elsewhere").exists()


def test_what_is_no_backup_changes_nothing(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    ingest(library, BERLIN)
    (tmp_path / "bad").write_bytes(b"nothing like a database" * 1000)
    for name in ("bad", "missing"):
        with pytest.raises(StorageError):
            library.restore(tmp_path / name)
    assert library.search("Berlin")
    assert healthy(library)


def test_a_backup_of_another_encoder_is_refused(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    ingest(library, BERLIN)
    library.backup(tmp_path / "b.sqlite3")
    other = open_library(tmp_path / "other", FakeEncoder("other"))
    with pytest.raises(EncoderMismatch):
        other.restore(tmp_path / "b.sqlite3")


def test_a_backup_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError):
        library.backup(tmp_path / "file" / "b.sqlite3")
