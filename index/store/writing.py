"""Documents → database: store a version, make one current, delete."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
import sqlalchemy as sa

from index import schema
from index.records import Word
from index.store.rows import Prepared, require


def put(
    connection: sa.Connection, document_id: str, source_key: str, prepared: Prepared, now: str
) -> None:
    """Store a version with everything derived from it, and make it the current one."""
    version = prepared.transcript.version
    _delete_version(connection, document_id, version)
    _insert_version(connection, document_id, version, prepared, now)
    make_current(
        connection,
        document_id,
        version,
        source_key,
        prepared.transcript.metadata.collection,
        now,
    )


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
    _note_change(connection, document_id)


def delete(connection: sa.Connection, document_id: str, now: str) -> None:
    """Mark a document as deleted, and note the change.

    Raises:
        UnknownDocument: there is none under that id.
        DeletedDocument: it is deleted already.
    """
    require(connection, document_id)
    documents = schema.documents
    connection.execute(
        documents.update().where(documents.c.id == document_id).values(deleted_at=now)
    )
    _note_change(connection, document_id)


def _note_change(connection: sa.Connection, document_id: str) -> None:
    connection.execute(schema.changes.insert().values(document_id=document_id))


def _delete_version(connection: sa.Connection, document_id: str, version: str) -> None:
    passages = schema.passages
    keys = sa.select(passages.c.key).where(
        passages.c.document_id == document_id, passages.c.version == version
    )
    connection.execute(
        schema.vectors.delete().where(schema.vectors.c.passage_key.in_(keys.scalar_subquery()))
    )
    for table in (passages, schema.sentences, schema.turns, schema.versions):
        connection.execute(
            table.delete().where(table.c.document_id == document_id, table.c.version == version)
        )


def _insert_version(
    connection: sa.Connection, document_id: str, version: str, prepared: Prepared, now: str
) -> None:
    transcript = prepared.transcript
    metadata = transcript.metadata
    where = {"document_id": document_id, "version": version}
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
            created_at=now,
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
    for passage, vectors in zip(prepared.passages, prepared.vectors, strict=True):
        key = connection.execute(
            schema.passages.insert().values(
                **where,
                number=passage.number,
                first_sentence=passage.first_sentence,
                last_sentence=passage.last_sentence,
                char_start=passage.char_start,
                char_end=passage.char_end,
                speakers=json.dumps(passage.speakers, ensure_ascii=False),
            )
        ).inserted_primary_key
        assert key is not None
        connection.execute(
            schema.vectors.insert().values(
                passage_key=key[0],
                encoder=prepared.encoder,
                passage=vectors.passage.astype(np.float32).tobytes(),
                # Half precision costs less than 0.001 of a cosine and halves the database.
                sentences=vectors.sentences.astype(np.float16).tobytes(),
            )
        )


def _insert_all(
    connection: sa.Connection, table: sa.Table, rows: Iterable[Mapping[str, object]]
) -> None:
    values = [dict(row) for row in rows]
    if values:
        connection.execute(table.insert(), values)


def _pack_words(words: tuple[Word, ...]) -> bytes | None:
    if not words:
        return None
    rows = [[w.char_start, w.char_end, w.start_ms, w.end_ms] for w in words]
    return np.asarray(rows, "<i8").tobytes()
