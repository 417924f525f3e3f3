"""A data directory → the same with less in it, or as lines for elsewhere: purge and export."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

from index import store
from index.encoders.base import Encoder
from index.files import exclusive
from index.ingest.exchange import to_line
from index.search.indexes import LOCK_TIMEOUT_S, Indexes
from index.search.retrievers import Retrievers
from index.store import Purged, State
from index.store.database import Database

# Documents that are listed at a time while exporting.
PAGE = 200


def purge(database: Database, indexes: Indexes, encoder: Encoder, now: str) -> Purged:
    """Take old versions and deleted documents off the disk, out of all our files.

    Searches go on meanwhile. The indexes are rebuilt, since theirs hold words of what is gone.

    Raises:
        Busy: another purge, a reindex or a restore is going on.
        StorageError: there isn't enough room, or the directory can't be written.
    """
    with exclusive(indexes.epoch_lock, 0):
        with exclusive(indexes.write_lock, LOCK_TIMEOUT_S):
            with database.read() as connection:
                if store.anything_to_purge(connection):
                    # What is searched stays what it is, so its words can be indexed beforehand.
                    state = store.read_state(connection).with_purge()
                    shutil.rmtree(indexes.folder / state.epoch, ignore_errors=True)
                    build_lexical(indexes, connection, state, encoder)
            with database.write() as connection:
                purged = store.purge(connection, now)
        database.compact()
    indexes.refresh()
    indexes.save()
    indexes.sweep()
    return purged


def build_lexical(
    indexes: Indexes, connection: store.Connection, state: State, encoder: Encoder
) -> None:
    """Make the lexical index of an epoch before anyone asks for it."""
    Retrievers(indexes.folder, state, encoder).apply_lexical(connection)


def export(database: Database, *, all_versions: bool) -> Iterator[str]:
    """Yield documents as lines, ordered by id; each as it is when its turn comes.

    Args:
        database: where they are.
        all_versions: older versions too, each document's before its current one.
    """
    after: str | None = None
    while True:
        with database.read() as connection:
            page = store.list_documents(connection, after, PAGE)
            for info in page:
                versions = [info.document_version]
                if all_versions:
                    stored = store.stored_versions(connection, info.document_id)
                    versions = [v for v in stored if v != info.document_version] + versions
                for version in versions:
                    found = store.load_version(connection, info.document_id, version)
                    turns = store.load_turns(connection, info.document_id, version)
                    aliases = store.alias_rows(connection, info.document_id)
                    yield to_line(info, version, found.metadata, found.text, turns, aliases)
        if len(page) < PAGE:
            return
        after = page[-1].document_id
