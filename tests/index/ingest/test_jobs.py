"""Jobs: sources on disk at once, taken in by whoever works, whatever is restarted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index.encoders.base import PassageInput, PassageVectors
from index.errors import ModelUnavailable, UnknownJob
from index.library import Library
from index.records import Source
from tests.builders import FakeEncoder, make_source
from tests.index.test_library import BERLIN, OSLO, healthy, ingest, open_library

EMPTY = Source("empty.txt", b"")


class BrokenEncoder(FakeEncoder):
    """Can't encode passages."""

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        raise ModelUnavailable("out of order")


def test_a_job_says_what_was_taken_and_what_was_refused(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    job_id = library.submit([BERLIN, EMPTY, OSLO])
    queued = library.job(job_id)
    assert (queued.state, queued.sources, queued.sources_done) == ("queued", 3, 0)
    assert library.work()
    done = library.job(job_id)
    assert (done.state, done.sources_done, done.passages_done, done.passages) == ("done", 3, 2, 2)
    assert [a.name for a in done.accepted] == ["berlin.txt", "oslo.txt"]
    assert [r.name for r in done.refused] == ["empty.txt"]
    assert library.search("Berlin")[0].scores.dense is not None
    assert not library.work()
    assert [p.name for p in (tmp_path / "jobs").iterdir()] == ["jobs.lock"]
    assert healthy(library)


def test_a_job_outlives_the_process_that_took_it(tmp_path: Path) -> None:
    job_id = open_library(tmp_path).submit([BERLIN])
    library = open_library(tmp_path)
    library.work()
    assert library.job(job_id).state == "done"


def test_a_job_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.ingest.ingest.GROUP_CHARS", 1)
    library = open_library(tmp_path)
    sources = [make_source(f"ANN: Talk number {i}.", key=f"{i}.txt") for i in range(5)]
    job_id = library.submit(sources)
    library.work(stopped=lambda: library.job(job_id).sources_done >= 2)
    half = library.job(job_id)
    assert (half.state, half.sources_done) == ("running", 2)
    encoder = FakeEncoder()
    after = open_library(tmp_path, encoder)
    assert after.work()
    done = after.job(job_id)
    assert (done.state, [a.status for a in done.accepted]) == ("done", ["new"] * 5)
    assert encoder.encoded_passages == 5


def test_a_job_that_fails_says_why_and_keeps_what_it_took(tmp_path: Path) -> None:
    library = open_library(tmp_path, BrokenEncoder())
    job_id = library.submit([BERLIN])
    with pytest.raises(ModelUnavailable):
        library.work()
    job = library.job(job_id)
    assert job.state == "failed"
    assert "out of order" in (job.error or "")
    assert len(library.search("Berlin")) == 1
    mended = open_library(tmp_path)
    mended.work()
    assert mended.pending() == (1, 1)


def test_finished_jobs_are_listed_until_a_purge(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    job_id = library.submit([BERLIN])
    library.work()
    later = library.submit([OSLO])
    assert {job.job_id for job in library.jobs()} == {job_id, later}
    library.purge()
    assert [job.job_id for job in library.jobs()] == [later]
    with pytest.raises(UnknownJob):
        library.job(job_id)


def test_jobs_are_kept_when_a_backup_is_restored(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    library.backup(tmp_path / "b.sqlite3")
    job_id = library.submit([BERLIN])
    library.restore(tmp_path / "b.sqlite3")
    library.work()
    assert library.job(job_id).state == "done"
    assert library.search("Berlin")


def wait_until_done(library: Library, job_id: str) -> None:
    while library.job(job_id).state not in ("done", "failed"):
        library.vectors_pending()


def test_a_worker_does_what_other_processes_put_off(tmp_path: Path) -> None:
    server, other = open_library(tmp_path), open_library(tmp_path)
    server.start_worker()
    list(other.ingest([OSLO], wait=False))
    wait_until_done(other, other.submit([BERLIN]))
    while other.pending() != (2, 2):
        pass
    server.close()
    assert healthy(other)


def test_a_worker_tells_what_went_wrong_and_searches_go_on(tmp_path: Path) -> None:
    library = open_library(tmp_path, BrokenEncoder())
    list(library.ingest([BERLIN], wait=False))
    errors: list[Exception] = []
    library.start_worker(errors.append)
    while not errors:
        assert library.search("Berlin")
    library.close()
    assert isinstance(errors[0], ModelUnavailable)
    assert ingest(open_library(tmp_path), BERLIN)[0].status == "unchanged"


def test_a_job_keeps_the_metadata_beside_a_source(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    source = replace(BERLIN, sidecar=b'{"title": "Said beside it"}')
    job_id = library.submit([source, OSLO])
    library.work()
    first, second = library.job(job_id).accepted
    assert library.document(first.document_id).metadata.title == "Said beside it"
    assert library.document(second.document_id).metadata.title != "Said beside it"


def test_a_job_replaces_only_what_it_may(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    (before,) = ingest(library, BERLIN)
    other = replace(OSLO, key=BERLIN.key)

    kept = library.submit([replace(other, may_replace=False)])
    library.work()
    assert [each.code for each in library.job(kept).refused] == ["document_exists"]
    assert library.document(before.document_id).document_version == before.document_version

    replacing = library.submit([other])
    library.work()
    assert [each.status for each in library.job(replacing).accepted] == ["replaced"]


def test_what_waits_as_jobs_is_counted(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    assert library.backlog() == (0, 0)
    library.submit([BERLIN, OSLO])
    library.submit([OSLO])
    assert library.backlog() == (2, len(BERLIN.data) + 2 * len(OSLO.data))
    while library.work():
        pass
    assert library.backlog() == (0, 0)
