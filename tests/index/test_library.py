from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from index.errors import DeletedDocument, EncoderMismatch, StorageError, UnknownDocument
from index.ingest.progress import Progress
from index.library import Library
from index.records import Accepted, Filters, Refused, Source
from tests.builders import FakeEncoder, make_source


def open_library(folder: Path, encoder: FakeEncoder | None = None) -> Library:
    return Library.open(folder, encoder or FakeEncoder())


def ingest(library: Library, *sources: Source) -> list[Accepted]:
    results = list(library.ingest(sources))
    assert all(isinstance(r, Accepted) for r in results), results
    return [r for r in results if isinstance(r, Accepted)]


def epoch_folder(data_dir: Path) -> Path:
    (folder,) = (p for p in (data_dir / "index").iterdir() if p.is_dir())
    return folder


def healthy(library: Library) -> bool:
    return all(check.ok for check in library.check())


BERLIN = make_source("ANN: The talks go on.", "BEN: They meet in Berlin.", key="berlin.txt")
OSLO = make_source("CID: The fjord was cold in Oslo.", key="oslo.txt")


def test_what_is_yielded_is_searchable_and_cites_itself(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (accepted,) = ingest(library, BERLIN)
    (hit,) = library.search("Berlin")
    text = library.text(accepted.document_id)
    assert hit.text == text[hit.char_start : hit.char_end]
    assert [text[s.char_start : s.char_end] for s in hit.sentences] == [
        "The talks go on.",
        "They meet in Berlin.",
    ]
    assert hit.speakers == ("ANN", "BEN")


def test_both_legs_score_a_hit(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN, OSLO)
    first = library.search("fjord cold Oslo")[0]
    assert first.speakers == ("CID",)
    assert first.scores.dense is not None
    assert first.scores.lexical is not None


def test_the_same_again_is_unchanged_and_encodes_nothing(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    ingest(library, BERLIN)
    encoded = encoder.encoded_passages
    assert [a.status for a in ingest(library, BERLIN)] == ["unchanged"]
    assert encoder.encoded_passages == encoded


def test_new_content_under_a_known_key_replaces_it_and_old_citations_resolve(
    tmp_path: Path,
) -> None:
    library = open_library(tmp_path)
    (old,) = ingest(library, BERLIN)
    (new,) = ingest(library, make_source("ANN: They meet in Rome.", key="berlin.txt"))
    assert (new.status, new.document_id) == ("replaced", old.document_id)
    assert [hit.text for hit in library.search("Berlin Rome meet")] == ["They meet in Rome."]
    assert "Berlin" in library.text(old.document_id, old.document_version)
    assert library.turns(old.document_id, old.document_version)[1].speaker == "BEN"


def test_an_older_version_comes_back_without_encoding_again(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    (first,) = ingest(library, BERLIN)
    ingest(library, make_source("ANN: They meet in Rome.", key="berlin.txt"))
    encoded = encoder.encoded_passages
    (again,) = ingest(library, BERLIN)
    assert (again.status, again.document_version) == ("replaced", first.document_version)
    assert encoder.encoded_passages == encoded
    assert library.search("Berlin")[0].document_version == first.document_version
    assert healthy(library)


def test_the_same_content_under_another_name_is_named_and_not_searched_twice(
    tmp_path: Path,
) -> None:
    library = open_library(tmp_path)
    (first,) = ingest(library, BERLIN)
    (second,) = ingest(library, Source("copy.txt", BERLIN.data))
    assert (second.status, second.document_id) == ("duplicate", first.document_id)
    assert len(library.search("Berlin")) == 1


def test_the_same_content_in_another_collection_is_another_document(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    (other,) = ingest(library, Source("copy.txt", BERLIN.data, collection="archive"))
    assert other.status == "new"
    assert len(library.search("Berlin", Filters(collection="archive"))) == 1


def test_a_deleted_document_is_in_no_search_and_says_so(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (accepted,) = ingest(library, BERLIN)
    library.delete(accepted.document_id)
    assert library.search("Berlin") == ()
    assert library.documents() == ()
    assert library.speakers() == ()
    for call in (library.document, library.text, library.turns, library.delete):
        with pytest.raises(DeletedDocument, match="was deleted"):
            call(accepted.document_id)
    assert healthy(library)


def test_a_deleted_document_can_be_ingested_again(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (accepted,) = ingest(library, BERLIN)
    library.delete(accepted.document_id)
    assert ingest(library, BERLIN)[0].status == "new"
    assert library.search("Berlin")


def test_an_unknown_document_or_version_says_what_to_do(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (accepted,) = ingest(library, BERLIN)
    with pytest.raises(UnknownDocument, match="'nowhere'"):
        library.document("nowhere")
    with pytest.raises(UnknownDocument, match="no version 'v9'"):
        library.text(accepted.document_id, "v9")


def test_one_bad_source_never_stops_the_rest(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    results = list(library.ingest([BERLIN, Source("empty.txt", b""), OSLO]))
    assert [type(r) for r in results] == [Accepted, Refused, Accepted]
    assert healthy(library)


def test_a_source_over_the_limit_is_refused(tmp_path: Path) -> None:
    library = Library.open(tmp_path, FakeEncoder(), max_file_bytes=10)
    (refused,) = library.ingest([BERLIN])
    assert isinstance(refused, Refused)
    assert refused.code == "too_large"


def test_an_id_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (refused,) = library.ingest([Source("a.txt", BERLIN.data, document_id="no/slash")])
    assert isinstance(refused, Refused)
    assert refused.code == "invalid_id"


def test_documents_come_in_pages(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, *(make_source(f"ANN: Talk {i}.", key=f"{i}.txt") for i in range(5)))
    first = library.documents(limit=3)
    rest = library.documents(after=first[-1].document_id, limit=3)
    assert [len(first), len(rest)] == [3, 2]
    ids = [d.document_id for d in first + rest]
    assert ids == sorted(ids)


def test_another_process_sees_what_was_ingested_and_deleted(tmp_path: Path) -> None:
    writer, reader = open_library(tmp_path), open_library(tmp_path)
    (accepted,) = ingest(writer, BERLIN)
    assert len(reader.search("Berlin")) == 1
    reader.delete(accepted.document_id)
    assert writer.search("Berlin") == ()
    assert healthy(writer)
    assert healthy(reader)


def test_lost_indexes_are_made_again_without_encoding(tmp_path: Path) -> None:
    ingest(open_library(tmp_path), BERLIN, OSLO)
    shutil.rmtree(tmp_path / "index")
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    assert healthy(library)
    assert library.search("Berlin")[0].scores.lexical is not None
    assert encoder.encoded_passages == 0


@pytest.mark.parametrize("damage", [b"", b"not an index", b"\x00" * 4096])
def test_a_damaged_dense_index_is_made_again(tmp_path: Path, damage: bytes) -> None:
    ingest(open_library(tmp_path), BERLIN, OSLO)
    (file,) = epoch_folder(tmp_path).glob("dense-*.faiss")
    file.write_bytes(damage)
    assert healthy(open_library(tmp_path))


def test_a_damaged_receipt_is_no_receipt(tmp_path: Path) -> None:
    ingest(open_library(tmp_path), BERLIN)
    (epoch_folder(tmp_path) / "dense.json").write_text("{", encoding="utf-8")
    assert healthy(open_library(tmp_path))


def test_a_damaged_lexical_index_is_made_again(tmp_path: Path) -> None:
    ingest(open_library(tmp_path), BERLIN, OSLO)
    (epoch_folder(tmp_path) / "lexical" / "meta.json").write_text("{", encoding="utf-8")
    library = open_library(tmp_path)
    assert healthy(library)
    assert library.search("Berlin")[0].scores.lexical is not None


def test_an_index_that_is_behind_catches_up_when_opened(tmp_path: Path) -> None:
    ingest(open_library(tmp_path), BERLIN)
    shutil.copytree(tmp_path / "index", tmp_path / "older")
    ingest(open_library(tmp_path), OSLO)
    shutil.rmtree(tmp_path / "index")
    (tmp_path / "older").rename(tmp_path / "index")
    library = open_library(tmp_path)
    assert healthy(library)
    assert library.search("fjord")


def test_an_index_of_another_database_is_not_trusted(tmp_path: Path) -> None:
    ingest(open_library(tmp_path / "a"), BERLIN, OSLO)
    ingest(open_library(tmp_path / "b"), OSLO)
    right = epoch_folder(tmp_path / "b")
    shutil.rmtree(right)
    shutil.copytree(epoch_folder(tmp_path / "a"), right)
    library = open_library(tmp_path / "b")
    assert healthy(library)
    assert all("Berlin" not in hit.text for hit in library.search("Berlin"))


def test_vectors_of_another_encoder_are_refused_with_the_way_out(tmp_path: Path) -> None:
    ingest(open_library(tmp_path), BERLIN)
    with pytest.raises(EncoderMismatch, match="transcript-qa reindex"):
        open_library(tmp_path, FakeEncoder("other"))


def test_a_data_directory_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StorageError, match="TRANSCRIPT_QA_DATA_DIR"):
        open_library(tmp_path / "file" / "data")


def test_a_database_that_is_not_one_is_explained(tmp_path: Path) -> None:
    (tmp_path / "transcripts.sqlite3").write_bytes(b"nothing like a database" * 100)
    with pytest.raises(StorageError, match="doctor"):
        open_library(tmp_path)


def test_queries_of_any_text_find_or_find_nothing(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    for query in ('"(((', "AND OR NOT", "*:*", "\x00", "é😀", "a" * 5000, "NEAR/3 ^2 ~"):
        library.search(query)


CORPUS = [
    make_source(
        f"Talk {i}",
        f"2022010{1 + i % 3}",
        f"https://example.org/{i}",
        f"{'ANN' if i % 2 else 'BEN'}: The river number {i} rose.",
        f"{'CID' if i % 3 else 'DEB'}: We saw the river too, on day {i}.",
        key=f"{i}.txt",
        collection="east" if i % 4 else "west",
    )
    for i in range(12)
]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Library:
    library = open_library(tmp_path_factory.mktemp("corpus"))
    ingest(library, *CORPUS)
    return library


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    speakers=st.sets(st.sampled_from(["ann", "BEN", "Cid", "DEB", "nobody"]), max_size=2),
    since=st.sampled_from([None, "2022-01-01", "2022-01-02", "2022-01-04"]),
    until=st.sampled_from([None, "2022-01-01", "2022-01-02"]),
    collection=st.sampled_from([None, "east", "west", "north"]),
    documents=st.sets(st.integers(0, 11), max_size=3),
)
def test_both_legs_obey_the_same_filters(
    corpus: Library,
    speakers: set[str],
    since: str | None,
    until: str | None,
    collection: str | None,
    documents: set[int],
) -> None:
    ids = {d.source_key: d.document_id for d in corpus.documents()}
    filters = Filters(
        document_ids=tuple(sorted(ids[f"{i}.txt"] for i in documents)),
        speakers=tuple(sorted(speakers)),
        since=since,
        until=until,
        collection=collection,
    )
    hits = corpus.search("river rose", filters, 50)
    for hit in hits:
        assert hit.scores.dense is not None
        assert hit.scores.lexical is not None
    expected = {
        d.document_id
        for d in corpus.documents()
        if (not documents or d.document_id in filters.document_ids)
        and (not speakers or {s.casefold() for s in speakers} & {s.casefold() for s in d.speakers})
        and (since is None or (d.metadata.date or "") >= since)
        and (until is None or (d.metadata.date or "9") <= until)
        and (collection is None or d.metadata.collection == collection)
    }
    assert {hit.document_id for hit in hits} == expected


def test_receipts_name_the_state_they_hold(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    receipt = json.loads((epoch_folder(tmp_path) / "dense.json").read_text(encoding="utf-8"))
    assert (receipt["encoder"], receipt["count"], receipt["seq"]) == ("fake", 1, 2)


def test_a_new_title_is_taken_and_encoded(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    said = ("20220101", "https://example.org/a", "ANN: The talks go on.")
    (first,) = ingest(library, make_source("Old title", *said))
    (again,) = ingest(library, make_source("New title", *said))
    assert again.status == "replaced"
    assert library.document(first.document_id).metadata.title == "New title"


def test_without_waiting_words_are_found_and_vectors_are_pending(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    list(library.ingest([BERLIN, OSLO], wait=False))
    assert encoder.encoded_passages == 0
    (hit,) = library.search("Berlin")
    assert (hit.scores.dense, hit.scores.lexical is not None) == (None, True)
    assert library.pending() == (0, 2)
    assert library.vectors_pending()
    assert library.vectors_pending(Filters(document_ids=(hit.document_id,)))
    assert not library.vectors_pending(Filters(document_ids=("elsewhere",)))
    assert healthy(library)


def test_a_library_tells_whether_filters_leave_anything_to_search(tmp_path: Path) -> None:
    library, other = open_library(tmp_path), open_library(tmp_path)
    assert not library.searchable()
    (berlin,) = ingest(other, BERLIN)
    assert library.searchable()
    assert library.searchable(Filters(document_ids=(berlin.document_id,)))
    assert not library.searchable(Filters(speakers=("NOBODY",)))
    assert not library.searchable(Filters(since="2999-01-01"))
    other.delete(berlin.document_id)
    assert not library.searchable()


def test_pending_vectors_are_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    first, second = FakeEncoder(), FakeEncoder()
    writer, other = open_library(tmp_path, first), open_library(tmp_path, second)
    list(writer.ingest([BERLIN, OSLO], wait=False))
    assert other.encode_pending() == 2
    assert writer.encode_pending() == 0
    assert (first.encoded_passages, second.encoded_passages) == (0, 2)
    assert writer.pending() == (2, 2)
    assert not writer.vectors_pending()
    assert writer.search("Berlin")[0].scores.dense is not None
    assert healthy(writer)
    assert healthy(other)


def test_ingesting_again_waits_for_vectors_that_are_pending(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    list(library.ingest([BERLIN], wait=False))
    assert [a.status for a in ingest(library, BERLIN)] == ["unchanged"]
    assert library.pending() == (1, 1)


def test_encoding_can_be_stopped_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.encoding.BATCH_PASSAGES", 1)
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    list(library.ingest([BERLIN, OSLO], wait=False))
    assert library.encode_pending(stopped=lambda: encoder.encoded_passages > 0) == 1
    assert library.pending() == (1, 2)
    assert open_library(tmp_path, encoder).encode_pending() == 1
    assert encoder.encoded_passages == 2


def test_progress_counts_sources_and_passages(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    looks: list[Progress] = []
    list(library.ingest([BERLIN, Source("empty.txt", b""), OSLO], on_progress=looks.append))
    last = looks[-1]
    assert (last.sources, last.encoded, last.waiting) == (3, 2, 0)
    assert last.source_bytes == len(BERLIN.data) + len(OSLO.data)


def test_an_index_without_passages_takes_any_encoder(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (accepted,) = ingest(library, BERLIN)
    library.delete(accepted.document_id)
    other = open_library(tmp_path, FakeEncoder("other"))
    ingest(other, BERLIN)
    assert other.search("Berlin")[0].scores.dense is not None
    with pytest.raises(EncoderMismatch):
        ingest(library, OSLO)


def test_scores_do_not_depend_on_how_many_calls_the_ingest_took(tmp_path: Path) -> None:
    together, apart = open_library(tmp_path / "a"), open_library(tmp_path / "b")
    ingest(together, BERLIN, OSLO)
    ingest(apart, BERLIN)
    ingest(apart, OSLO)
    for query in ("Berlin talks", "cold fjord"):
        assert [(h.document_id, h.scores) for h in together.search(query)] == [
            (h.document_id, h.scores) for h in apart.search(query)
        ]


def test_an_ingest_that_was_interrupted_goes_on_without_encoding_anything_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.ingest.GROUP_CHARS", 1)
    sources = [make_source(f"ANN: Talk number {i}.", key=f"{i}.txt") for i in range(8)]
    encoder = FakeEncoder()
    library = open_library(tmp_path, encoder)
    results = library.ingest(sources)
    acknowledged = [next(results), next(results)]

    def interrupt() -> Iterator[Source]:
        yield from sources[:7]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        acknowledged += library.ingest(interrupt())
    assert [a.status for a in ingest(open_library(tmp_path, encoder), *sources)][:2] == [
        "unchanged",
        "unchanged",
    ]
    assert encoder.encoded_passages == 8
    assert healthy(library)


def test_transcripts_of_one_file_are_acknowledged_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.ingest.GROUP_CHARS", 1)
    encoder = FakeEncoder()
    lines = [
        json.dumps({"id": f"d{i}", "turns": [{"speaker": "ANN", "text": f"Talk number {i}."}]})
        for i in range(3)
    ]
    library = open_library(tmp_path, encoder)
    results = library.ingest([Source("all.jsonl", "\n".join(lines).encode())])
    assert isinstance(next(results), Accepted)
    assert encoder.encoded_passages == 1
    assert len(list(results)) == 2


def test_a_source_that_may_not_replace_leaves_what_is_there(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    (before,) = library.documents()
    other = replace(OSLO, key=BERLIN.key, may_replace=False)
    foreign = replace(OSLO, document_id=before.document_id, may_replace=False)

    for outcome in (*library.ingest([other]), *library.ingest([foreign])):
        assert isinstance(outcome, Refused)
        assert (outcome.code, outcome.document_id) == ("document_exists", before.document_id)
        assert repr(before.metadata.title) in outcome.detail
    assert library.documents() == (before,)

    (same,) = ingest(library, replace(BERLIN, may_replace=False))
    (new,) = ingest(library, replace(OSLO, may_replace=False))
    assert (same.status, new.status) == ("unchanged", "new")
    (replaced,) = ingest(library, replace(other, may_replace=True))
    assert (replaced.status, replaced.document_id) == ("replaced", before.document_id)


def test_two_new_sources_of_one_name_do_not_replace_each_other(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    first = replace(BERLIN, may_replace=False)
    second = replace(OSLO, key=BERLIN.key, may_replace=False)

    taken, refused = library.ingest([first, second])

    assert isinstance(taken, Accepted)
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("may_replace", [True, False])
def test_a_document_sent_again_stays_in_its_collection(tmp_path: Path, may_replace: bool) -> None:
    library = open_library(tmp_path)
    ingest(library, replace(BERLIN, collection="north"))

    (again,) = ingest(library, replace(BERLIN, may_replace=may_replace))

    assert again.status == "unchanged"
    assert [d.metadata.collection for d in library.documents()] == ["north"]
    (changed,) = ingest(library, replace(OSLO, key=BERLIN.key))
    assert changed.status == "replaced"
    assert [d.metadata.collection for d in library.documents()] == ["north"]
