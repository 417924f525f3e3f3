"""Database → indexes: the retrievers of the epoch that serves, followed from query to query."""

from __future__ import annotations

import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index import store
from index.encoders.base import Encoder
from index.errors import EncoderMismatch, StorageError
from index.files import exclusive
from index.search.retrievers import Retrievers
from index.store import State
from index.store.database import Database

# Writers hold the lock for one commit at a time; a wait this long means that something is stuck.
LOCK_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many passages the database and each index hold, and whether they are the same ones.

    ``pending`` passages have no vector yet, and so aren't expected in the dense index.
    """

    database: int
    dense: int
    lexical: int
    pending: int
    same: bool


class Indexes:
    """The indexes of one data directory. Safe to use from several threads and processes.

    Raises:
        EncoderMismatch: the stored vectors were made by another encoder.
        StorageError: the data directory can't be read.
    """

    def __init__(self, folder: Path, database: Database, encoder: Encoder) -> None:
        self.folder = folder
        self._database = database
        self._encoder = encoder
        self._sync_lock = threading.Lock()
        # Held by whoever commits words; order of locks: epoch, encode, write.
        self.write_lock = folder / "write.lock"
        # Held by whoever encodes, one batch at a time.
        self.encode_lock = folder / "encode.lock"
        # Held by whoever prepares another epoch.
        self.epoch_lock = folder / "epoch.lock"
        with database.read() as connection:
            state = store.read_state(connection)
            require_encoder(connection, encoder.id)
        self._retrievers = self._open(state)
        self.save()
        self.sweep()

    @property
    def retrievers(self) -> Retrievers:
        """Return the retrievers as they were at the last refresh."""
        return self._retrievers

    def refresh(self) -> Retrievers:
        """Return the retrievers, caught up with the database; cheap when that did not change."""
        with self._database.read() as connection:
            state = store.read_state(connection)
        if state.epoch != self._retrievers.epoch:
            with self._sync_lock:
                if state.epoch != self._retrievers.epoch:
                    self._retrievers = self._open(state)
        retrievers = self._retrievers
        if retrievers.lexical_seq != state.document_seq:
            retrievers.lexical_seq = retrievers.lexical.seq()
        if retrievers.lexical_seq != state.document_seq:
            # Another process is about to tell the index, or died before it could.
            with suppress(StorageError), exclusive(self.write_lock, 0):
                self.apply_lexical()
        if retrievers.seq != state.seq:
            with self._sync_lock, self._database.read() as connection:
                retrievers.follow(connection)
        return self._retrievers

    def apply_lexical(self) -> None:
        """Bring the lexical index to the newest change. The caller holds the write lock."""
        with self._database.read() as connection:
            if store.read_state(connection).epoch == self._retrievers.epoch:
                self._retrievers.apply_lexical(connection)

    def save(self) -> None:
        """Write the dense index to its file if it changed since it was last written.

        The file is a cache: where it can't be written, or another process is writing it, the
        database makes up for it.
        """
        if not self._retrievers.unsaved:
            return
        with suppress(StorageError), exclusive(self.folder / "dense.lock", 0):
            with self._sync_lock:
                retrievers = self._retrievers
                stamp, snapshot = retrievers.snapshot()
            retrievers.save(stamp, snapshot)

    def sweep(self) -> None:
        """Remove the files of epochs that are over, unless another one is being prepared."""
        if not self._over(self._retrievers.epoch):
            return
        with suppress(StorageError), exclusive(self.epoch_lock, 0):
            with self._database.read() as connection:
                serving = store.read_state(connection).epoch
            for path in self._over(serving):
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                else:
                    path.unlink(missing_ok=True)

    def agreement(self) -> Agreement:
        """Compare the keys in the database with those in each index."""
        retrievers = self.refresh()
        with self._database.read() as connection:
            rows = store.searchable_passages(connection, retrievers.generation)
        truth = [row.key for row in rows]
        dense = retrievers.dense.keys().tolist()
        lexical = retrievers.lexical.keys()
        with_vectors = [key for key in truth if key not in retrievers.pending]
        return Agreement(
            database=len(truth),
            dense=len(dense),
            lexical=len(lexical),
            pending=len(retrievers.pending),
            same=truth == lexical and with_vectors == dense,
        )

    def require_encoder(self) -> None:
        """Refuse to go on when what is searched has vectors of another encoder.

        Raises:
            EncoderMismatch: the message says what to do.
        """
        with self._database.read() as connection:
            require_encoder(connection, self._encoder.id)

    def _over(self, serving: str) -> list[Path]:
        """Return what lies beside the folder of the epoch that serves, except locks."""
        found = self.folder.iterdir() if self.folder.is_dir() else ()
        return sorted(p for p in found if p.suffix != ".lock" and p.name != serving)

    def _open(self, state: State) -> Retrievers:
        """Open the retrievers of an epoch, creating or repairing what is missing."""
        retrievers = Retrievers(self.folder, state, self._encoder)
        if retrievers.lexical_seq != state.document_seq:
            with exclusive(self.write_lock, LOCK_TIMEOUT_S), self._database.read() as connection:
                retrievers.apply_lexical(connection)
        with self._database.read() as connection:
            retrievers.load(connection)
        return retrievers


def require_encoder(connection: store.Connection, encoder: str) -> None:
    """Refuse an encoder other than the one that made the vectors of what is searched.

    Raises:
        EncoderMismatch: the message says what to do.
    """
    serving = serving_encoder(connection)
    if serving not in (None, encoder):
        raise EncoderMismatch(
            f"the index was made by encoder {serving!r}, the one set now is {encoder!r}; "
            f"set TRANSCRIPT_QA_ENCODER back, or run `transcript-qa reindex`"
        )


def serving_encoder(connection: store.Connection) -> str | None:
    """Return the id of the encoder whose vectors are searched; None while any may begin."""
    state = store.read_state(connection)
    return state.encoder if store.any_searchable(connection, state.generation) else None
