"""Uploads that are too large to wait for → jobs that survive a restart.

A job's sources lie in files of their own until each has been taken in. Whoever holds the lock of
the jobs works on the oldest one; a job whose process died goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from index import store
from index.errors import Busy, TranscriptQAError, UnknownJob
from index.files import exclusive, storage_errors
from index.ingest.encoding import PassageEncoder
from index.ingest.ingest import Ingest, Read
from index.records import Accepted, Refused, Source
from index.search.indexes import LOCK_TIMEOUT_S, Indexes
from index.store import JobRow, JobSourceRow
from index.store.database import Database

JobState = Literal["queued", "running", "encoding", "done", "failed"]

OPEN: tuple[JobState, ...] = ("queued", "running", "encoding")
FINISHED: tuple[JobState, ...] = ("done", "failed")

# Beside the numbered file of a source, where it has metadata of its own.
SIDECAR = ".meta"
# Beside a source that may take no other document's place.
KEEP = ".keep"

# How often a job is begun without getting on: what ends the process once may be chance, or the
# machine; what ends it twice would end it at every start.
MAX_ATTEMPTS = 2

# Files without a job that nobody touched for so long belong to a submission that died, in seconds.
ORPHANED_S = 3600.0


@dataclass(frozen=True, slots=True)
class Job:
    """How far a job is.

    Args:
        job_id: its id.
        state: ``queued``; ``running`` while sources are taken in; ``encoding`` while everything
            can be found by its words and vectors are made; ``done``; or ``failed``, see ``error``.
        sources: how many were submitted.
        sources_done: how many were taken in or refused.
        passages: how many passages the accepted documents have.
        passages_done: how many of those have vectors.
        accepted: what was taken in so far.
        refused: what was not, and why.
        created_at: when it was submitted.
        finished_at: when it was done or failed.
        error: why it failed.
    """

    job_id: str
    state: JobState
    sources: int
    sources_done: int
    passages: int
    passages_done: int
    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]
    created_at: str
    finished_at: str | None
    error: str | None


class Jobs:
    """The jobs of one data directory."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        indexes: Indexes,
        clock: Callable[[], str],
    ) -> None:
        self._folder = folder
        self._database = database
        self._indexes = indexes
        self._clock = clock
        self._lock = folder / "jobs.lock"

    def submit(self, sources: Iterable[Source]) -> str:
        """Take sources for later, on disk when this returns; return the job's id.

        Raises:
            StorageError: there is no room for them.
        """
        job_id = uuid.uuid4().hex
        spool = self._folder / job_id
        rows = []
        try:
            with storage_errors(spool):
                spool.mkdir(parents=True)
                for number, source in enumerate(sources):
                    _write_durably(spool / str(number), source.data)
                    if source.sidecar is not None:
                        _write_durably(spool / f"{number}{SIDECAR}", source.sidecar)
                    if not source.may_replace:
                        _write_durably(spool / f"{number}{KEEP}", b"")
                    rows.append(
                        JobSourceRow(
                            number,
                            source.key,
                            source.document_id,
                            source.collection,
                            source.source_format,
                            None,
                        )
                    )
            # Not in the middle of a restore, which keeps the jobs that it sees.
            with (
                exclusive(self._indexes.write_lock, LOCK_TIMEOUT_S),
                self._database.write() as connection,
            ):
                store.put_job(connection, job_id, rows, "queued", self._clock())
        except BaseException:
            shutil.rmtree(spool, ignore_errors=True)
            raise
        return job_id

    def status(self, job_id: str) -> Job:
        """Return how far a job is.

        Raises:
            UnknownJob: there is none under that id.
        """
        with self._database.read() as connection:
            found = store.load_jobs(connection, job_id=job_id)
            if not found:
                raise UnknownJob(f"there is no job {job_id!r}; finished ones go with a purge")
            return self._job(found[0], store.load_job_sources(connection, job_id))

    def all(self) -> tuple[Job, ...]:
        """Return every job, oldest first."""
        with self._database.read() as connection:
            return tuple(
                self._job(row, store.load_job_sources(connection, row.id))
                for row in store.load_jobs(connection)
            )

    def delete(self, job_id: str) -> None:
        """Forget a job, whatever its state; what was ingested is kept, the rest is dropped.

        Whoever works on it stops after the current piece. Raises ``UnknownJob``.
        """
        with self._database.write() as connection:
            if not store.load_jobs(connection, job_id=job_id):
                raise UnknownJob(f"there is no job {job_id!r}; finished ones go with a purge")
            store.delete_job(connection, job_id)
        shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def backlog(self) -> tuple[int, int]:
        """Return how many jobs are open, and the bytes of their sources on disk."""
        rows = self._open_jobs()
        waiting = 0
        for row in rows:
            # The job may end meanwhile, and its files with it.
            with suppress(FileNotFoundError):
                waiting += sum(file.stat().st_size for file in (self._folder / row.id).iterdir())
        return len(rows), waiting

    def forget_finished(self) -> int:
        """Delete what is known of finished jobs; return how many there were.

        Files that a submission left when its process died go too.
        """
        with self._database.write() as connection:
            gone = store.delete_jobs(connection, FINISHED)
        with self._database.read() as connection:
            known = {row.id for row in store.load_jobs(connection)}
        for spool in self._folder.iterdir() if self._folder.is_dir() else ():
            old = time.time() - spool.stat().st_mtime > ORPHANED_S
            if spool.is_dir() and spool.name not in known and (old or spool.name in gone):
                shutil.rmtree(spool, ignore_errors=True)
        return len(gone)

    def run_next(
        self,
        ingest: Ingest,
        read: Callable[[Source], Read],
        encoder: PassageEncoder,
        stopped: Callable[[], bool] = lambda: False,
        *,
        left_open: tuple[type[TranscriptQAError], ...] = (),
    ) -> bool:
        """Work on the oldest open job until it is finished; return whether there was one.

        Another process at work counts as none. An error of the kinds in ``left_open`` is raised,
        and the job goes on later; any other ends it. So does an end of the process itself at the
        same place ``MAX_ATTEMPTS`` times: each attempt is on disk before its work begins.
        """
        if not self._open_jobs():
            return False
        with suppress(Busy), exclusive(self._lock, 0):
            for row in self._open_jobs()[:1]:
                if row.attempts >= MAX_ATTEMPTS:
                    self._fail(row.id, self._ended(row))
                    return True
                self._attempted(row.id, row.attempts + 1)
                try:
                    self._work(row.id, ingest, read, encoder, stopped)
                except left_open:
                    self._attempted(row.id, 0)
                    raise
                except TranscriptQAError as error:
                    self._fail(row.id, str(error))
                except Exception as error:
                    self._fail(row.id, f"it broke the service ({type(error).__name__}).")
                    raise
                if stopped():
                    # Asked to, so it wasn't the job's fault.
                    self._attempted(row.id, 0)
                return True
        return False

    def _attempted(self, job_id: str, attempts: int) -> None:
        with self._database.write() as connection:
            store.set_job_attempts(connection, job_id, attempts)

    def _fail(self, job_id: str, reason: str) -> None:
        with self._database.write() as connection:
            store.set_job_state(
                connection,
                job_id,
                "failed",
                finished_at=self._clock(),
                error=f"{reason} What was taken in before is kept.",
            )
        shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def _ended(self, row: JobRow) -> str:
        """Return that the process ended at a job, and where as far as that is known."""
        waiting = (s.key for s in self._sources(row.id) if s.results is None)
        at = next(waiting, None)
        what = "vectors were made" if at is None else f"{at!r} or one soon after it was taken in"
        return f"the process ended {row.attempts} times while {what}."

    def _wanted(self, job_id: str) -> bool:
        with self._database.read() as connection:
            return bool(store.load_jobs(connection, job_id=job_id))

    def _open_jobs(self) -> list[JobRow]:
        with self._database.read() as connection:
            return store.load_jobs(connection, states=OPEN)

    def _work(
        self,
        job_id: str,
        ingest: Ingest,
        read: Callable[[Source], Read],
        encoder: PassageEncoder,
        asked: Callable[[], bool],
    ) -> None:
        def stopped() -> bool:
            return asked() or not self._wanted(job_id)

        self._set(job_id, "running")
        with self._database.read() as connection:
            sources = store.load_job_sources(connection, job_id)
        waiting = (source for source in sources if source.results is None)
        self._take(job_id, waiting, ingest, read, stopped)
        if stopped():
            return
        self._set(job_id, "encoding")
        accepted, _ = _outcomes(self._sources(job_id))
        ids = [each.document_id for each in accepted]
        self._attempted(job_id, 1)
        encoder.encode(ids, lambda _: self._attempted(job_id, 1), stopped)
        if stopped():
            return
        with self._database.write() as connection:
            store.set_job_state(connection, job_id, "done", finished_at=self._clock())
        shutil.rmtree(self._folder / job_id, ignore_errors=True)

    def _take(
        self,
        job_id: str,
        sources: Iterator[JobSourceRow],
        ingest: Ingest,
        read: Callable[[Source], Read],
        stopped: Callable[[], bool],
    ) -> None:
        """Take sources in, and note each one's results once they are durable."""
        expected: deque[tuple[int, int]] = deque()

        def reads() -> Iterator[Read]:
            for row in sources:
                if stopped():
                    return
                found, size = read(self._source(job_id, row))
                expected.append((row.number, len(found)))
                yield found, size

        results: list[Accepted | Refused] = []
        for outcome in ingest.run(reads(), wait=False):
            results.append(outcome)
            number, count = expected[0]
            if len(results) == count:
                # The file stays until the job ends: a restore may take this note back.
                with self._database.write() as connection:
                    store.set_job_results(connection, job_id, number, _to_json(results))
                    # It gets on: whatever comes next has all its attempts before it.
                    store.set_job_attempts(connection, job_id, 1)
                expected.popleft()
                results = []

    def _source(self, job_id: str, row: JobSourceRow) -> Source:
        file = self._folder / job_id / str(row.number)
        with storage_errors(file):
            data = file.read_bytes()
            beside = file.with_name(file.name + SIDECAR)
            sidecar = beside.read_bytes() if beside.exists() else None
            may_replace = not file.with_name(file.name + KEEP).exists()
        return Source(
            row.key,
            data,
            row.document_id,
            row.collection,
            row.source_format,
            sidecar,
            may_replace,
        )

    def _sources(self, job_id: str) -> list[JobSourceRow]:
        with self._database.read() as connection:
            return store.load_job_sources(connection, job_id)

    def _set(self, job_id: str, state: JobState) -> None:
        with self._database.write() as connection:
            store.set_job_state(connection, job_id, state)

    def _job(self, row: JobRow, sources: list[JobSourceRow]) -> Job:
        accepted, refused = _outcomes(sources)
        ids = sorted({each.document_id for each in accepted})
        retrievers = self._indexes.refresh()
        passages = sum(len(retrievers.catalog.keys(document_id)) for document_id in ids)
        return Job(
            job_id=row.id,
            state=_state(row.state),
            sources=len(sources),
            sources_done=sum(source.results is not None for source in sources),
            passages=passages,
            passages_done=passages - len(retrievers.pending_of(ids)),
            accepted=accepted,
            refused=refused,
            created_at=row.created_at,
            finished_at=row.finished_at,
            error=row.error,
        )


def _state(value: str) -> JobState:
    for state in (*OPEN, *FINISHED):
        if state == value:
            return state
    raise ValueError(f"unknown state {value!r}")


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _to_json(results: list[Accepted | Refused]) -> str:
    return json.dumps([asdict(result) for result in results])


def _outcomes(
    sources: list[JobSourceRow],
) -> tuple[tuple[Accepted, ...], tuple[Refused, ...]]:
    accepted: list[Accepted] = []
    refused: list[Refused] = []
    for source in sources:
        for result in json.loads(source.results or "[]"):
            if "status" in result:
                accepted.append(Accepted(**result))
            else:
                refused.append(Refused(**result))
    return tuple(accepted), tuple(refused)
