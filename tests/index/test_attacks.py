"""Uploads made to do harm: each is refused, or costs no more than it may."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index.errors import RefusedSource, StorageError, UnknownJob
from index.formats import read_transcripts
from index.ingest.prepare import parse
from index.ingest.worker import Worker
from index.library import Library
from index.records import Metadata, Refused, Source
from index.text.sentences import split_sentences
from tests.builders import FakeEncoder, make_source, make_transcript
from tests.index.test_library import BERLIN, OSLO, healthy, ingest, open_library

MB = 1_000_000

# Memory that one worst file may cost on top of what Python and the libraries take.
MEMORY_MB = 400

SMALLEST = {
    "sentences": ("", "Yes. ", ""),
    "turns": ("", "A: b\n", ""),
    "captions": ("WEBVTT\n\n", "00:00.000 --> 00:00.001\na\n\n", ""),
    "paragraphs": ("<tt><body><div>", "<p>a</p>", "</div></body></tt>"),
    "values": ("[", "[],", "[]]"),
}

READ = """
import resource, sys
from index.errors import RefusedSource
from index.ingest.prepare import parse
from index.records import Source
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before = peak()
try:
    parse(Source("talk.txt", sys.stdin.buffer.read()), 20_000_000)
except RefusedSource as refusal:
    print(refusal.code, peak() - before)
"""


def file_of(kind: str, size: int) -> bytes:
    head, unit, tail = SMALLEST[kind]
    return (head + unit * (size // len(unit)) + tail).encode()


@pytest.mark.parametrize("kind", SMALLEST)
def test_a_file_of_the_smallest_parts_is_refused_in_little_memory(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", READ],
        input=file_of(kind, 10 * MB),
        capture_output=True,
        check=True,
        timeout=300,
    )
    code, megabytes = done.stdout.decode().split()
    assert code == "too_many_sentences"
    assert int(megabytes) < MEMORY_MB


def test_the_limit_of_sentences_is_a_setting_and_says_so() -> None:
    source = make_source("ANN: One. Two. Three.")
    assert len(parse(source, MB, 3)[0].sentences) == 3
    with pytest.raises(RefusedSource, match="TRANSCRIPT_QA_MAX_SENTENCES") as refused:
        parse(source, MB, 2)
    assert refused.value.code == "too_many_sentences"


def test_sentences_are_the_same_however_the_splitter_is_fed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = " ".join(f"Talk {i} was at No. {i}. Dr. Who said so, didn't he? No." for i in range(60))
    transcript = make_transcript(said)
    whole = split_sentences(transcript)
    monkeypatch.setattr("index.text.sentences.SLICE_CHARS", 90)
    assert split_sentences(transcript) == whole
    assert len(whole) > 100


def test_a_sentence_without_end_is_cut_in_time() -> None:
    transcript = make_transcript("word " * 400_000)
    sentences = split_sentences(transcript)
    assert len(sentences) > 6_000
    assert all(s.char_end - s.char_start <= 320 for s in sentences)


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


class Deadly(FakeEncoder):
    """Ends the process when it counts the words of one transcript."""

    def count_tokens(self, text: str) -> int:
        """Die at a certain word."""
        if "poison" in text:
            raise Killed
        return super().count_tokens(text)


class Broken(FakeEncoder):
    """Breaks in a way that nobody foresaw."""

    def count_tokens(self, text: str) -> int:
        """Run out of memory."""
        raise MemoryError


POISON = make_source("ANN: This is poison.", key="poison.txt")


def test_a_job_that_kills_the_process_is_failed_at_the_third_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.ingest.GROUP_CHARS", 1)
    job_id = open_library(tmp_path).submit([BERLIN, POISON, OSLO])
    for _ in range(2):
        library = open_library(tmp_path, Deadly())
        with pytest.raises(Killed):
            library.work()
        assert library.job(job_id).state == "running"
    library = open_library(tmp_path, Deadly())
    assert library.work()
    job = library.job(job_id)
    assert job.state == "failed"
    assert "'poison.txt'" in (job.error or "")
    assert [a.name for a in job.accepted] == ["berlin.txt"]
    later = library.submit([OSLO])
    library.work()
    assert library.job(later).state == "done"


def test_being_stopped_is_no_attempt(tmp_path: Path) -> None:
    job_id = open_library(tmp_path).submit([BERLIN])
    for _ in range(4):
        open_library(tmp_path).work(stopped=lambda: True)
    library = open_library(tmp_path)
    library.work()
    assert library.job(job_id).state == "done"


def test_an_error_that_nobody_foresaw_ends_the_job_and_not_the_worker(tmp_path: Path) -> None:
    library = open_library(tmp_path, Broken())
    job_id = library.submit([BERLIN])
    seen: list[Exception] = []
    library.start_worker(seen.append)
    while not seen:
        library.vectors_pending()
    assert isinstance(seen[0], MemoryError)
    checks = {check.name: check for check in library.check()}
    assert not checks["worker"].ok
    assert "MemoryError" in checks["worker"].detail
    assert library.job(job_id).state == "failed"
    library.close()


def test_a_worker_survives_whoever_is_told_of_its_errors() -> None:
    told: list[Exception] = []

    def work(stopped: object) -> bool:
        raise KeyError("work")

    def tell(error: Exception) -> None:
        told.append(error)
        raise RuntimeError("tell")

    worker = Worker(work, tell)
    worker.start()
    while len(told) < 2:
        worker.wake()
    assert worker.alive
    worker.stop()


def test_a_deleted_job_is_gone_with_its_files_and_keeps_what_it_took(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.ingest.ingest.GROUP_CHARS", 1)
    library = open_library(tmp_path)
    job_id = library.submit([BERLIN, OSLO])
    library.work(stopped=lambda: library.job(job_id).sources_done >= 1)
    library.delete_job(job_id)
    library.work()
    with pytest.raises(UnknownJob):
        library.job(job_id)
    with pytest.raises(UnknownJob):
        library.delete_job(job_id)
    assert [p.name for p in (tmp_path / "jobs").iterdir()] == ["jobs.lock"]
    assert [d.source_key for d in library.documents()] == ["berlin.txt"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "\x01javascript:x"]
)
def test_only_addresses_of_the_web_come_in_and_go_out(url: str, tmp_path: Path) -> None:
    assert Metadata("A talk", url=url).url is None
    source = make_source("---", f"url: {url!r}", "---", "ANN: Hello there.")
    library = open_library(tmp_path)
    (accepted,) = ingest(library, source)
    assert library.document(accepted.document_id).metadata.url is None
    # Stored by an earlier release.
    with library._database.write() as connection:
        connection.exec_driver_sql("UPDATE versions SET url = ?", (url,))
    (hit,) = open_library(tmp_path).search("Hello")
    assert hit.metadata.url is None


def test_addresses_of_the_web_are_kept() -> None:
    for url in ("http://example.org/a", "HTTPS://example.org/?q=1#x"):
        assert Metadata("A talk", url=url).url == url


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE tt SYSTEM "x">',
        '<?xml version="1.0"?>\n<!DOCTYPE tt [<!ENTITY a "b">]>',
        "<!-- made by hand --><!doctype tt>",
    ],
)
def test_ttml_with_a_document_type_is_never_taken_for_speech(head: str) -> None:
    data = f"{head}<tt><body><div><p>Hello.</p></div></body></tt>".encode()
    with pytest.raises(RefusedSource, match="DOCTYPE"):
        read_transcripts(Source("talk.xml", data))


def test_files_are_for_the_user_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    (data / "old.sqlite3").touch(mode=0o644)
    ingest(open_library(data), BERLIN)
    open_library(data)
    loose = [p for p in (data, *data.rglob("*")) if p.stat().st_mode & 0o077]
    assert loose == []


@pytest.mark.parametrize("emptied", [False, True])
def test_a_lost_database_is_no_empty_library(emptied: bool, tmp_path: Path) -> None:
    ingest(open_library(tmp_path), BERLIN)
    for file in tmp_path.glob("transcripts.sqlite3*"):
        file.unlink()
    if emptied:
        (tmp_path / "transcripts.sqlite3").touch()
    for _ in range(2):
        with pytest.raises(StorageError, match="made from another one"):
            open_library(tmp_path)
    shutil.rmtree(tmp_path / "index")
    assert healthy(open_library(tmp_path))


def test_an_index_folder_that_vanishes_is_a_check_that_fails(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    shutil.rmtree(tmp_path / "index")
    assert not healthy(library)


def test_without_room_for_vectors_what_is_stored_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = open_library(tmp_path)

    def full(*_: object) -> None:
        raise StorageError("no room")

    monkeypatch.setattr("index.store.put_vectors", full)
    (accepted,) = library.ingest([BERLIN])
    assert not isinstance(accepted, Refused)
    assert library.pending() == (0, 1)
    assert library.search("Berlin")


def test_without_room_for_words_it_is_said_that_the_upload_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = open_library(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise StorageError("no room")

    monkeypatch.setattr("index.search.lexical.LexicalIndex.replace", full)
    with pytest.raises(StorageError, match="stored") as error:
        list(library.ingest([BERLIN]))
    assert error.value.code == "stored_unindexed"
    monkeypatch.undo()
    assert Library.open(tmp_path, FakeEncoder()).search("Berlin")
