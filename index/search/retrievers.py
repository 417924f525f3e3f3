"""One epoch of the database → both retrievers and the catalog, kept at the newest change.

A change names a document; applying it again is harmless. So catching up after a crash, following
another process and building from nothing are one operation with different starting points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from index import store
from index.aliases import all_forms
from index.encoders.base import Encoder
from index.records import Filters
from index.search.catalog import Catalog
from index.search.dense import DenseIndex, Snapshot, Stamp
from index.search.lexical import LexicalEntry, LexicalIndex
from index.store import PassageRow, State

# Documents whose passages are read at a time while the lexical index catches up.
CATCH_UP_DOCUMENTS = 200


class Retrievers:
    """The dense and the lexical retriever and the catalog of one epoch, in a folder of its own.

    ``pending`` holds the keys of passages that have no vector yet: the lexical retriever finds
    them, the dense one doesn't. It is replaced, never changed, so that threads can share it.
    """

    def __init__(self, folder: Path, state: State, encoder: Encoder) -> None:
        self.epoch = state.epoch
        self.generation = state.generation
        self._folder = folder / state.epoch
        self._encoder = encoder
        self.catalog = Catalog()
        self.pending: frozenset[int] = frozenset()
        self.dense, self._saved_seq = DenseIndex.load(
            self._folder, encoder.dimension, self.epoch, encoder.id
        )
        self.seq = -1
        self._serves = True
        self._held = set(self.dense.keys().tolist())
        self.lexical = LexicalIndex(self._folder / "lexical", self.epoch)
        self.lexical_seq = self.lexical.seq()

    def load(self, connection: sa.Connection) -> None:
        """Read the catalog, and repair the dense index wherever it differs from the database."""
        state = store.read_state(connection)
        rows = store.searchable_passages(connection, self.generation)
        truth = {row.key for row in rows}
        self._replace_dense(connection, self._held - truth, truth - self._held)
        self.catalog = Catalog()
        self.catalog.replace([], rows)
        self.pending = frozenset(truth - self._held)
        self._note(state)

    def follow(self, connection: sa.Connection) -> None:
        """Apply the changes since the last time to the dense index and the catalog."""
        state = store.read_state(connection)
        if state.epoch != self.epoch or state.seq == self.seq:
            return
        changed = store.changed_since(connection, self.seq)
        rows = store.searchable_passages(connection, self.generation, changed)
        before = {key for document_id in changed for key in self.catalog.keys(document_id)}
        after = {row.key for row in rows}
        self._replace_dense(connection, before - after, after - self._held)
        self.catalog.replace(changed, rows)
        self.pending = (self.pending - before) | (after - self._held)
        self._note(state)

    def apply_lexical(self, connection: sa.Connection) -> None:
        """Bring the lexical index to the newest change. The caller holds the write lock."""
        newest = store.read_state(connection).document_seq
        seen = self.lexical.seq()
        if seen != newest:
            fresh = seen == 0 or seen > newest
            changed = store.changed_since(connection, 0 if fresh else seen, "document")
            entries = self._entries(connection, changed)
            self.lexical.replace(changed, entries, newest, fresh=fresh)
        self.lexical_seq = newest

    @property
    def unsaved(self) -> bool:
        """Return whether the dense index changed since it was written; no if it doesn't serve."""
        return self._serves and self.seq != self._saved_seq

    def snapshot(self) -> tuple[Stamp, Snapshot]:
        """Return the dense index and what it holds, for ``save``; nothing may change meanwhile."""
        return Stamp(self.epoch, self._encoder.id, self.seq), self.dense.snapshot()

    def save(self, stamp: Stamp, snapshot: Snapshot) -> None:
        """Write a snapshot of the dense index to its file."""
        DenseIndex.save(self._folder, snapshot, stamp)
        self._saved_seq = stamp.seq

    def pending_of(self, document_ids: Sequence[str]) -> list[int]:
        """Return the keys of these documents' passages that lack vectors, ascending."""
        pending = self.pending
        if not pending:
            return []
        return sorted(
            key
            for document_id in set(document_ids)
            for key in self.catalog.keys(document_id)
            if key in pending
        )

    def any_pending(self, filters: Filters) -> bool:
        """Return whether a passage that matches the filters has no vector yet."""
        pending = self.pending
        if not pending:
            return False
        allowed = self.catalog.allowed(filters)
        return allowed is None or not pending.isdisjoint(allowed.tolist())

    def _note(self, state: State) -> None:
        self.seq = state.seq
        self._serves = state.encoder in (None, self._encoder.id)

    def _replace_dense(self, connection: sa.Connection, removed: set[int], added: set[int]) -> None:
        """Remove keys and add those that have vectors. A key's vector never changes."""
        removed &= self._held
        keys, vectors = store.passage_vectors(
            connection, sorted(added), self._encoder.id, self._encoder.dimension
        )
        self.dense.replace(
            np.asarray(sorted(removed), np.int64), np.asarray(keys, np.int64), vectors
        )
        self._held -= removed
        self._held.update(keys)

    def _entries(
        self, connection: sa.Connection, document_ids: Sequence[str]
    ) -> Iterator[LexicalEntry]:
        for start in range(0, len(document_ids), CATCH_UP_DOCUMENTS):
            part = document_ids[start : start + CATCH_UP_DOCUMENTS]
            rows = store.searchable_passages(connection, self.generation, part)
            texts = {
                document_id: store.load_text(connection, document_id, version)
                for document_id, version in {(r.document_id, r.version) for r in rows}
            }
            yield from (_lexical_entry(row, texts[row.document_id]) for row in rows)


def _lexical_entry(row: PassageRow, text: str) -> LexicalEntry:
    return LexicalEntry(
        key=row.key,
        document_id=row.document_id,
        title=row.metadata.title,
        body=text[row.passage.char_start : row.passage.char_end],
        speakers=tuple(sorted(all_forms(row.passage.speakers, row.aliases))),
        names=tuple(name for _, name in row.aliases),
        date=row.metadata.date,
        collection=row.metadata.collection,
        language=row.metadata.language,
    )
