"""Purge, export and import: what is gone is gone from the disk, what is kept comes back whole."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from index.errors import DeletedDocument
from index.library import Library
from index.records import Accepted, Refused, Source
from tests.builders import FakeEncoder, make_source
from tests.index.test_library import BERLIN, OSLO, epoch_folder, healthy, ingest, open_library

SUBTITLES = Source(
    "talk.vtt",
    b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v ANN>The fjord froze.\n\n"
    b"00:02.500 --> 00:04.000\n<v BEN>It did, twice.\n",
)


def import_all(library: Library, lines: Iterable[str]) -> list[Accepted | Refused]:
    return list(library.import_lines(lines))


def bytes_under(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file())


def test_purged_text_is_in_no_file_any_more(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (old,) = ingest(library, make_source("ANN: They meet in Zanzibar.", key="berlin.txt"))
    ingest(library, BERLIN)
    (gone,) = ingest(library, make_source("ANN: Quokka season.", key="secret-quokka.txt"))
    library.delete(gone.document_id)
    assert b"Zanzibar" in bytes_under(tmp_path)
    assert library.purge().versions == 2
    held = bytes_under(tmp_path).lower()
    assert b"zanzibar" not in held
    assert b"quokka" not in held.replace(gone.document_id.encode(), b"")
    assert healthy(library)
    assert library.search("Berlin")[0].document_id == old.document_id


def test_citations_to_what_was_purged_say_so(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (old,) = ingest(library, BERLIN)
    (new,) = ingest(library, make_source("ANN: They meet in Rome.", key="berlin.txt"))
    (gone,) = ingest(library, OSLO)
    library.delete(gone.document_id)
    library.purge()
    with pytest.raises(DeletedDocument, match="was purged at"):
        library.text(old.document_id, old.document_version)
    with pytest.raises(DeletedDocument, match="was deleted"):
        library.text(gone.document_id, gone.document_version)
    assert "Rome" in library.text(old.document_id, new.document_version)


def test_a_purged_version_can_come_back(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (old,) = ingest(library, BERLIN)
    ingest(library, make_source("ANN: They meet in Rome.", key="berlin.txt"))
    library.purge()
    (again,) = ingest(library, BERLIN)
    assert (again.status, again.document_version) == ("replaced", old.document_version)
    assert "Berlin" in library.text(old.document_id, old.document_version)
    assert healthy(library)


def test_a_purge_with_nothing_to_do_changes_nothing(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    before = epoch_folder(tmp_path)
    assert (library.purge().versions, library.purge().documents) == (0, 0)
    assert epoch_folder(tmp_path) == before


def test_another_process_searches_on_after_a_purge(tmp_path: Path) -> None:
    writer, reader = open_library(tmp_path), open_library(tmp_path)
    (old,) = ingest(writer, BERLIN)
    assert reader.search("Berlin")
    ingest(writer, make_source("ANN: They meet in Rome.", key="berlin.txt"))
    writer.purge()
    (hit,) = reader.search("Berlin Rome meet")
    assert hit.text == "They meet in Rome."
    with pytest.raises(DeletedDocument):
        reader.text(old.document_id, old.document_version)
    assert healthy(reader)


def test_an_export_comes_back_as_it_was(tmp_path: Path) -> None:
    library = open_library(tmp_path / "a")
    ingest(library, BERLIN, SUBTITLES, Source("copy.txt", OSLO.data, collection="north"))
    lines = list(library.export())
    other = open_library(tmp_path / "b")
    results = import_all(other, lines)
    assert [r.status for r in results if isinstance(r, Accepted)] == ["new"] * 3
    assert other.documents() == library.documents()
    for info in library.documents():
        assert other.text(info.document_id) == library.text(info.document_id)
        assert other.turns(info.document_id) == library.turns(info.document_id)
        assert other.metadata(info.document_id) == library.metadata(info.document_id)
    assert list(other.export()) == lines
    assert [r.status for r in import_all(other, lines) if isinstance(r, Accepted)] == [
        "unchanged"
    ] * 3
    assert healthy(other)


def test_an_export_of_all_versions_brings_old_citations_along(tmp_path: Path) -> None:
    library = open_library(tmp_path / "a")
    (old,) = ingest(library, BERLIN)
    ingest(library, make_source("ANN: They meet in Rome.", key="berlin.txt"))
    lines = list(library.export(all_versions=True))
    assert [json.loads(line)["current"] for line in lines] == [False, True]
    other = open_library(tmp_path / "b")
    import_all(other, lines)
    assert "Berlin" in other.text(old.document_id, old.document_version)
    assert [hit.text for hit in other.search("Berlin Rome meet")] == ["They meet in Rome."]
    assert list(other.export(all_versions=True)) == lines
    assert healthy(other)


def test_two_documents_with_the_same_words_both_come_back(tmp_path: Path) -> None:
    library = open_library(tmp_path / "a")
    ingest(library, BERLIN, OSLO)
    ingest(library, Source("oslo.txt", BERLIN.data))
    other = open_library(tmp_path / "b")
    import_all(other, library.export())
    assert [d.document_id for d in other.documents()] == [
        d.document_id for d in library.documents()
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            {"text": "Something else was said here, it seems, and at greater length."},
            "damaged_export",
        ),
        ({"turns": [[None, 0, 99999, None, None, []]]}, "damaged_export"),
        ({"id": "no/slash"}, "damaged_export"),
        ({"date": "yesterday"}, "damaged_export"),
        ({"format": "something"}, "not_an_export"),
        ({"more": 1}, "not_an_export"),
    ],
)
def test_a_damaged_line_is_refused_and_the_rest_taken(
    tmp_path: Path, change: dict[str, object], code: str
) -> None:
    library = open_library(tmp_path / "a")
    ingest(library, BERLIN, OSLO)
    first, second = library.export()
    damaged = json.dumps(json.loads(first) | change)
    other = Library.open(tmp_path / "b", FakeEncoder())
    refused, accepted = import_all(other, ["\n", damaged, second])
    assert isinstance(refused, Refused)
    assert (refused.code, refused.line) == (code, 2)
    assert isinstance(accepted, Accepted)
