"""Database → another generation of passages and vectors, beside the one that goes on to serve.

The new generation is built in small commits, so that a reindex that was killed goes on where it
was. Once nothing is missing, one transaction names it as the one that serves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from index import store
from index.encoders.base import Encoder
from index.errors import Busy
from index.files import exclusive
from index.ingest.encoding import TURN_S, WINDOW_PASSAGES, encode_batch
from index.ingest.prepare import passage_settings
from index.search.indexes import LOCK_TIMEOUT_S, Indexes
from index.search.retrievers import Retrievers
from index.store import State
from index.store.database import Database
from index.text.passages import build_passages

# Documents that are cut into passages in one commit.
BUILD_DOCUMENTS = 50

# Passages of the old generation that are deleted in one commit, so that writers get their turn.
DELETE_PASSAGES = 2000

OnEncoded = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What a reindex did: whether another generation serves now, and how much was encoded."""

    switched: bool
    encoded: int


@dataclass(frozen=True, slots=True)
class _Target:
    """The generation that is being built; stored, so that a later reindex can go on with it."""

    generation: int
    encoder: str
    passages: str


def reindex(
    data_dir: Path,
    encoder: Encoder,
    *,
    database_url: str | None = None,
    force: bool = False,
    on_encoded: OnEncoded | None = None,
) -> Reindexed:
    """Rebuild passages and vectors for an encoder, or with this release's passage settings.

    Where both are what serves already, only the vectors that are pending are made.

    Args:
        data_dir: the data directory; servers and ingests may go on using it.
        encoder: the encoder that is to serve.
        database_url: where the database is, if not in the data directory.
        force: build another generation even where nothing differs.
        on_encoded: called after every batch with the passages that have vectors, and all of them.

    Raises:
        Busy: another reindex, a purge or a restore is going on.
        StorageError: the data directory can't be written; what serves is as before.
        ModelError: the encoder can't do its work; what serves is as before.
    """
    database = Database(database_url or Database.url_for(data_dir))
    try:
        job = _Reindex(data_dir / "index", database, encoder, on_encoded)
        with exclusive(data_dir / "index" / "epoch.lock", 0):
            result = job.run(force=force)
        # Opening saves the new dense index, so that the next start is quick, and sweeps old files.
        Indexes(data_dir / "index", database, encoder)
        return result
    finally:
        database.close()


class _Reindex:
    def __init__(
        self, folder: Path, database: Database, encoder: Encoder, on_encoded: OnEncoded | None
    ) -> None:
        self._folder = folder
        self._database = database
        self._encoder = encoder
        self._on_encoded = on_encoded
        self._encoded = 0

    def run(self, *, force: bool) -> Reindexed:
        target = self._begin(force=force)
        with self._database.read() as connection:
            state = store.read_state(connection)
        self._delete_other_generations(state.generation, target.generation)
        while True:
            self._build(target)
            self._encode(target)
            if target.generation == state.generation:
                return Reindexed(switched=False, encoded=self._encoded)
            if self._switch(target):
                break
        self._delete_other_generations(target.generation, target.generation)
        return Reindexed(switched=True, encoded=self._encoded)

    def _begin(self, *, force: bool) -> _Target:
        """Return the generation to build: one that was begun, a new one, or the one that serves."""
        with self._database.write() as connection:
            state = store.read_state(connection)
            wanted = (self._encoder.id, passage_settings())
            begun = store.get_meta(connection, "building")
            if begun is not None:
                target = _Target(**json.loads(begun))
                if (target.encoder, target.passages) == wanted:
                    return target
            if (state.encoder, state.passages) == wanted and not force:
                store.set_meta(connection, "building", None)
                return _Target(state.generation, *wanted)
            used = [state.generation, *store.generations(connection)]
            target = _Target(max(used) + 1, *wanted)
            store.set_meta(connection, "building", json.dumps(asdict(target)))
            return target

    def _build(self, target: _Target) -> None:
        """Cut every current version into passages that lacks them."""
        while True:
            with self._database.read() as connection:
                lacking = store.documents_without_passages(
                    connection, target.generation, BUILD_DOCUMENTS
                )
                built = []
                for document_id, version in lacking:
                    found = store.load_version(connection, document_id, version)
                    passages = build_passages(
                        found.text, found.sentences, self._encoder.count_tokens
                    )
                    built.append((document_id, version, passages))
            if not built:
                return
            with self._database.write() as connection:
                for document_id, version, passages in built:
                    # An ingest may have purged or stored it meanwhile: the next round sees that.
                    if store.stored_metadata(
                        connection, document_id, version
                    ) and not store.has_passages(
                        connection, document_id, version, target.generation
                    ):
                        store.put_passages(
                            connection, document_id, version, target.generation, passages
                        )

    def _encode(self, target: _Target) -> None:
        """Make the vectors that are missing."""
        with self._database.read() as connection:
            total = len(store.searchable_passages(connection, target.generation))
            left = len(store.pending_passages(connection, target.generation, target.encoder))
        while left:
            # An ingest or a worker may be at its own passages: wait for a turn.
            with suppress(Busy), exclusive(self._folder / "encode.lock", TURN_S):
                with self._database.read() as connection:
                    keys = store.pending_passages(
                        connection, target.generation, target.encoder, WINDOW_PASSAGES
                    )
                made = encode_batch(self._database, self._encoder, keys) if keys else 0
                self._encoded += made
                left = max(1, left - made) if keys else 0
                if self._on_encoded is not None:
                    self._on_encoded(total - left, total)

    def _switch(self, target: _Target) -> bool:
        """Let the new generation serve if it is whole; return whether it does."""
        with self._database.read() as connection:
            if not self._whole(connection, target):
                return False
            state = store.read_state(connection)
            next_ = state.with_generation(target.generation, target.encoder, target.passages)
            retrievers = Retrievers(self._folder, next_, self._encoder)
            # Most of the words, before anyone has to wait for the lock.
            retrievers.apply_lexical(connection)
        with exclusive(self._folder / "write.lock", LOCK_TIMEOUT_S):
            with self._database.read() as connection:
                if not self._whole(connection, target) or not _same_epoch(connection, state):
                    return False
                retrievers.apply_lexical(connection)
            with self._database.write() as connection:
                store.set_meta(connection, "generation", str(target.generation))
                store.set_meta(connection, "encoder", target.encoder)
                store.set_meta(connection, "passages", target.passages)
                store.set_meta(connection, "building", None)
        return True

    def _whole(self, connection: store.Connection, target: _Target) -> bool:
        lacking = store.documents_without_passages(connection, target.generation, 1)
        pending = store.pending_passages(connection, target.generation, target.encoder, 1)
        return not lacking and not pending

    def _delete_other_generations(self, *kept: int) -> None:
        """Delete the passages of every generation but those kept, a part at a time."""
        with self._database.read() as connection:
            others = [g for g in store.generations(connection) if g not in kept]
        for generation in others:
            while True:
                with self._database.write() as connection:
                    if not store.delete_generation(connection, generation, DELETE_PASSAGES):
                        break


def _same_epoch(connection: store.Connection, state: State) -> bool:
    return store.read_state(connection).epoch == state.epoch
