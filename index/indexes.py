"""Database → indexes: keep both legs and the catalog at the newest change.

A change names a document; applying it again is harmless. So catching up after a crash, following
another process and building from nothing are one operation with different starting points.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from index import store
from index.catalog import Catalog, Keys
from index.database import Database
from index.dense import DenseIndex, Stamp
from index.encoder import Encoder
from index.errors import Busy, EncoderMismatch
from index.files import exclusive
from index.lexical import LexicalEntry, LexicalIndex
from index.store import PassageRow

# Writers hold the lock for one commit at a time; a wait this long means that something is stuck.
LOCK_TIMEOUT_S = 60.0

# Documents that are applied to the lexical index in one commit while catching up.
CATCH_UP_DOCUMENTS = 1000


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many passages the database and each index hold, and whether they are the same ones."""

    database: int
    dense: int
    lexical: int
    same: bool


class Indexes:
    """The dense leg, the lexical leg and the catalog of one data directory.

    Raises:
        EncoderMismatch: the stored vectors were made by another encoder.
        StorageError: the data directory can't be read or written.
    """

    def __init__(self, folder: Path, database: Database, encoder: Encoder) -> None:
        self._folder = folder
        self._database = database
        self._encoder = encoder
        self._sync_lock = threading.Lock()
        self.write_lock = folder / "write.lock"
        self.catalog = Catalog()
        self.dense, self._seq = DenseIndex.load(
            folder, encoder.dimension, database.lineage, encoder.id
        )
        self._saved_seq = self._seq
        self._lexical_seq = 0
        self.lexical = LexicalIndex(folder / "lexical", database.lineage)
        self._open()

    def refresh(self) -> None:
        """Catch up with the database if it changed; cheap when it did not."""
        newest = self._newest()
        if newest != self._lexical_seq:
            self._lexical_seq = self.lexical.seq()
        if newest != self._lexical_seq:
            # Another process is about to tell the index, or died before it could.
            with suppress(Busy), exclusive(self.write_lock, 0):
                self.apply_lexical()
        if newest != self._seq:
            with self._sync_lock:
                self._follow()

    def save(self) -> None:
        """Write the dense index to its file if it changed since it was last written."""
        if self._seq != self._saved_seq:
            with exclusive(self.write_lock, LOCK_TIMEOUT_S), self._sync_lock:
                stamp = Stamp(self._database.lineage, self._encoder.id, self._seq)
                self.dense.save(self._folder, stamp)
                self._saved_seq = self._seq

    def apply_lexical(self) -> None:
        """Bring the lexical index to the newest change. The caller holds the write lock."""
        with self._database.read() as connection:
            newest = store.last_change(connection)
            seen = self.lexical.seq()
            if seen > newest or (seen == 0 and newest):
                self.lexical.clear()
                seen = 0
            changed = store.changed_since(connection, seen)
            for start in range(0, len(changed), CATCH_UP_DOCUMENTS):
                part = changed[start : start + CATCH_UP_DOCUMENTS]
                last = start + len(part) == len(changed)
                rows = store.searchable_passages(connection, part)
                texts = {
                    document_id: store.load_text(connection, document_id, version)
                    for document_id, version in {(r.document_id, r.version) for r in rows}
                }
                entries = [_lexical_entry(row, texts[row.document_id]) for row in rows]
                # Until the last part is in, the note stays behind: a crash repeats the work.
                self.lexical.replace(part, entries, newest if last else seen)
        self._lexical_seq = self.lexical.seq()

    def rebuild(self) -> None:
        """Make both indexes anew from the database; nothing is encoded again."""
        with exclusive(self.write_lock, LOCK_TIMEOUT_S):
            self.lexical.clear()
            self.apply_lexical()
        with self._sync_lock:
            self.dense = DenseIndex(self._encoder.dimension)
            self._load()

    def agreement(self) -> Agreement:
        """Compare the keys in the database with those in each index."""
        self.refresh()
        with self._database.read() as connection:
            rows = store.searchable_passages(connection)
        truth = [row.key for row in rows]
        dense = self.dense.keys().tolist()
        lexical = self.lexical.keys()
        return Agreement(len(truth), len(dense), len(lexical), truth == dense == lexical)

    def _open(self) -> None:
        with self._database.read() as connection:
            others = [e for e in store.encoders(connection) if e != self._encoder.id]
        if others:
            raise EncoderMismatch(
                f"the index was made by encoder {others[0]!r}, the one set now is "
                f"{self._encoder.id!r}; set TRANSCRIPT_QA_ENCODER back, or run "
                f"`transcript-qa reindex`"
            )
        self._lexical_seq = self.lexical.seq()
        if self._lexical_seq != self._newest():
            with exclusive(self.write_lock, LOCK_TIMEOUT_S):
                self.apply_lexical()
        self._load()
        self.save()

    def _newest(self) -> int:
        with self._database.read() as connection:
            return store.last_change(connection)

    def _load(self) -> None:
        """Read the catalog, and mend the dense index wherever it isn't what the database says.

        A key's vector never changes, so comparing keys is enough.
        """
        with self._database.read() as connection:
            newest = store.last_change(connection)
            rows = store.searchable_passages(connection)
            truth = np.asarray([row.key for row in rows], np.int64)
            held = self.dense.keys()
            self._replace_dense(connection, np.setdiff1d(held, truth), np.setdiff1d(truth, held))
        self.catalog = Catalog()
        self.catalog.replace([], rows)
        self._seq = newest

    def _follow(self) -> None:
        """Apply the changes since ``_seq`` to the dense index and the catalog."""
        with self._database.read() as connection:
            newest = store.last_change(connection)
            changed = store.changed_since(connection, self._seq)
            rows = store.searchable_passages(connection, changed)
            before = [key for document_id in changed for key in self.catalog.keys(document_id)]
            after = [row.key for row in rows]
            self._replace_dense(
                connection, np.asarray(before, np.int64), np.asarray(after, np.int64)
            )
        self.catalog.replace(changed, rows)
        self._seq = newest

    def _replace_dense(self, connection: sa.Connection, removed: Keys, added: Keys) -> None:
        vectors = store.passage_vectors(
            connection, added.tolist(), self._encoder.id, self._encoder.dimension
        )
        self.dense.replace(removed, added, vectors)


def _lexical_entry(row: PassageRow, text: str) -> LexicalEntry:
    return LexicalEntry(
        key=row.key,
        document_id=row.document_id,
        title=row.metadata.title,
        body=text[row.passage.char_start : row.passage.char_end],
        speakers=row.passage.speakers,
        date=row.metadata.date,
        collection=row.metadata.collection,
    )
