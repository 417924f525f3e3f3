"""Database → what indexes hold: passages of current versions, and vectors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import TypeVar

import numpy as np
import sqlalchemy as sa

from index.aliases import AliasMap, of_speakers
from index.encoders.base import PassageVectors, Vectors
from index.records import Passage, Sentence
from index.store import schema
from index.store.aliases import load_aliases
from index.store.rows import PassageRow, metadata_of, same_version

# SQLite takes 32,766 parameters in one statement; PostgreSQL takes 65,535.
MAX_PARAMETERS = 10_000

T = TypeVar("T")

# Made once: making a statement takes longer than running it.
_ITS_SENTENCES = sa.and_(
    schema.sentences.c.document_id == schema.passages.c.document_id,
    schema.sentences.c.version == schema.passages.c.version,
    schema.sentences.c.number >= schema.passages.c.first_sentence,
    schema.sentences.c.number <= schema.passages.c.last_sentence,
)
_THESE = schema.passages.c.key.in_(sa.bindparam("keys", expanding=True))
_SENTENCES = (
    sa.select(schema.passages.c.key, *list(schema.sentences.c)[2:])
    .join_from(schema.passages, schema.sentences, _ITS_SENTENCES)
    .where(_THESE)
    .order_by(schema.passages.c.key, schema.sentences.c.number)
)
_SPOKEN = (
    sa.select(
        schema.passages.c.key,
        schema.sentences.c.speaker,
        sa.func.sum(schema.sentences.c.char_end - schema.sentences.c.char_start),
    )
    .join_from(schema.passages, schema.sentences, _ITS_SENTENCES)
    .where(_THESE)
    .group_by(schema.passages.c.key, schema.sentences.c.speaker)
    .order_by(schema.passages.c.key)
)
_VECTORS = sa.select(schema.vectors).where(
    schema.vectors.c.encoder == sa.bindparam("encoder"),
    schema.vectors.c.passage_key.in_(sa.bindparam("keys", expanding=True)),
)


def searchable_passages(
    connection: sa.Connection, generation: int, document_ids: Sequence[str] | None = None
) -> list[PassageRow]:
    """Return a generation's passages of current versions, by key; of all documents or of these."""
    passages = schema.passages
    query = _current_passages().where(passages.c.generation == generation).order_by(passages.c.key)
    aliases = load_aliases(connection, document_ids)
    if document_ids is None:
        return [_passage_row(row, aliases) for row in connection.execute(query)]
    rows: list[PassageRow] = []
    for ids in _chunks(document_ids):
        found = connection.execute(query.where(passages.c.document_id.in_(ids)))
        rows += [_passage_row(row, aliases) for row in found]
    return sorted(rows, key=lambda row: row.key)


def any_searchable(connection: sa.Connection, generation: int) -> bool:
    """Return whether a generation has a passage that is searched."""
    query = _current_passages().where(schema.passages.c.generation == generation).limit(1)
    return connection.execute(query).first() is not None


def passages_by_key(connection: sa.Connection, keys: Sequence[int]) -> dict[int, PassageRow]:
    """Return those of the passages whose documents are searchable now with that version."""
    found: dict[int, PassageRow] = {}
    for chunk in _chunks(keys):
        query = _current_passages().where(schema.passages.c.key.in_(chunk))
        rows = connection.execute(query).all()
        aliases = load_aliases(connection, (row.document_id for row in rows))
        found.update((row.key, _passage_row(row, aliases)) for row in rows)
    return found


def documents_without_passages(
    connection: sa.Connection, generation: int, limit: int
) -> list[tuple[str, str]]:
    """Return (document id, version) of current versions that lack passages of a generation."""
    documents, passages = schema.documents, schema.passages
    query = (
        sa.select(documents.c.id, documents.c.version)
        .where(
            documents.c.deleted_at.is_(None),
            ~sa.exists().where(
                passages.c.document_id == documents.c.id,
                passages.c.version == documents.c.version,
                passages.c.generation == generation,
            ),
        )
        .order_by(documents.c.id)
        .limit(limit)
    )
    return [(row.id, row.version) for row in connection.execute(query)]


def pending_passages(
    connection: sa.Connection, generation: int, encoder: str, limit: int | None = None
) -> list[int]:
    """Return the keys of a generation's searchable passages that lack vectors, ascending."""
    documents, passages, vectors = schema.documents, schema.passages, schema.vectors
    query = (
        sa.select(passages.c.key)
        .join_from(passages, documents, passages.c.document_id == documents.c.id)
        .where(
            passages.c.generation == generation,
            passages.c.version == documents.c.version,
            documents.c.deleted_at.is_(None),
            ~sa.exists().where(
                vectors.c.passage_key == passages.c.key, vectors.c.encoder == encoder
            ),
        )
        .order_by(passages.c.key)
        .limit(limit)
    )
    return list(connection.execute(query).scalars())


def sentences_between(
    connection: sa.Connection, document_id: str, version: str, first: int, last: int
) -> tuple[Sentence, ...]:
    """Return the sentences ``first`` to ``last`` of a version, both included."""
    sentences = schema.sentences
    found = connection.execute(
        sa.select(sentences)
        .where(
            sentences.c.document_id == document_id,
            sentences.c.version == version,
            sentences.c.number.between(first, last),
        )
        .order_by(sentences.c.number)
    )
    return tuple(Sentence(*row[2:]) for row in found)


def passage_sentences(
    connection: sa.Connection, keys: Sequence[int]
) -> dict[int, tuple[Sentence, ...]]:
    """Return the sentences of each of these passages, by key."""
    found: dict[int, list[Sentence]] = {}
    for chunk in _chunks(keys):
        for key, *sentence in connection.execute(_SENTENCES, {"keys": chunk}):
            found.setdefault(key, []).append(Sentence(*sentence))
    return {key: tuple(sentences) for key, sentences in found.items()}


def spoken(
    connection: sa.Connection, keys: Sequence[int]
) -> Iterator[tuple[int, list[tuple[str | None, int]]]]:
    """Yield each of these passages with its speakers and how many characters each of them says."""
    for chunk in _chunks(keys):
        rows = connection.execute(_SPOKEN, {"keys": chunk})
        for key, said in groupby(rows, key=itemgetter(0)):
            yield key, [(speaker, length) for _, speaker, length in said]


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
    return None if row is None else _passage_row(row, load_aliases(connection, [document_id]))


def passage_vectors(
    connection: sa.Connection, keys: Sequence[int], encoder: str, dimension: int
) -> tuple[list[int], Vectors]:
    """Return those keys that have vectors, in the order given, and the vectors, (keys, dimension).

    The others are pending.
    """
    found: dict[int, bytes] = {}
    vectors = schema.vectors
    for chunk in _chunks(keys):
        query = sa.select(vectors.c.passage_key, vectors.c.passage).where(
            vectors.c.encoder == encoder, vectors.c.passage_key.in_(chunk)
        )
        found.update((row.passage_key, row.passage) for row in connection.execute(query))
    held = [key for key in keys if key in found]
    matrix = np.empty((len(held), dimension), np.float32)
    for i, key in enumerate(held):
        matrix[i] = np.frombuffer(found[key], np.float32)
    return held, matrix


def load_vectors(
    connection: sa.Connection, keys: Sequence[int], encoder: str, dimension: int
) -> dict[int, PassageVectors]:
    """Return the vectors of each of these passages, and of its sentences, where there are any."""
    return {
        key: PassageVectors(
            passage=np.frombuffer(passage, np.float32),
            sentences=from_halves(sentences).reshape(-1, dimension),
        )
        for key, (passage, sentences) in stored_vectors(connection, keys, encoder).items()
    }


def stored_vectors(
    connection: sa.Connection, keys: Sequence[int], encoder: str
) -> dict[int, tuple[bytes, bytes]]:
    """Return each passage's vector, and those of its sentences in half precision, as stored."""
    found: dict[int, tuple[bytes, bytes]] = {}
    for chunk in _chunks(keys):
        for row in connection.execute(_VECTORS, {"encoder": encoder, "keys": chunk}):
            found[row.passage_key] = (row.passage, row.sentences)
    return found


def from_halves(data: bytes) -> Vectors:
    """Return half precision numbers in full, as ``astype`` does in four times the time.

    Their bits are moved to where they stand in the wider form; that puts the exponent 112 too low.
    There must be no infinity among them.
    """
    bits = np.frombuffer(data, np.int16).astype(np.int32)
    bits <<= 13
    bits &= np.int32(~0x70000000)
    wide: Vectors = bits.view(np.float32)
    wide *= np.float32(2.0**112)
    return wide


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


def _passage_row(row: sa.Row[tuple[object, ...]], aliases: Mapping[str, AliasMap]) -> PassageRow:
    speakers = tuple(json.loads(row.speakers))
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
            speakers=speakers,
        ),
        aliases=of_speakers(speakers, aliases.get(row.document_id, ())),
    )


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), MAX_PARAMETERS):
        yield list(items[start : start + MAX_PARAMETERS])
