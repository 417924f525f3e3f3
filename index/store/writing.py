"""Documents → database: store a version and its passages, make one current, delete."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

import numpy as np
import sqlalchemy as sa

from index.encoders.base import PassageVectors
from index.records import Metadata, Passage, Word
from index.store import schema
from index.store.aliases import put_alias_rows
from index.store.rows import Prepared, require
from index.store.state import note_change

# Rows of one statement, so that a long transcript isn't in memory a second time as dictionaries.
INSERT_ROWS = 1000


def put_version(
    connection: sa.Connection, document_id: str, prepared: Prepared, created_at: str
) -> None:
    """Store a version's text, turns and sentences; it must not be stored yet."""
    transcript = prepared.transcript
    metadata = transcript.metadata
    where = {"document_id": document_id, "version": prepared.version}
    connection.execute(
        schema.versions.insert().values(
            **where,
            title=metadata.title,
            date=metadata.date,
            url=metadata.url,
            language=metadata.language,
            source_format=transcript.source_format,
            characters=len(transcript.text),
            text=transcript.text.encode("utf-8"),
            created_at=created_at,
        )
    )
    _insert_all(
        connection,
        schema.turns,
        (
            where
            | {
                "number": turn.number,
                "speaker": turn.speaker,
                "char_start": turn.char_start,
                "char_end": turn.char_end,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
                "words": _pack_words(turn.words),
            }
            for turn in transcript.turns
        ),
    )
    _insert_all(
        connection,
        schema.sentences,
        (
            where
            | {
                "number": sentence.number,
                "turn": sentence.turn,
                "speaker": sentence.speaker,
                "char_start": sentence.char_start,
                "char_end": sentence.char_end,
                "start_ms": sentence.start_ms,
                "end_ms": sentence.end_ms,
            }
            for sentence in prepared.sentences
        ),
    )
    purged = schema.purged
    connection.execute(
        purged.delete().where(
            purged.c.document_id == document_id, purged.c.version == prepared.version
        )
    )


def put_metadata(
    connection: sa.Connection, document_id: str, version: str, metadata: Metadata
) -> None:
    """Change what is known about a stored version; its text and turns stay what they are."""
    versions = schema.versions
    connection.execute(
        versions.update()
        .where(versions.c.document_id == document_id, versions.c.version == version)
        .values(
            title=metadata.title,
            date=metadata.date,
            url=metadata.url,
            language=metadata.language,
        )
    )


def put_passages(
    connection: sa.Connection,
    document_id: str,
    version: str,
    generation: int,
    passages: Sequence[Passage],
) -> None:
    """Store a version's passages of one generation; their vectors are pending."""
    _insert_all(
        connection,
        schema.passages,
        (
            {
                "document_id": document_id,
                "version": version,
                "generation": generation,
                "number": passage.number,
                "first_sentence": passage.first_sentence,
                "last_sentence": passage.last_sentence,
                "char_start": passage.char_start,
                "char_end": passage.char_end,
                "speakers": json.dumps(passage.speakers, ensure_ascii=False),
            }
            for passage in passages
        ),
    )


def put_vectors(
    connection: sa.Connection, encoder: str, vectors: Mapping[int, PassageVectors]
) -> None:
    """Store the vectors of passages, by key, and note the change of their documents.

    Passages that are gone meanwhile are left out, as are those that have vectors.
    """
    passages, stored = schema.passages, schema.vectors
    found = connection.execute(
        sa.select(passages.c.key, passages.c.document_id).where(
            passages.c.key.in_(list(vectors)),
            ~sa.exists().where(stored.c.passage_key == passages.c.key, stored.c.encoder == encoder),
        )
    ).all()
    _insert_all(
        connection,
        stored,
        (
            {
                "passage_key": row.key,
                "encoder": encoder,
                "passage": vectors[row.key].passage.astype(np.float32).tobytes(),
                # Half precision costs less than 0.001 of a cosine and halves the database.
                "sentences": vectors[row.key].sentences.astype(np.float16).tobytes(),
            }
            for row in found
        ),
    )
    for document_id in sorted({row.document_id for row in found}):
        note_change(connection, document_id, "vectors")


def delete_passages(
    connection: sa.Connection, document_id: str, version: str, generation: int | None = None
) -> None:
    """Delete a version's passages with their vectors, of one generation or of all."""
    passages = schema.passages
    where = [passages.c.document_id == document_id, passages.c.version == version]
    if generation is not None:
        where.append(passages.c.generation == generation)
    keys = sa.select(passages.c.key).where(*where)
    connection.execute(
        schema.vectors.delete().where(schema.vectors.c.passage_key.in_(keys.scalar_subquery()))
    )
    connection.execute(passages.delete().where(*where))


def make_current(
    connection: sa.Connection,
    document_id: str,
    version: str,
    source_key: str,
    collection: str | None,
    now: str,
) -> None:
    """Make a stored version the current one of its document, and note the change."""
    values = {
        "source_key": source_key,
        "version": version,
        "collection": collection,
        "ingested_at": now,
        "deleted_at": None,
    }
    documents = schema.documents
    updated = connection.execute(
        documents.update().where(documents.c.id == document_id).values(**values)
    )
    if not updated.rowcount:
        connection.execute(documents.insert().values(id=document_id, **values))
    note_change(connection, document_id, "document")


def delete(connection: sa.Connection, document_id: str, now: str) -> None:
    """Mark a document as deleted, forget its aliases, and note the change.

    Raises:
        UnknownDocument: there is none under that id.
        DeletedDocument: it is deleted already.
    """
    require(connection, document_id)
    documents = schema.documents
    connection.execute(
        documents.update().where(documents.c.id == document_id).values(deleted_at=now)
    )
    put_alias_rows(connection, document_id, ())
    note_change(connection, document_id, "document")


def _insert_all(
    connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, object]]
) -> None:
    waiting = iter(rows)
    while values := [dict(row) for row in islice(waiting, INSERT_ROWS)]:
        connection.execute(table.insert(), values)


def _pack_words(words: tuple[Word, ...]) -> bytes | None:
    if not words:
        return None
    rows = [[w.char_start, w.char_end, w.start_ms, w.end_ms] for w in words]
    return np.asarray(rows, "<i8").tobytes()
