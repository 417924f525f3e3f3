"""Names for labels: from the source, by a person, in filters, searches, lists and exports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import DeletedDocument, InvalidAlias, UnknownDocument
from index.library import Library
from index.records import Accepted, Filters, Hit, Refused, Source
from index.store import AliasRow, with_set, with_stated
from qa.answer.citations import cite
from qa.evidence.candidates import BaselineRanker
from qa.evidence.select import as_evidence, rank_sentences
from tests.builders import FakeEncoder

TALK = """\
INSKEEP: We begin with Charles Maynes in Moscow. What happens next?
MAYNES: They meet in Berlin.
INSKEEP: Thank you for the talk.
"""


def open_library(folder: Path, encoder: FakeEncoder | None = None) -> Library:
    return Library.open(folder, encoder or FakeEncoder())


def ingest(library: Library, sidecar: str | None = None, key: str = "talk.txt") -> Accepted:
    source = Source(key, TALK.encode(), sidecar=None if sidecar is None else sidecar.encode())
    (result,) = library.ingest([source])
    assert isinstance(result, Accepted), result
    return result


def stated(**names: str) -> str:
    return json.dumps({"speakers": names})


def keys(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.passage_id for hit in hits]


def cited(library: Library, filters: Filters) -> list[tuple[str | None, str | None]]:
    """Return label and name of every sentence that matches the filters."""
    question = "What happens next in Berlin?"
    hits = library.search(question, filters)
    similar = library.similarities(question, hits)
    ranked = rank_sentences(question, filters, hits, similar, BaselineRanker())
    citations = [cite(as_evidence(each), 1) for each in ranked]
    return [(each.speaker, each.speaker_name) for each in citations]


def test_what_the_source_states_is_stored_and_shown(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    document_id = ingest(library, stated(INSKEEP="Steve Inskeep, host")).document_id
    assert library.aliases(document_id) == (("INSKEEP", "Steve Inskeep, host"),)
    assert library.document(document_id).aliases == (("INSKEEP", "Steve Inskeep, host"),)
    assert {s.speaker: s.names for s in library.speakers()} == {
        "INSKEEP": ("Steve Inskeep, host",),
        "MAYNES": (),
    }


@pytest.mark.parametrize(
    "speaker", ["MAYNES", "maynes", "Charles Maynes", "charles  maynes, Correspondent"]
)
def test_a_filter_takes_label_or_alias_in_both_legs_and_for_every_sentence(
    tmp_path: Path, speaker: str
) -> None:
    library = open_library(tmp_path)
    document_id = ingest(library).document_id
    library.set_aliases(document_id, {"MAYNES": "Charles Maynes, correspondent"})
    filters = Filters(speakers=(speaker,))
    (hit,) = library.search("meet in Berlin", filters)
    assert hit.scores.dense is not None
    assert hit.scores.lexical is not None
    assert cited(library, filters) == [("MAYNES", "Charles Maynes, correspondent")]


def test_a_name_that_nobody_has_finds_nothing(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, stated(MAYNES="Charles Maynes"))
    assert library.search("Berlin", Filters(speakers=("Charles",))) == ()


def test_words_of_an_alias_are_found_and_lost_with_it(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    document_id = ingest(library).document_id
    library.set_aliases(document_id, {"INSKEEP": "Stephanie Quill"})
    (hit,) = library.search("quill")
    assert hit.scores.lexical is not None
    library.set_aliases(document_id, {})
    (hit,) = library.search("quill")
    assert hit.scores.lexical is None


def test_setting_names_encodes_nothing_and_changes_no_version(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    first = ingest(library)
    encoded, found = encoder.encoded_passages, keys(library.search("Berlin"))
    library.set_aliases(first.document_id, {"maynes": " Charles  Maynes "})
    assert library.aliases(first.document_id) == (("MAYNES", "Charles Maynes"),)
    assert library.document(first.document_id).document_version == first.document_version
    assert keys(library.search("Berlin")) == found
    assert encoder.encoded_passages == encoded
    assert all(check.ok for check in library.check())


def test_another_process_sees_names_at_its_next_search(tmp_path: Path) -> None:
    here, there = open_library(tmp_path), open_library(tmp_path)
    document_id = ingest(here).document_id
    assert there.search("Berlin", Filters(speakers=("Charles Maynes",))) == ()
    here.set_aliases(document_id, {"MAYNES": "Charles Maynes"})
    assert len(there.search("Berlin", Filters(speakers=("Charles Maynes",)))) == 1


def test_names_are_there_after_opening_again(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    library.set_aliases(ingest(library).document_id, {"MAYNES": "Charles Maynes"})
    library.close()
    again = open_library(tmp_path)
    assert cited(again, Filters(speakers=("Charles Maynes",))) == [("MAYNES", "Charles Maynes")]


def test_the_same_source_with_other_names_is_taken_without_encoding(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    first = ingest(library)
    encoded = encoder.encoded_passages
    second = ingest(library, stated(MAYNES="Charles Maynes"))
    assert (second.status, second.document_version) == ("replaced", first.document_version)
    assert ingest(library, stated(MAYNES="Charles Maynes")).status == "unchanged"
    assert library.aliases(first.document_id) == (("MAYNES", "Charles Maynes"),)
    assert encoder.encoded_passages == encoded


def test_what_a_person_set_outlives_the_source_being_taken_again(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    names = stated(INSKEEP="Steve", MAYNES="Charles")
    document_id = ingest(library, names).document_id
    library.set_aliases(document_id, {"INSKEEP": "Steve Inskeep"})
    assert ingest(library, names).status == "unchanged"
    assert library.aliases(document_id) == (("INSKEEP", "Steve Inskeep"),)
    ingest(library, stated(INSKEEP="S. Inskeep"))
    assert library.aliases(document_id) == (("INSKEEP", "Steve Inskeep"),)


@pytest.mark.parametrize(
    ("rows", "says", "after"),
    [
        ((), {"A": "x"}, (AliasRow("A", "x", "x"),)),
        ((AliasRow("A", "x", "x"),), {"A": "y"}, (AliasRow("A", "y", "y"),)),
        ((AliasRow("A", "x", "x"),), {}, ()),
        ((AliasRow("A", "mine", "x"),), {"a": "y"}, (AliasRow("a", "mine", "y"),)),
        ((AliasRow("A", "mine", "x"),), {}, (AliasRow("A", "mine", None),)),
        ((AliasRow("A", None, "x"),), {"A": "y"}, (AliasRow("A", None, "y"),)),
        ((AliasRow("A", None, "x"),), {}, ()),
        ((AliasRow("A", "mine", None),), {"A": "y"}, (AliasRow("A", "mine", "y"),)),
    ],
)
def test_a_source_brings_its_changes_and_undoes_nobodys(
    rows: tuple[AliasRow, ...], says: dict[str, str], after: tuple[AliasRow, ...]
) -> None:
    assert with_stated(rows, tuple(says.items())) == after


def test_what_is_set_replaces_everything_but_what_the_source_states() -> None:
    rows = (AliasRow("A", "x", "x"), AliasRow("B", "y", None))
    assert with_set(rows, (("C", "z"),)) == (AliasRow("A", None, "x"), AliasRow("C", "z", None))


@pytest.mark.parametrize("names", [{"KELLY": "Mary"}, {"MAYNES": " "}, {"": "x"}])
def test_names_that_cannot_be_set_change_nothing(tmp_path: Path, names: dict[str, str]) -> None:
    library = open_library(tmp_path)
    document_id = ingest(library, stated(INSKEEP="Steve")).document_id
    with pytest.raises(InvalidAlias):
        library.set_aliases(document_id, names)
    assert library.aliases(document_id) == (("INSKEEP", "Steve"),)


def test_an_unknown_label_is_refused_with_those_there_are(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    document_id = ingest(library).document_id
    with pytest.raises(InvalidAlias, match=r"'KELLY'.*'INSKEEP', 'MAYNES'"):
        library.set_aliases(document_id, {"KELLY": "Mary"})


def test_a_deleted_document_has_no_names_and_starts_without_any(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    document_id = ingest(library).document_id
    library.set_aliases(document_id, {"MAYNES": "Charles Maynes"})
    library.delete(document_id)
    with pytest.raises(DeletedDocument):
        library.aliases(document_id)
    with pytest.raises(DeletedDocument):
        library.set_aliases(document_id, {})
    with pytest.raises(UnknownDocument):
        library.suggest_aliases("nobody")
    ingest(library)
    assert library.aliases(document_id) == ()


def test_names_are_suggested_with_their_place_and_never_set(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    document_id = ingest(library).document_id
    (found,) = library.suggest_aliases(document_id)
    assert (found.label, found.name, found.turn) == ("MAYNES", "Charles Maynes", 0)
    assert library.text(document_id)[found.char_start : found.char_end] == found.name
    assert library.aliases(document_id) == ()


def exported(folder: Path) -> list[str]:
    library = open_library(folder)
    document_id = ingest(library, stated(INSKEEP="Steve", MAYNES="Charles")).document_id
    library.set_aliases(document_id, {"INSKEEP": "Steve Inskeep"})
    return list(library.export())


def test_an_export_takes_names_along_and_what_the_source_said(tmp_path: Path) -> None:
    lines = exported(tmp_path / "a")
    copy = open_library(tmp_path / "b")
    (accepted,) = copy.import_lines(lines)
    assert isinstance(accepted, Accepted)
    assert copy.aliases(accepted.document_id) == (("INSKEEP", "Steve Inskeep"),)
    assert list(copy.export()) == lines
    assert len(copy.search("Berlin", Filters(speakers=("Steve Inskeep",)))) == 1
    (again,) = copy.import_lines(lines)
    assert isinstance(again, Accepted)
    assert again.status == "unchanged"


def test_an_export_that_is_silent_about_names_leaves_them(tmp_path: Path) -> None:
    (line,) = exported(tmp_path / "a")
    old = json.loads(line)
    del old["aliases"]
    library = open_library(tmp_path / "a")
    (accepted,) = library.import_lines([json.dumps(old)])
    assert isinstance(accepted, Accepted)
    assert accepted.status == "unchanged"
    assert library.aliases(accepted.document_id) == (("INSKEEP", "Steve Inskeep"),)


@pytest.mark.parametrize(
    "aliases", [[["A", "x", None], ["a", "y", None]], [["", "x", None]], [["A", None, None]], [[1]]]
)
def test_damaged_names_in_an_export_are_refused(tmp_path: Path, aliases: object) -> None:
    (line,) = exported(tmp_path / "a")
    damaged = json.dumps({**json.loads(line), "aliases": aliases})
    (refused,) = open_library(tmp_path / "b").import_lines([damaged])
    assert isinstance(refused, Refused)
    assert refused.line == 1


def test_a_backup_takes_names_along(tmp_path: Path) -> None:
    library = open_library(tmp_path / "a")
    document_id = ingest(library).document_id
    library.set_aliases(document_id, {"MAYNES": "Charles Maynes"})
    library.backup(tmp_path / "backup")
    library.set_aliases(document_id, {})
    library.restore(tmp_path / "backup")
    assert cited(library, Filters(speakers=("Charles Maynes",))) == [("MAYNES", "Charles Maynes")]
