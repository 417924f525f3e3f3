"""One data directory as a whole: take transcripts in, search them, show them, delete them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from index import store
from index.database import Database
from index.encoder import Encoder
from index.errors import RefusedSource
from index.files import exclusive, storage_errors
from index.indexes import LOCK_TIMEOUT_S, Indexes
from index.prepare import Parsed, parse, prepare
from index.records import (
    Accepted,
    CheckResult,
    DocumentInfo,
    Filters,
    Hit,
    IngestStatus,
    Metadata,
    Refused,
    Source,
    SpeakerCount,
    Turn,
)
from index.search import Searcher
from index.store import Prepared

MAX_FILE_BYTES = 20 * 1024 * 1024

# Sources are taken in groups of about this many characters: large enough for full batches of the
# encoder, small enough that each group is durable within seconds.
GROUP_CHARS = 120_000


@dataclass(frozen=True, slots=True)
class _Decision:
    """What has to happen to a parsed transcript."""

    status: IngestStatus
    document_id: str
    stored: bool


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Library:
    """Everything of one data directory. Safe to use from several threads and processes.

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
        clock: Callable[[], str] = _now,
    ) -> None:
        with storage_errors(data_dir):
            data_dir.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._max_file_bytes = max_file_bytes
        self._clock = clock
        self._database = Database(database_url or Database.url_for(data_dir))
        self._indexes = Indexes(data_dir / "index", self._database, encoder)
        self._searcher = Searcher(self._database, self._indexes, encoder)

    @classmethod
    def open(
        cls,
        data_dir: Path,
        encoder: Encoder,
        *,
        database_url: str | None = None,
        max_file_bytes: int = MAX_FILE_BYTES,
    ) -> Library:
        """Open a data directory, making or mending whatever of it is missing."""
        return cls(data_dir, encoder, database_url=database_url, max_file_bytes=max_file_bytes)

    def close(self) -> None:
        """Close the database; indexes are up to date on disk after every ingest."""
        self._database.close()

    # What comes in and goes out

    def ingest(self, sources: Iterable[Source]) -> Iterator[Accepted | Refused]:
        """Take sources in; each result is yielded once it is on disk and searchable.

        One bad source never stops the rest. Results come in the order of the sources, several for
        a source with several transcripts.

        Raises:
            StorageError: the data directory can't be written; what was yielded before is safe.
        """
        group: list[Parsed | Refused] = []
        size = 0
        for source in sources:
            try:
                parsed = parse(source, self._max_file_bytes)
            except RefusedSource as refusal:
                group.append(Refused(source.key, refusal.code, refusal.detail, refusal.line))
                continue
            group += parsed
            size += sum(len(item.transcript.text) for item in parsed)
            if size >= GROUP_CHARS:
                yield from self._take(group)
                group, size = [], 0
        yield from self._take(group)
        self._indexes.save()

    def delete(self, document_id: str) -> None:
        """Delete a document: it is out of every search when this returns.

        Raises:
            UnknownDocument: there is none under that id.
            DeletedDocument: it is deleted already.
        """
        with exclusive(self._indexes.write_lock, LOCK_TIMEOUT_S):
            with self._database.write() as connection:
                store.delete(connection, document_id, self._clock())
            self._indexes.apply_lexical()
        self._indexes.refresh()
        self._searcher.forget()

    # What is searched and shown

    def search(
        self, query: str, filters: Filters | None = None, limit: int = 10
    ) -> tuple[Hit, ...]:
        """Return the passages that fit the query best, best first."""
        return self._searcher.search(query, filters or Filters(), limit)

    def similarities(self, query: str, hits: Sequence[Hit]) -> tuple[tuple[float, ...], ...]:
        """Return for each hit the cosine similarity of the query and each of its sentences."""
        return self._searcher.similarities(query, hits)

    def passage_at(self, document_id: str, version: str, char_start: int, char_end: int) -> Hit:
        """Return the passage of any version that a citation lies in, without scores.

        Raises:
            UnknownDocument: there is no such document or version, or nothing is said there.
            DeletedDocument: the document was deleted.
        """
        return self._searcher.passage_at(document_id, version, char_start, char_end)

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

    def check(self) -> tuple[CheckResult, ...]:
        """Compare the database with the indexes."""
        agreement = self._indexes.agreement()
        counts = (
            ("passages", str(agreement.database)),
            ("dense", str(agreement.dense)),
            ("lexical", str(agreement.lexical)),
        )
        return (
            CheckResult("database", True, f"{agreement.database} passages can be searched"),
            CheckResult(
                name="index",
                ok=agreement.same,
                detail="both indexes hold what the database holds"
                if agreement.same
                else "the indexes and the database hold different passages",
                remedy=None if agreement.same else "restart; indexes are mended when opened",
                values=counts,
            ),
            CheckResult("encoder", True, self._encoder.id),
        )

    def _take(self, group: Sequence[Parsed | Refused]) -> Iterator[Accepted | Refused]:
        """Store a group of parsed sources in one transaction, then bring the indexes along."""
        parsed = [item for item in group if isinstance(item, Parsed)]
        prepared = self._prepare(parsed)
        accepted: dict[int, Accepted] = {}
        if parsed:
            with exclusive(self._indexes.write_lock, LOCK_TIMEOUT_S):
                with self._database.write() as connection:
                    for item in parsed:
                        decision = self._decide(connection, item)
                        ready = prepared.get(id(item))
                        if not decision.stored and ready is None:
                            # Another process took away meanwhile what made encoding needless.
                            ready = prepare([item.transcript], self._encoder)[0]
                        self._apply(connection, item, decision, ready)
                        accepted[id(item)] = Accepted(
                            name=item.name,
                            document_id=decision.document_id,
                            document_version=item.transcript.version,
                            status=decision.status,
                        )
                self._indexes.apply_lexical()
            self._indexes.refresh()
        for entry in group:
            yield entry if isinstance(entry, Refused) else accepted[id(entry)]

    def _prepare(self, parsed: Sequence[Parsed]) -> dict[int, Prepared]:
        """Encode what has to be encoded; what is stored with its vectors already is not."""
        with self._database.read() as connection:
            needed = [item for item in parsed if not self._decide(connection, item).stored]
        prepared = prepare([item.transcript for item in needed], self._encoder)
        return {id(item): ready for item, ready in zip(needed, prepared, strict=True)}

    def _decide(self, connection: store.Connection, item: Parsed) -> _Decision:
        version = item.transcript.version
        current = store.current_version(connection, item.document_id)
        known = current is not None and not current.deleted
        stored = store.has_vectors(connection, item.document_id, version, self._encoder.id)
        if known and current is not None:
            same = current.version == version and current.metadata == item.transcript.metadata
            return _Decision("unchanged" if same else "replaced", item.document_id, same or stored)
        collection = item.transcript.metadata.collection
        twins = store.documents_with(connection, version, collection)
        if twins:
            return _Decision("duplicate", twins[0], True)
        return _Decision("new", item.document_id, stored)

    def _apply(
        self,
        connection: store.Connection,
        item: Parsed,
        decision: _Decision,
        prepared: Prepared | None,
    ) -> None:
        if decision.status in ("unchanged", "duplicate"):
            return
        if prepared is not None and not decision.stored:
            store.put(connection, item.document_id, item.source_key, prepared, self._clock())
            return
        store.make_current(
            connection,
            item.document_id,
            item.transcript.version,
            item.source_key,
            item.transcript.metadata.collection,
            self._clock(),
        )
