"""One data directory as a whole: take transcripts in, search them, show them, delete them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from index import store
from index.admin.backup import backup, restore
from index.admin.checking import check, check_worker, refuse_lost_database
from index.admin.components import Components
from index.admin.lifecycle import export, purge
from index.admin.naming import aliases_of, set_aliases, suggestions
from index.aliases import AliasMap, Suggestion
from index.encoders.base import Encoder
from index.errors import EncoderMismatch
from index.files import exclusive, make_private, storage_errors
from index.ingest.exchange import read_lines
from index.ingest.jobs import Job
from index.ingest.metadata_limits import USUAL, MetadataLimits
from index.ingest.prefetch import prefetch
from index.ingest.progress import OnProgress
from index.ingest.reading import read_line, read_source
from index.ingest.worker import Worker
from index.records import (
    Accepted,
    CheckResult,
    DocumentInfo,
    Filters,
    Hit,
    Metadata,
    Refused,
    Source,
    SpeakerCount,
    Turn,
)
from index.search.indexes import LOCK_TIMEOUT_S, serving_encoder
from index.search.searcher import Whole
from index.store import Purged
from index.store.database import Database
from index.text.sentences import MAX_SENTENCES

MAX_FILE_BYTES = 20 * 1024 * 1024


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Library:
    """Everything of one data directory. Safe to use from several threads and processes.

    Args:
        encoders: opens an encoder by its id. With it, the worker switches to the active encoder
            after another process's ``reindex``; without it, such a library goes on by words alone.
        on_encoder: called with the encoder that was switched to.

    Raises:
        StorageError: the data directory can't be used.
        EncoderMismatch: its vectors were made by another encoder.
    """

    def __init__(
        self,
        data_dir: Path,
        encoder: Encoder,
        *,
        database_url: str | None = None,
        max_file_bytes: int = MAX_FILE_BYTES,
        max_sentences: int = MAX_SENTENCES,
        limits: MetadataLimits = USUAL,
        clock: Callable[[], str] = _now,
        encoders: Callable[[str], Encoder] | None = None,
        on_encoder: Callable[[Encoder], None] | None = None,
    ) -> None:
        with storage_errors(data_dir):
            data_dir.mkdir(parents=True, exist_ok=True)
            make_private(data_dir)
        self._data_dir = data_dir
        self._read = partial(
            read_source,
            max_file_bytes=max_file_bytes,
            max_sentences=max_sentences,
            limits=limits,
        )
        self._clock = clock
        self._encoders = encoders
        self._on_encoder = on_encoder
        self._worker: Worker | None = None
        self._database = Database(database_url or Database.url_for(data_dir))
        try:
            refuse_lost_database(self._database, data_dir / "index")
            # Replaced, never changed: whoever began with the old ones ends with them.
            self._components = Components.open(data_dir, self._database, encoder, clock)
        except BaseException:
            self._database.close()
            raise

    @classmethod
    def open(
        cls,
        data_dir: Path,
        encoder: Encoder,
        *,
        database_url: str | None = None,
        max_file_bytes: int = MAX_FILE_BYTES,
        max_sentences: int = MAX_SENTENCES,
        limits: MetadataLimits = USUAL,
        encoders: Callable[[str], Encoder] | None = None,
        on_encoder: Callable[[Encoder], None] | None = None,
    ) -> Library:
        """Open a data directory, creating or repairing what is missing."""
        return cls(
            data_dir,
            encoder,
            database_url=database_url,
            max_file_bytes=max_file_bytes,
            max_sentences=max_sentences,
            limits=limits,
            encoders=encoders,
            on_encoder=on_encoder,
        )

    @property
    def encoder(self) -> Encoder:
        """Return the encoder that searches now."""
        return self._components.encoder

    def close(self) -> None:
        """End the worker and close the database; deferred work goes on at the next start."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None
        self._database.close()

    # What comes in and goes out

    def ingest(
        self,
        sources: Iterable[Source],
        *,
        wait: bool = True,
        on_progress: OnProgress | None = None,
    ) -> Iterator[Accepted | Refused]:
        """Take sources in; each result is yielded once it is on disk and searchable.

        One bad source never stops the rest. Results come in the order of the sources, several for
        a source with several transcripts.

        Args:
            sources: taken one by one as the work goes on.
            wait: make the vectors before a result is yielded; without, the words alone can be
                found at once, and ``encode_pending`` or the worker of a server makes the vectors.
            on_progress: called regularly with what is done.

        Raises:
            StorageError: the data directory can't be written; what was yielded before is safe.
            EncoderMismatch: another encoder serves meanwhile.
        """
        return self._components.ingest.run(
            prefetch(self._read, sources), wait=wait, on_progress=on_progress
        )

    def encode_pending(
        self,
        after_batch: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> int:
        """Make the vectors that are pending until none is; return how many were made here.

        Args:
            after_batch: called with the number of passages of every batch.
            stopped: asked before every batch; True ends the work early.

        Raises:
            EncoderMismatch: another encoder serves meanwhile.
            StorageError: the data directory can't be written; earlier batches are safe.
            ModelError: the encoder can't do its work.
        """
        components = self._components
        made = components.passage_encoder.encode(None, after_batch, stopped)
        components.indexes.save()
        return made

    # Deferred work

    def submit(self, sources: Iterable[Source]) -> str:
        """Take sources for later, on disk when this returns; return the id of the job.

        A worker, here or in another process, takes them in.

        Raises:
            StorageError: there is no room for them.
        """
        job_id = self._components.jobs.submit(sources)
        if self._worker is not None:
            self._worker.wake()
        return job_id

    def job(self, job_id: str) -> Job:
        """Return how far a job is; raises ``UnknownJob``."""
        return self._components.jobs.status(job_id)

    def delete_job(self, job_id: str) -> None:
        """Forget a job; what it took in is kept, the rest is dropped. Raises ``UnknownJob``."""
        self._components.jobs.delete(job_id)

    def backlog(self) -> tuple[int, int]:
        """Return how many jobs are open, and the bytes of their sources on disk."""
        return self._components.jobs.backlog()

    def jobs(self) -> tuple[Job, ...]:
        """Return every job, oldest first."""
        return self._components.jobs.all()

    def work(self, stopped: Callable[[], bool] = lambda: False) -> bool:
        """Do deferred work, jobs and pending vectors; return whether there was anything.

        Raises like ``encode_pending``.
        """
        self.follow_encoder()
        components = self._components
        # Another encoder may begin to serve at any moment: jobs then go on with that one.
        kept = (EncoderMismatch,) if self._encoders else ()
        try:
            ran = components.jobs.run_next(
                components.ingest, self._read, components.passage_encoder, stopped, left_open=kept
            )
            return self.encode_pending(stopped=stopped) > 0 or ran
        except EncoderMismatch:
            if not self.follow_encoder():
                raise
            return True

    def follow_encoder(self) -> bool:
        """Switch to the encoder that another process activated; return whether there was one.

        It is loaded while searches go on by words, then everything is replaced at once.

        Raises ``EncoderUnavailable`` when it can't be loaded here.
        """
        with self._database.read() as connection:
            serving = serving_encoder(connection)
        if self._encoders is None or serving in (None, self._components.encoder.id):
            return False
        encoder = self._encoders(serving)
        self._components = Components.open(self._data_dir, self._database, encoder, self._clock)
        if self._on_encoder is not None:
            self._on_encoder(encoder)
        return True

    def start_worker(self, on_error: Callable[[Exception], None] | None = None) -> None:
        """Do deferred work, by whichever process, in a thread until ``close``."""
        if self._worker is None:
            self._worker = Worker(self.work, on_error)
            self._worker.start()

    def pending(self) -> tuple[int, int]:
        """Return how many of the searchable passages have vectors, and how many there are."""
        retrievers = self._components.indexes.refresh()
        total = len(retrievers.catalog)
        return total - len(retrievers.pending), total

    def vectors_pending(self, filters: Filters | None = None) -> bool:
        """Return whether a passage that matches the filters is found by its words alone so far."""
        return self._components.indexes.retrievers.any_pending(filters or Filters())

    def delete(self, document_id: str) -> None:
        """Delete a document: it is out of every search when this returns.

        Raises:
            UnknownDocument: there is none under that id.
            DeletedDocument: it is deleted already.
        """
        indexes = self._components.indexes
        with exclusive(indexes.write_lock, LOCK_TIMEOUT_S):
            with self._database.write() as connection:
                store.delete(connection, document_id, self._clock())
            indexes.apply_lexical()
        indexes.refresh()
        self._components.searcher.forget()

    def purge(self) -> Purged:
        """Take old versions and deleted documents off the disk; their citations say so afterwards.

        Raises:
            Busy: another purge, a reindex or a restore is going on.
            StorageError: there isn't enough room, or the directory can't be written.
        """
        self._components.jobs.forget_finished()
        components = self._components
        purged = purge(self._database, components.indexes, components.encoder, self._clock())
        self._components.searcher.forget()
        return purged

    def backup(self, target: Path) -> None:
        """Write everything to one file, as it is at this moment, while reads and writes go on.

        Raises:
            StorageError: the file can't be written, or the database isn't SQLite.
        """
        backup(self._database, target)

    def restore(self, source: Path) -> None:
        """Replace everything by what a backup holds, while searches go on.

        Raises:
            StorageError: the file is no backup, or can't be read; nothing is changed then.
            EncoderMismatch: the backup's vectors were made by another encoder.
            Busy: a reindex, a purge or another restore is going on.
        """
        components = self._components
        restore(self._database, components.indexes, components.encoder, source, self._data_dir)
        self._components.searcher.forget()

    def export(self, *, all_versions: bool = False) -> Iterator[str]:
        """Yield every document as a line of JSON (see ``index.ingest.exchange``), ordered by id."""
        return export(self._database, all_versions=all_versions)

    def import_lines(
        self,
        lines: Iterable[str],
        *,
        wait: bool = True,
        on_progress: OnProgress | None = None,
    ) -> Iterator[Accepted | Refused]:
        """Take in what ``export`` wrote: same ids, versions, text, turns and times.

        A damaged line never stops the rest. Raises like ``ingest``.
        """
        read = prefetch(read_line, read_lines(lines))
        return self._components.ingest.run(read, wait=wait, on_progress=on_progress)

    # What is searched and shown

    def search(
        self, query: str, filters: Filters | None = None, limit: int = 10
    ) -> tuple[Hit, ...]:
        """Return the passages that fit the query best, best first."""
        return self._components.searcher.search(query, filters or Filters(), limit)

    def searchable(self, filters: Filters | None = None) -> bool:
        """Return whether a passage matches the filters."""
        catalog = self._components.indexes.refresh().catalog
        allowed = catalog.allowed(filters or Filters())
        return bool(len(catalog) if allowed is None else len(allowed))

    def similarities(self, query: str, hits: Sequence[Hit]) -> tuple[tuple[float, ...], ...]:
        """Return for each hit the cosine similarity of the query and each of its sentences."""
        return self._components.searcher.similarities(query, hits)

    def passage_at(self, document_id: str, version: str, char_start: int, char_end: int) -> Hit:
        """Return the passage of any version that a citation lies in, without scores.

        Raises:
            UnknownDocument: there is no such document or version, or nothing is said there.
            DeletedDocument: the document was deleted.
        """
        return self._components.searcher.passage_at(document_id, version, char_start, char_end)

    def documents_in(self, filters: Filters) -> tuple[tuple[str, Metadata], ...]:
        """Return the id and metadata of each document with something that matches, by id."""
        catalog = self._components.indexes.refresh().catalog
        return tuple((row.document_id, row.metadata) for row in catalog.documents(filters))

    def whole(self, document_id: str) -> Whole:
        """Return all that is said in a document now; nothing where it isn't searched."""
        return self._components.searcher.whole(document_id)

    def is_current(self, document_id: str, version: str) -> bool:
        """Return whether a document is there and has that version now."""
        with self._database.read() as connection:
            current = store.current_version(connection, document_id)
        return current is not None and not current.deleted and current.version == version

    def documents(self, after: str | None = None, limit: int = 100) -> tuple[DocumentInfo, ...]:
        """Return documents ordered by id, from the one after ``after``."""
        with self._database.read() as connection:
            return store.list_documents(connection, after, limit)

    def document(self, document_id: str) -> DocumentInfo:
        """Return one document.

        Raises:
            UnknownDocument: there is none under that id.
            DeletedDocument: it was deleted.
        """
        with self._database.read() as connection:
            return store.require_document(connection, document_id)

    def text(self, document_id: str, version: str | None = None) -> str:
        """Return the canonical text of a version, the current one by default; raises alike."""
        with self._database.read() as connection:
            return store.load_version(connection, document_id, version).text

    def turns(self, document_id: str, version: str | None = None) -> tuple[Turn, ...]:
        """Return the turns of a version, the current one by default; raises alike."""
        with self._database.read() as connection:
            return store.load_turns(connection, document_id, version)

    def metadata(self, document_id: str, version: str | None = None) -> Metadata:
        """Return the metadata of a version, the current one by default; raises alike."""
        with self._database.read() as connection:
            return store.load_version(connection, document_id, version).metadata

    def speakers(self) -> tuple[SpeakerCount, ...]:
        """Return every speaker's label with its counts, most turns first."""
        with self._database.read() as connection:
            return store.count_speakers(connection)

    # Who the labels stand for

    def aliases(self, document_id: str) -> AliasMap:
        """Return the (label, name) pairs of a document; raises like ``document``."""
        return aliases_of(self._database, document_id)

    def set_aliases(self, document_id: str, names: Mapping[str, str]) -> AliasMap:
        """Give a document these names for its labels, and no others; searches use them on return.

        Citations keep the labels. Nothing is encoded again.

        Raises:
            UnknownDocument: there is none under that id.
            DeletedDocument: it was deleted.
            InvalidAlias: a label or name can't be used, or nobody in the document has that label.
        """
        return set_aliases(self._database, self._components.indexes, document_id, names)

    def suggest_aliases(self, document_id: str) -> tuple[Suggestion, ...]:
        """Return names said in a document that a label may stand for, and where they are said."""
        return suggestions(self._database, document_id)

    def check(self) -> tuple[CheckResult, ...]:
        """Compare the database with the indexes, and look at the worker where one was started."""
        components = self._components
        checks = check(self._database, components.indexes, components.encoder)
        return checks if self._worker is None else (*checks, check_worker(self._worker))
