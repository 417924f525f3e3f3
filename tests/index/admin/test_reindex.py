"""Another encoder or other passages: the old index serves until the new one is whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.admin.reindex import reindex
from index.encoders.base import PassageInput, PassageVectors
from index.errors import Busy, EncoderMismatch, EncoderUnavailable, ModelUnavailable
from index.files import exclusive
from index.library import Library
from index.records import Filters
from tests.builders import FakeEncoder, make_source
from tests.index.test_library import BERLIN, OSLO, epoch_folder, healthy, ingest, open_library


class FailingEncoder(FakeEncoder):
    """Fails after so many passages, like a process that is killed."""

    def __init__(self, name: str, survives: int) -> None:
        super().__init__(name)
        self._survives = survives

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        if self.encoded_passages >= self._survives:
            raise ModelUnavailable("gone")
        return super().encode_passages(passages)


class InterruptingEncoder(FakeEncoder):
    """Does something in the middle of a reindex."""

    def __init__(self, name: str, action: object) -> None:
        super().__init__(name)
        self._action = action

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        action, self._action = self._action, None
        if callable(action):
            action()
        return super().encode_passages(passages)


def test_another_encoder_serves_once_everything_is_encoded(tmp_path: Path) -> None:
    (berlin, _) = ingest(open_library(tmp_path), BERLIN, OSLO)
    other = FakeEncoder("other", 32)
    seen: list[tuple[int, int]] = []
    result = reindex(tmp_path, other, on_encoded=lambda done, total: seen.append((done, total)))
    assert (result.switched, result.encoded, seen[-1]) == (True, 2, (2, 2))
    library = open_library(tmp_path, other)
    assert library.search("Berlin")[0].document_id == berlin.document_id
    assert library.search("Berlin")[0].scores.dense is not None
    assert library.pending() == (2, 2)
    assert healthy(library)
    with pytest.raises(EncoderMismatch):
        open_library(tmp_path)


def test_a_library_with_the_old_encoder_goes_on_by_words_and_says_so(tmp_path: Path) -> None:
    old = open_library(tmp_path)
    ingest(old, BERLIN)
    reindex(tmp_path, FakeEncoder("other", 32))
    (hit,) = old.search("Berlin")
    assert hit.scores.dense is None
    assert hit.scores.lexical is not None
    assert old.vectors_pending(Filters())
    assert [c.name for c in old.check() if not c.ok] == ["encoder"]
    for work in (lambda: ingest(old, OSLO), old.encode_pending):
        with pytest.raises(EncoderMismatch):
            work()
    assert healthy(open_library(tmp_path, FakeEncoder("other", 32)))


def until(true: Callable[[], bool], seconds: float) -> bool:
    """Wait for something to come true; return whether it did."""
    ends = time.monotonic() + seconds
    while not (done := true()) and time.monotonic() < ends:
        time.sleep(0.02)
    return done


def test_a_server_takes_up_the_encoder_that_another_process_let_serve(tmp_path: Path) -> None:
    other = FakeEncoder("other", 32)
    told: list[str] = []
    server = Library.open(
        tmp_path,
        FakeEncoder(),
        encoders={"other": other}.__getitem__,
        on_encoder=lambda encoder: told.append(encoder.id),
    )
    server.start_worker()
    ingest(server, BERLIN)
    reindex(tmp_path, other)
    assert until(lambda: server.search("Berlin")[0].scores.dense is not None, 2)
    assert not server.vectors_pending()
    assert (server.encoder.id, told) == ("other", ["other"])
    hits = server.search("Berlin")
    fresh = open_library(tmp_path, other)
    assert hits == fresh.search("Berlin")
    assert server.similarities("Berlin", hits) == fresh.similarities("Berlin", hits)
    ingest(server, OSLO)
    assert server.pending() == (2, 2)
    assert healthy(server)
    server.close()
    assert healthy(open_library(tmp_path, other))


def test_until_the_other_encoder_is_loaded_words_are_searched(tmp_path: Path) -> None:
    loading = threading.Event()
    loaded = threading.Event()

    def load(encoder_id: str) -> FakeEncoder:
        loading.set()
        assert loaded.wait(10)
        return FakeEncoder(encoder_id, 32)

    server = Library.open(tmp_path, FakeEncoder(), encoders=load)
    server.start_worker()
    ingest(server, BERLIN)
    reindex(tmp_path, FakeEncoder("other", 32))
    assert loading.wait(2)
    assert server.search("Berlin")[0].scores.dense is None
    assert server.vectors_pending()
    loaded.set()
    assert until(lambda: not server.vectors_pending(), 2)
    assert server.search("Berlin")[0].scores.dense is not None
    server.close()


def test_an_encoder_that_cannot_be_loaded_is_reported_and_words_go_on(tmp_path: Path) -> None:
    def load(encoder_id: str) -> FakeEncoder:
        raise EncoderUnavailable(f"no {encoder_id}")

    server = Library.open(tmp_path, FakeEncoder(), encoders=load)
    ingest(server, BERLIN)
    reindex(tmp_path, FakeEncoder("other", 32))
    with pytest.raises(EncoderUnavailable, match="no other"):
        server.work()
    assert server.search("Berlin")[0].scores.lexical is not None
    assert server.encoder.id == "fake"


def test_a_job_goes_on_with_the_encoder_that_began_to_serve_meanwhile(tmp_path: Path) -> None:
    other = FakeEncoder("other", 32)
    ingest(open_library(tmp_path), BERLIN)

    server = Library.open(tmp_path, FakeEncoder(), encoders={"other": other}.__getitem__)
    job = server.submit([OSLO])
    real = server.follow_encoder
    calls = iter([lambda: not reindex(tmp_path, other).switched, real])
    # The switch comes right after the worker looked which encoder serves.
    server.follow_encoder = lambda: next(calls)()  # type: ignore[method-assign]
    assert server.work()
    assert server.job(job).state != "failed"
    server.follow_encoder = real  # type: ignore[method-assign]
    assert server.work()
    assert server.job(job).state == "done"
    assert server.search("Oslo")[0].scores.dense is not None
    assert healthy(server)


def test_the_old_index_serves_until_the_new_one_is_whole(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN, OSLO)

    def look() -> None:
        assert library.search("Berlin")[0].scores.dense is not None
        # It would wait for its turn at encoding, which the reindex has at this moment.
        list(library.ingest([make_source("ANN: Lima is far.", key="lima.txt")], wait=False))
        library.delete(library.search("Oslo fjord")[0].document_id)

    other = InterruptingEncoder("other", look)
    reindex(tmp_path, other)
    after = open_library(tmp_path, other)
    assert after.search("Lima")[0].scores.dense is not None
    assert len(after.documents()) == 2
    assert healthy(after)


def test_a_reindex_that_ended_early_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.encoding.BATCH_PASSAGES", 1)
    library = open_library(tmp_path)
    ingest(library, BERLIN, OSLO)
    with pytest.raises(ModelUnavailable):
        reindex(tmp_path, FailingEncoder("other", 1))
    assert healthy(library)
    assert library.search("Berlin")[0].scores.dense is not None
    rest = FakeEncoder("other")
    reindex(tmp_path, rest)
    assert rest.encoded_passages == 1
    assert healthy(open_library(tmp_path, rest))


def test_other_passage_settings_make_other_passages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = open_library(tmp_path)
    ingest(library, make_source(*(f"ANN: Sentence number {i} is here." for i in range(20))))
    assert len(library.search("sentence", limit=50)) == 1
    monkeypatch.setattr("index.text.passages.PASSAGE_TOKENS", 20)
    assert "reindex" in next(c.detail for c in library.check() if c.name == "encoder")
    assert reindex(tmp_path, FakeEncoder()).switched
    assert len(library.search("sentence", limit=50)) > 1
    assert all(hit.scores.dense is not None for hit in library.search("sentence", limit=50))
    assert healthy(library)


def test_with_nothing_to_change_only_pending_vectors_are_made(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    list(library.ingest([BERLIN], wait=False))
    before = epoch_folder(tmp_path)
    result = reindex(tmp_path, FakeEncoder())
    assert (result.switched, result.encoded) == (False, 1)
    assert epoch_folder(tmp_path) == before
    assert library.pending() == (1, 1)
    assert reindex(tmp_path, FakeEncoder(), force=True).switched
    assert healthy(library)


def test_an_older_version_is_searchable_again_after_a_reindex(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (first,) = ingest(library, BERLIN)
    ingest(library, make_source("ANN: They meet in Rome.", key="berlin.txt"))
    other = FakeEncoder("other")
    reindex(tmp_path, other)
    after = open_library(tmp_path, other)
    (again,) = ingest(after, BERLIN)
    assert again.document_version == first.document_version
    assert after.search("Berlin")[0].scores.dense is not None
    assert healthy(after)


def test_only_one_reindex_at_a_time(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    with exclusive(tmp_path / "index" / "epoch.lock", 0):
        with pytest.raises(Busy):
            reindex(tmp_path, FakeEncoder("other"))
        with pytest.raises(Busy):
            library.purge()
