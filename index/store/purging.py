"""Database → database without what can no longer be seen."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from index.store import schema
from index.store.rows import same_version
from index.store.state import read_state, set_meta
from index.store.writing import delete_passages


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge took off the disk: versions in all, and deleted documents among theirs."""

    versions: int
    documents: int


def anything_to_purge(connection: sa.Connection) -> bool:
    """Return whether a purge would take anything off the disk."""
    gone, deleted = _gone(connection)
    return bool(gone or deleted)


def purge(connection: sa.Connection, now: str) -> Purged:
    """Delete every version that isn't current, and every version of deleted documents.

    The rows of deleted documents stay, so that their citations go on to say "deleted"; the names
    of purged versions stay, so that theirs say "purged". A new epoch begins: no index holds a word
    of what is gone.
    """
    gone, deleted = _gone(connection)
    for document_id, version in gone:
        _forget_version(connection, document_id, version, now)
    # A file's name may tell as much as its words.
    documents = schema.documents
    connection.execute(
        documents.update()
        .where(documents.c.deleted_at.is_not(None))
        .values(source_key="", collection=None)
    )
    if gone or deleted:
        state = read_state(connection)
        set_meta(connection, "purges", str(state.purges + 1))
    return Purged(versions=len(gone), documents=len(deleted))


def delete_generation(connection: sa.Connection, generation: int, limit: int) -> int:
    """Delete up to ``limit`` passages of a generation with their vectors; return how many."""
    passages = schema.passages
    keys = list(
        connection.execute(
            sa.select(passages.c.key).where(passages.c.generation == generation).limit(limit)
        ).scalars()
    )
    connection.execute(schema.vectors.delete().where(schema.vectors.c.passage_key.in_(keys)))
    connection.execute(passages.delete().where(passages.c.key.in_(keys)))
    return len(keys)


def generations(connection: sa.Connection) -> list[int]:
    """Return the generations that have passages, ascending."""
    column = schema.passages.c.generation
    return list(connection.execute(sa.select(column).distinct().order_by(column)).scalars())


def _gone(connection: sa.Connection) -> tuple[list[tuple[str, str]], list[str]]:
    """Return (document id, version) of versions nobody sees, and deleted documents with a name."""
    documents, versions = schema.documents, schema.versions
    current = sa.exists().where(same_version(), documents.c.deleted_at.is_(None))
    gone = connection.execute(
        sa.select(versions.c.document_id, versions.c.version).where(~current)
    ).all()
    deleted = connection.execute(
        sa.select(documents.c.id).where(
            documents.c.deleted_at.is_not(None), documents.c.source_key != ""
        )
    ).scalars()
    return [(row.document_id, row.version) for row in gone], list(deleted)


def _forget_version(connection: sa.Connection, document_id: str, version: str, now: str) -> None:
    delete_passages(connection, document_id, version)
    for table in (schema.sentences, schema.turns, schema.versions, schema.purged):
        connection.execute(
            table.delete().where(table.c.document_id == document_id, table.c.version == version)
        )
    connection.execute(
        schema.purged.insert().values(document_id=document_id, version=version, purged_at=now)
    )
