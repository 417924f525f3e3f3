"""A database ↔ one file: a copy of a moment while everything goes on, and back again."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

from index import store
from index.admin.lifecycle import build_lexical
from index.encoders.base import Encoder
from index.errors import StorageError
from index.files import exclusive, replace_durably, storage_errors
from index.search.indexes import LOCK_TIMEOUT_S, Indexes, require_encoder
from index.store.database import Database

# A batch of the encoder may have to end first.
ENCODE_TIMEOUT_S = 120.0


def backup(database: Database, target: Path) -> None:
    """Write the state of this moment to a file; reads and writes go on meanwhile.

    Raises:
        StorageError: the file can't be written, or its folder isn't there: one made in silence
            may lie on another disk than was meant. What was there before is still there.
    """
    if not target.parent.is_dir():
        raise StorageError(
            f"there is no folder {str(target.parent)!r} to write the backup to; create it first"
        )
    with storage_errors(target):
        draft = target.with_name(target.name + ".tmp")
        draft.unlink(missing_ok=True)
        try:
            database.copy_to(draft)
            replace_durably(draft, target)
        finally:
            draft.unlink(missing_ok=True)


def restore(
    database: Database, indexes: Indexes, encoder: Encoder, source: Path, data_dir: Path
) -> None:
    """Replace everything by what a backup holds; searches see the old state or the new one.

    The database's history gets another name, so every process rebuilds its indexes from what was
    restored. Jobs stay what they are.

    Raises:
        StorageError: the file is no backup, or can't be read; nothing is changed then.
        EncoderMismatch: the backup's vectors were made by another encoder.
        Busy: a reindex, a purge or another restore is going on.
    """
    if not source.is_file():
        raise StorageError(
            f"there is no backup at {str(source)!r}; give the file it was written to"
        )
    with exclusive(indexes.epoch_lock, 0):
        draft = data_dir / "restore.tmp"
        try:
            with storage_errors(draft):
                _remove(draft)
                shutil.copyfile(source, draft)
            _prepare(draft, indexes, encoder)
            with (
                exclusive(indexes.encode_lock, ENCODE_TIMEOUT_S),
                exclusive(indexes.write_lock, LOCK_TIMEOUT_S),
            ):
                _keep_jobs(database, draft)
                database.take_over(draft)
        finally:
            _remove(draft)
    indexes.refresh()
    indexes.save()
    indexes.sweep()


def _prepare(draft: Path, indexes: Indexes, encoder: Encoder) -> None:
    """Check a copy of the backup, give its history a new name, and index its words."""
    copy = Database(f"sqlite:///{draft}")
    try:
        with copy.write() as connection:
            store.check_pages(connection)
            require_encoder(connection, encoder.id)
            store.set_meta(connection, "lineage", uuid.uuid4().hex)
            store.set_meta(connection, "building", None)
        with copy.read() as connection:
            build_lexical(indexes, connection, store.read_state(connection), encoder)
    finally:
        copy.close()


def _keep_jobs(database: Database, draft: Path) -> None:
    copy = Database(f"sqlite:///{draft}")
    try:
        with database.read() as here, copy.write() as there:
            store.copy_jobs(here, there)
        copy.checkpoint()
    finally:
        copy.close()


def _remove(draft: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{draft}{suffix}").unlink(missing_ok=True)
