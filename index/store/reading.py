"""Database → documents: versions, turns, lists, speakers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
import sqlalchemy as sa

from index.aliases import name_of
from index.errors import DeletedDocument, InputError, UnknownDocument
from index.records import DocumentInfo, Metadata, Sentence, SpeakerCount, Turn, Word
from index.store import schema
from index.store.aliases import load_aliases
from index.store.rows import CurrentVersion, StoredVersion, metadata_of, require, same_version


def current_version(connection: sa.Connection, document_id: str) -> CurrentVersion | None:
    """Return what is current under the id, deleted or not; None when it was never used."""
    documents, versions = schema.documents, schema.versions
    row = connection.execute(
        sa.select(documents, versions)
        .join_from(documents, versions, same_version())
        .where(documents.c.id == document_id)
    ).first()
    if row is None:
        return None
    return CurrentVersion(row.version, row.deleted_at is not None, metadata_of(row, row.collection))


def documents_with(connection: sa.Connection, version: str, collection: str | None) -> list[str]:
    """Return the ids of documents of the collection that have this content now, in order."""
    documents = schema.documents
    return list(
        connection.execute(
            sa.select(documents.c.id)
            .where(
                documents.c.version == version,
                documents.c.collection.is_not_distinct_from(collection),
                documents.c.deleted_at.is_(None),
            )
            .order_by(documents.c.id)
        ).scalars()
    )


def stored_metadata(connection: sa.Connection, document_id: str, version: str) -> Metadata | None:
    """Return the metadata of a stored version, without a collection; None when it isn't stored."""
    versions = schema.versions
    row = connection.execute(
        sa.select(versions.c.title, versions.c.date, versions.c.url, versions.c.language).where(
            versions.c.document_id == document_id, versions.c.version == version
        )
    ).first()
    return None if row is None else Metadata(row.title, row.date, row.url, row.language)


def stored_versions(connection: sa.Connection, document_id: str) -> list[str]:
    """Return the versions of a document that are stored, oldest first."""
    versions = schema.versions
    return list(
        connection.execute(
            sa.select(versions.c.version)
            .where(versions.c.document_id == document_id)
            .order_by(versions.c.created_at, versions.c.version)
        ).scalars()
    )


def has_passages(
    connection: sa.Connection, document_id: str, version: str, generation: int
) -> bool:
    """Return whether a version has passages of this generation."""
    passages = schema.passages
    found = connection.execute(
        sa.select(passages.c.key)
        .where(
            passages.c.document_id == document_id,
            passages.c.version == version,
            passages.c.generation == generation,
        )
        .limit(1)
    ).first()
    return found is not None


def load_version(connection: sa.Connection, document_id: str, version: str | None) -> StoredVersion:
    """Return a version, the current one by default.

    Raises:
        UnknownDocument: there is no such document, or no such version of it.
        DeletedDocument: it was deleted, or that version was purged.
    """
    current = require(connection, document_id)
    wanted = version or current
    versions, documents, sentences = schema.versions, schema.documents, schema.sentences
    row = connection.execute(
        sa.select(versions, documents.c.collection)
        .join_from(versions, documents, versions.c.document_id == documents.c.id)
        .where(versions.c.document_id == document_id, versions.c.version == wanted)
    ).first()
    if row is None:
        raise _missing(connection, document_id, wanted)
    found = connection.execute(
        sa.select(sentences)
        .where(sentences.c.document_id == document_id, sentences.c.version == wanted)
        .order_by(sentences.c.number)
    )
    return StoredVersion(
        document_id=document_id,
        version=wanted,
        metadata=metadata_of(row, row.collection),
        text=row.text.decode("utf-8"),
        sentences=tuple(Sentence(*sentence[2:]) for sentence in found),
    )


def load_text(connection: sa.Connection, document_id: str, version: str) -> str:
    """Return the canonical text of a version that is known to exist."""
    versions = schema.versions
    found = connection.execute(
        sa.select(versions.c.text).where(
            versions.c.document_id == document_id, versions.c.version == version
        )
    ).scalar_one()
    return bytes(found).decode("utf-8")


def load_turns(
    connection: sa.Connection, document_id: str, version: str | None
) -> tuple[Turn, ...]:
    """Return the turns of a version, the current one by default; raises like ``load_version``."""
    wanted = load_version(connection, document_id, version).version
    turns = schema.turns
    found = connection.execute(
        sa.select(turns)
        .where(turns.c.document_id == document_id, turns.c.version == wanted)
        .order_by(turns.c.number)
    )
    return tuple(
        Turn(
            row.number,
            row.speaker,
            row.char_start,
            row.char_end,
            row.start_ms,
            row.end_ms,
            _unpack_words(row.words),
        )
        for row in found
    )


def list_documents(
    connection: sa.Connection, after: str | None, limit: int, document_id: str | None = None
) -> tuple[DocumentInfo, ...]:
    """Return documents ordered by id, those after ``after`` only, or the one with that id."""
    documents, versions, turns = schema.documents, schema.versions, schema.turns
    query = (
        sa.select(documents, versions)
        .join_from(documents, versions, same_version())
        .where(documents.c.deleted_at.is_(None))
        .order_by(documents.c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(documents.c.id > after)
    if document_id is not None:
        query = query.where(documents.c.id == document_id)
    infos = []
    rows = connection.execute(query).all()
    aliases = load_aliases(connection, (row.id for row in rows))
    for row in rows:
        labels = connection.execute(
            sa.select(turns.c.speaker, sa.func.count(), sa.func.min(turns.c.number))
            .where(turns.c.document_id == row.id, turns.c.version == row.version)
            .group_by(turns.c.speaker)
            .order_by(sa.func.min(turns.c.number))
        ).all()
        infos.append(
            DocumentInfo(
                document_id=row.id,
                document_version=row.version,
                metadata=metadata_of(row, row.collection),
                source_key=row.source_key,
                source_format=row.source_format,
                characters=row.characters,
                turns=sum(count for _, count, _ in labels),
                speakers=tuple(speaker for speaker, _, _ in labels if speaker is not None),
                ingested_at=row.ingested_at,
                aliases=aliases.get(row.id, ()),
            )
        )
    return tuple(infos)


def require_document(connection: sa.Connection, document_id: str) -> DocumentInfo:
    """Return one document; raises like ``load_version``."""
    require(connection, document_id)
    return list_documents(connection, None, 1, document_id)[0]


def count_speakers(connection: sa.Connection) -> tuple[SpeakerCount, ...]:
    """Return every label of the current versions, most turns first."""
    documents, turns = schema.documents, schema.turns
    count = sa.func.count().label("turns")
    query = (
        sa.select(
            turns.c.speaker, count, sa.func.count(turns.c.document_id.distinct()).label("documents")
        )
        .join_from(turns, documents, turns.c.document_id == documents.c.id)
        .where(
            turns.c.version == documents.c.version,
            documents.c.deleted_at.is_(None),
            turns.c.speaker.is_not(None),
        )
        .group_by(turns.c.speaker)
        .order_by(count.desc(), turns.c.speaker)
    )
    names = _names(connection)
    return tuple(
        SpeakerCount(
            row.speaker, row.turns, row.documents, tuple(sorted(names.get(row.speaker, ())))
        )
        for row in connection.execute(query)
    )


def _names(connection: sa.Connection) -> Mapping[str, set[str]]:
    """Return the aliases of every label of the current versions."""
    documents, turns = schema.documents, schema.turns
    names: defaultdict[str, set[str]] = defaultdict(set)
    aliases = load_aliases(connection)
    if not aliases:
        return names
    query = (
        sa.select(turns.c.document_id, turns.c.speaker)
        .distinct()
        .join_from(turns, documents, turns.c.document_id == documents.c.id)
        .where(
            turns.c.version == documents.c.version,
            turns.c.speaker.is_not(None),
            turns.c.document_id.in_(sa.select(schema.aliases.c.document_id)),
        )
    )
    for row in connection.execute(query):
        name = name_of(row.speaker, aliases.get(row.document_id, ()))
        if name is not None:
            names[row.speaker].add(name)
    return names


def _missing(connection: sa.Connection, document_id: str, version: str) -> InputError:
    purged = schema.purged
    purged_at = connection.execute(
        sa.select(purged.c.purged_at).where(
            purged.c.document_id == document_id, purged.c.version == version
        )
    ).scalar()
    if purged_at is not None:
        return DeletedDocument(
            f"version {version!r} of document {document_id!r} was purged at {purged_at}; "
            f"leave the version out to get the current one"
        )
    return UnknownDocument(
        f"document {document_id!r} has no version {version!r}; "
        f"leave the version out to get the current one"
    )


def _unpack_words(packed: bytes | None) -> tuple[Word, ...]:
    if packed is None:
        return ()
    return tuple(Word(*map(int, row)) for row in np.frombuffer(packed, "<i8").reshape(-1, 4))
