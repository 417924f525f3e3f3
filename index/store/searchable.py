"""Database → what indexes hold: changes, passages of current versions, vectors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np
import sqlalchemy as sa

from index import schema
from index.encoder import PassageVectors, Vectors
from index.records import Passage
from index.store.rows import PassageRow, metadata_of, same_version

# SQLite takes 32,766 parameters in one statement; PostgreSQL takes 65,535.
MAX_PARAMETERS = 10_000

T = TypeVar("T")


def last_change(connection: sa.Connection) -> int:
    """Return the number of the newest change; 0 when nothing ever changed."""
    return int(connection.execute(sa.select(sa.func.max(schema.changes.c.seq))).scalar() or 0)


def changed_since(connection: sa.Connection, seq: int) -> list[str]:
    """Return the ids of documents that changed after ``seq``, in order."""
    changes = schema.changes
    return list(
        connection.execute(
            sa.select(changes.c.document_id)
            .where(changes.c.seq > seq)
            .distinct()
            .order_by(changes.c.document_id)
        ).scalars()
    )


def searchable_passages(
    connection: sa.Connection, document_ids: Sequence[str] | None = None
) -> list[PassageRow]:
    """Return the passages of current versions, of all documents or of those given, by key."""
    query = _current_passages().order_by(schema.passages.c.key)
    if document_ids is None:
        return [_passage_row(row) for row in connection.execute(query)]
    rows: list[PassageRow] = []
    for ids in _chunks(document_ids):
        found = connection.execute(query.where(schema.passages.c.document_id.in_(ids)))
        rows += [_passage_row(row) for row in found]
    return sorted(rows, key=lambda row: row.key)


def passages_by_key(connection: sa.Connection, keys: Sequence[int]) -> dict[int, PassageRow]:
    """Return those of the passages that are searchable now."""
    if not keys:
        return {}
    query = _current_passages().where(schema.passages.c.key.in_(list(keys)))
    return {row.key: _passage_row(row) for row in connection.execute(query)}


def passage_at(
    connection: sa.Connection, document_id: str, version: str, char_start: int
) -> PassageRow | None:
    """Return the passage of any version in which a place lies; None where there is none."""
    documents, versions, passages = schema.documents, schema.versions, schema.passages
    row = connection.execute(
        sa.select(
            passages,
            documents.c.collection,
            versions.c.title,
            versions.c.date,
            versions.c.url,
            versions.c.language,
        )
        .join_from(passages, documents, passages.c.document_id == documents.c.id)
        .join(
            versions,
            sa.and_(
                versions.c.document_id == passages.c.document_id,
                versions.c.version == passages.c.version,
            ),
        )
        .where(
            passages.c.document_id == document_id,
            passages.c.version == version,
            passages.c.char_start <= char_start,
            passages.c.char_end > char_start,
        )
        .order_by(passages.c.number)
        .limit(1)
    ).first()
    return None if row is None else _passage_row(row)


def passage_vectors(
    connection: sa.Connection, keys: Sequence[int], encoder: str, dimension: int
) -> Vectors:
    """Return the vectors of these passages, shape (len(keys), dimension), in the order given.

    Raises:
        KeyError: a passage has no vector of this encoder.
    """
    found: dict[int, bytes] = {}
    vectors = schema.vectors
    for chunk in _chunks(keys):
        query = sa.select(vectors.c.passage_key, vectors.c.passage).where(
            vectors.c.encoder == encoder, vectors.c.passage_key.in_(chunk)
        )
        found.update((row.passage_key, row.passage) for row in connection.execute(query))
    matrix = np.empty((len(keys), dimension), np.float32)
    for i, key in enumerate(keys):
        matrix[i] = np.frombuffer(found[key], np.float32)
    return matrix


def load_vectors(
    connection: sa.Connection, keys: Sequence[int], encoder: str, dimension: int
) -> dict[int, PassageVectors]:
    """Return the vectors of each of these passages, and of its sentences, where there are any."""
    vectors = schema.vectors
    found: dict[int, PassageVectors] = {}
    for chunk in _chunks(keys):
        query = sa.select(vectors).where(
            vectors.c.encoder == encoder, vectors.c.passage_key.in_(chunk)
        )
        for row in connection.execute(query):
            sentences = np.frombuffer(row.sentences, np.float16).astype(np.float32)
            found[row.passage_key] = PassageVectors(
                passage=np.frombuffer(row.passage, np.float32),
                sentences=sentences.reshape(-1, dimension),
            )
    return found


def encoders(connection: sa.Connection) -> list[str]:
    """Return the ids of the encoders that made the vectors of searchable passages."""
    documents, passages, vectors = schema.documents, schema.passages, schema.vectors
    query = (
        sa.select(vectors.c.encoder)
        .join_from(vectors, passages, vectors.c.passage_key == passages.c.key)
        .join(documents, passages.c.document_id == documents.c.id)
        .where(passages.c.version == documents.c.version, documents.c.deleted_at.is_(None))
        .distinct()
        .order_by(vectors.c.encoder)
    )
    return list(connection.execute(query).scalars())


def _current_passages() -> sa.Select[tuple[object, ...]]:
    documents, versions, passages = schema.documents, schema.versions, schema.passages
    return (
        sa.select(
            passages,
            documents.c.collection,
            versions.c.title,
            versions.c.date,
            versions.c.url,
            versions.c.language,
        )
        .join_from(passages, documents, passages.c.document_id == documents.c.id)
        .join(versions, same_version())
        .where(passages.c.version == documents.c.version, documents.c.deleted_at.is_(None))
    )


def _passage_row(row: sa.Row[tuple[object, ...]]) -> PassageRow:
    return PassageRow(
        key=row.key,
        document_id=row.document_id,
        version=row.version,
        metadata=metadata_of(row, row.collection),
        passage=Passage(
            number=row.number,
            first_sentence=row.first_sentence,
            last_sentence=row.last_sentence,
            char_start=row.char_start,
            char_end=row.char_end,
            speakers=tuple(json.loads(row.speakers)),
        ),
    )


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), MAX_PARAMETERS):
        yield list(items[start : start + MAX_PARAMETERS])
