"""Sources → stored, findable documents: words in one short transaction, vectors behind them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index import store
from index.encoders.base import Encoder
from index.errors import Busy, EncoderMismatch, StorageError, StoredUnindexed
from index.files import exclusive
from index.ingest.encoding import PassageEncoder
from index.ingest.prepare import Parsed, passage_settings, prepare, prepare_version
from index.ingest.progress import OnProgress, Progress
from index.records import Accepted, IngestStatus, Metadata, Refused
from index.search.indexes import LOCK_TIMEOUT_S, Indexes, require_encoder
from index.store import AliasRow, Prepared, State
from index.store.database import Database

# Sources are taken in groups of about this many characters: large enough for full batches of the
# encoder, small enough that each group is durable within seconds.
GROUP_CHARS = 120_000

# Characters of a title that a refusal repeats.
SHOWN_CHARS = 60

# What a source holds, or why it can't be taken; with the size of the source in bytes.
Read = tuple[Sequence[Parsed | Refused], int]


@dataclass(frozen=True, slots=True)
class _Decision:
    """What has to happen to a parsed transcript.

    ``aliases`` is null where they stay; with a ``refusal`` nothing happens.
    """

    status: IngestStatus
    document_id: str
    stored: Metadata | None = None
    has_passages: bool = False
    aliases: tuple[AliasRow, ...] | None = None
    collection: str | None = None
    refusal: Refused | None = None

    @property
    def changes(self) -> bool:
        """Return whether anything has to be written."""
        return self.refusal is None and self.status in ("new", "replaced")


@dataclass(frozen=True, slots=True)
class _Plan:
    """What was decided about a group in one state, by the identity of its items."""

    state: State
    decisions: Mapping[int, _Decision]
    prepared: Mapping[int, Prepared]

    def holds(self, state: State) -> bool:
        """Return whether nothing that matters changed since."""
        return (state.epoch, state.document_seq) == (self.state.epoch, self.state.document_seq)


class Ingest:
    """Takes parsed sources into one data directory."""

    def __init__(
        self,
        database: Database,
        indexes: Indexes,
        encoder: Encoder,
        passage_encoder: PassageEncoder,
        clock: Callable[[], str],
    ) -> None:
        self._database = database
        self._indexes = indexes
        self._encoder = encoder
        self._passage_encoder = passage_encoder
        self._clock = clock

    def run(
        self, sources: Iterable[Read], *, wait: bool, on_progress: OnProgress | None = None
    ) -> Iterator[Accepted | Refused]:
        """Take sources in; each result is yielded once it is on disk and findable.

        Args:
            sources: what each source holds, in order.
            wait: have the vectors made too before a result is yielded; else they are pending.
            on_progress: called after every group and every batch of vectors.
        """
        report = _Reporter(on_progress)
        group: list[Parsed | Refused] = []
        size = 0
        for read, source_bytes in sources:
            # A source may hold hundreds of transcripts: they needn't wait for one another.
            sizes = [len(r.transcript.text) if isinstance(r, Parsed) else 0 for r in read]
            for item, characters in zip(read, sizes, strict=True):
                group.append(item)
                size += characters
                report.took(source_bytes * characters // max(1, sum(sizes)))
                if size >= GROUP_CHARS:
                    yield from self._take(group, report, wait=wait)
                    group, size = [], 0
            report.finished_source()
        yield from self._take(group, report, wait=wait)
        self._indexes.save()

    def _take(
        self, group: Sequence[Parsed | Refused], report: _Reporter, *, wait: bool
    ) -> list[Accepted | Refused]:
        """Store a group of parsed sources in one transaction, then bring the indexes along."""
        parsed = [item for item in group if isinstance(item, Parsed)]
        accepted = self._store(parsed) if parsed else {}
        ids = [found.document_id for found in accepted.values() if isinstance(found, Accepted)]
        if wait and ids:
            waiting = len(self._indexes.retrievers.pending_of(ids))
            report.waits_for(waiting)
            try:
                self._passage_encoder.encode(ids, report.encoded)
            except (Busy, EncoderMismatch):
                raise
            except StorageError:
                # On disk and found by its words: the vectors stay pending, which answers say.
                pass
        report.tell()
        return [item if isinstance(item, Refused) else accepted[id(item)] for item in group]

    def _store(self, parsed: Sequence[Parsed]) -> dict[int, Accepted | Refused]:
        plan = self._plan(parsed)
        decisions = dict(plan.decisions)
        if any(decision.changes for decision in decisions.values()):
            with exclusive(self._indexes.write_lock, LOCK_TIMEOUT_S):
                with self._database.write() as connection:
                    state = self._claim(connection)
                    met: set[str] = set()
                    for item in parsed:
                        names = {item.document_id, item.version}
                        if not plan.holds(state) or not met.isdisjoint(names):
                            decisions[id(item)] = self._decide(connection, item, state.generation)
                        met |= names
                        self._apply(connection, item, decisions[id(item)], plan, state.generation)
                self._index_words()
        self._indexes.refresh()
        return {
            id(item): decisions[id(item)].refusal
            or Accepted(
                name=item.name,
                document_id=decisions[id(item)].document_id,
                document_version=item.version,
                status=decisions[id(item)].status,
            )
            for item in parsed
        }

    def _index_words(self) -> None:
        """Bring the lexical index along with what was committed a moment ago."""
        try:
            self._indexes.apply_lexical()
        except EncoderMismatch:
            raise
        except StorageError as error:
            raise StoredUnindexed(
                f"stored, and searchable once the index can be written: {error}"
            ) from error

    def _claim(self, connection: store.Connection) -> State:
        """Return the state to write into; name its encoder and settings if nothing did yet."""
        require_encoder(connection, self._encoder.id)
        state = store.read_state(connection)
        if state.encoder != self._encoder.id:
            store.set_meta(connection, "encoder", self._encoder.id)
            store.set_meta(connection, "passages", passage_settings())
        return state

    def _plan(self, parsed: Sequence[Parsed]) -> _Plan:
        """Decide, and cut what isn't stored yet into passages, before anyone waits for the lock."""
        with self._database.read() as connection:
            state = store.read_state(connection)
            decisions = {
                id(item): self._decide(connection, item, state.generation) for item in parsed
            }
        prepared = {
            id(item): prepare(item, self._encoder.count_tokens)
            for item in parsed
            if decisions[id(item)].changes and not decisions[id(item)].has_passages
        }
        return _Plan(state, decisions, prepared)

    def _now(self, item: Parsed) -> str:
        return item.ingested_at or self._clock()

    def _decide(self, connection: store.Connection, item: Parsed, generation: int) -> _Decision:
        if not item.current:
            known = store.stored_metadata(connection, item.document_id, item.version) is not None
            return _Decision("unchanged" if known else "new", item.document_id, has_passages=True)
        current = store.current_version(connection, item.document_id)
        aliases = _new_aliases(connection, item)
        status: IngestStatus = "new"
        metadata = item.transcript.metadata
        collection = metadata.collection
        if current is not None and not current.deleted:
            if collection is None and not item.verbatim:
                # Whoever sends a file again needn't know where somebody put it.
                collection = current.metadata.collection
                metadata = replace(metadata, collection=collection)
            if (current.version, current.metadata) == (item.version, metadata) and aliases is None:
                return _Decision("unchanged", item.document_id)
            if not item.may_replace:
                refusal = _in_the_way(item, current.metadata)
                return _Decision("unchanged", item.document_id, refusal=refusal)
            status = "replaced"
        elif not item.verbatim:
            twins = store.documents_with(connection, item.version, collection)
            if twins:
                return _Decision("duplicate", twins[0])
        stored = store.stored_metadata(connection, item.document_id, item.version)
        # The title is part of what is encoded: under another one the passages are rebuilt.
        kept = stored is not None and stored.title == item.transcript.metadata.title
        return _Decision(
            status,
            item.document_id,
            stored,
            kept and store.has_passages(connection, item.document_id, item.version, generation),
            aliases,
            collection,
        )

    def _apply(
        self,
        connection: store.Connection,
        item: Parsed,
        decision: _Decision,
        plan: _Plan,
        generation: int,
    ) -> None:
        """Store what isn't there yet, and make it current."""
        if not decision.changes:
            return
        document_id, version = item.document_id, item.version
        metadata = item.transcript.metadata
        now = self._now(item)
        if decision.stored is not None:
            store.put_metadata(connection, document_id, version, metadata)
        if not item.current:
            store.put_version(connection, document_id, prepare_version(item), now)
            store.note_change(connection, document_id, "document")
            return
        if not decision.has_passages:
            # Without a plan for it: another process took away what made preparing needless.
            ready = plan.prepared.get(id(item)) or prepare(item, self._encoder.count_tokens)
            if decision.stored is None:
                store.put_version(connection, document_id, ready, now)
            else:
                store.delete_passages(connection, document_id, version)
            store.put_passages(connection, document_id, version, generation, ready.passages)
        if decision.aliases is not None:
            store.put_alias_rows(connection, document_id, decision.aliases)
        store.make_current(
            connection, document_id, version, item.source_key, decision.collection, now
        )


def _in_the_way(item: Parsed, there: Metadata) -> Refused:
    """Return why a transcript isn't taken: another stands under its id. Both are named."""
    ours, theirs = (
        repr(title if len(title) <= SHOWN_CHARS else title[:SHOWN_CHARS] + "…")
        for title in (item.transcript.metadata.title, there.title)
    )
    return Refused(
        item.name,
        "document_exists",
        f"{ours} would replace {theirs}, which is document {item.document_id!r} now; "
        "ask for it to be replaced, or give the file another name or id",
        document_id=item.document_id,
    )


def _new_aliases(connection: store.Connection, item: Parsed) -> tuple[AliasRow, ...] | None:
    """Return the aliases that a document will have; None when that is what it has."""
    before = store.alias_rows(connection, item.document_id)
    after = item.aliases
    if not item.verbatim:
        after = store.with_stated(before, item.transcript.aliases)
    return None if after == before else after


class _Reporter:
    """Counts what an ingest did, and tells it to who asked."""

    def __init__(self, on_progress: OnProgress | None) -> None:
        self._on_progress = on_progress
        self._began = time.monotonic()
        self._sources = 0
        self._bytes = 0
        self._encoded = 0
        self._waiting = 0

    def took(self, source_bytes: int) -> None:
        self._bytes += source_bytes

    def finished_source(self) -> None:
        self._sources += 1

    def waits_for(self, passages: int) -> None:
        self._waiting = passages
        self.tell()

    def encoded(self, passages: int) -> None:
        self._encoded += passages
        self._waiting = max(0, self._waiting - passages)
        self.tell()

    def tell(self) -> None:
        if self._on_progress is not None:
            seconds = time.monotonic() - self._began
            self._on_progress(
                Progress(self._sources, self._bytes, self._encoded, self._waiting, seconds)
            )
