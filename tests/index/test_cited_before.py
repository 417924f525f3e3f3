from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import DeletedDocument, UnknownDocument
from index.library import Library
from index.records import Accepted
from tests.builders import FakeEncoder, make_source


def take(library: Library, *lines: str) -> Accepted:
    (accepted,) = library.ingest([make_source(*lines)])
    assert isinstance(accepted, Accepted)
    return accepted


def test_a_citation_of_an_older_version_is_found_again(tmp_path: Path) -> None:
    library = Library.open(tmp_path, FakeEncoder())
    old = take(library, "ANN: The talks go on.", "BEN: They meet in Berlin.")
    take(library, "ANN: They meet in Rome.")
    text = library.text(old.document_id, old.document_version)
    start = text.index("They meet in Berlin.")
    hit = library.passage_at(old.document_id, old.document_version, start, len(text.rstrip()))
    assert hit.document_version == old.document_version
    assert hit.text == text[hit.char_start : hit.char_end]
    assert hit.sentences[-1].speaker == "BEN"
    assert len(library.similarities("Berlin", [hit])[0]) == len(hit.sentences)


def test_a_citation_of_nothing_is_refused(tmp_path: Path) -> None:
    library = Library.open(tmp_path, FakeEncoder())
    taken = take(library, "ANN: The talks go on.")
    for document_id, version, start, end in (
        (taken.document_id, taken.document_version, 0, 10_000),
        (taken.document_id, taken.document_version, 9_000, 9_001),
        (taken.document_id, "no-version", 5, 6),
        ("nothing", taken.document_version, 5, 6),
    ):
        with pytest.raises(UnknownDocument):
            library.passage_at(document_id, version, start, end)
    library.delete(taken.document_id)
    with pytest.raises(DeletedDocument):
        library.passage_at(taken.document_id, taken.document_version, 5, 6)


def test_a_replaced_version_is_not_current(tmp_path: Path) -> None:
    library = Library.open(tmp_path, FakeEncoder())
    old = take(library, "ANN: The talks go on.")
    new = take(library, "ANN: They meet in Rome.")
    assert library.is_current(new.document_id, new.document_version)
    assert not library.is_current(old.document_id, old.document_version)
    assert not library.is_current("nothing", old.document_version)
    library.delete(new.document_id)
    assert not library.is_current(new.document_id, new.document_version)
