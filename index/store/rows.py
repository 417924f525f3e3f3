"""What is stored and read back: the values, and the small queries that the others share."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from index.aliases import AliasMap
from index.errors import DeletedDocument, UnknownDocument
from index.records import Metadata, Passage, Sentence, Transcript
from index.store import schema


@dataclass(frozen=True, slots=True)
class Prepared:
    """A transcript with what is derived from its words; vectors follow once it is stored."""

    transcript: Transcript
    version: str
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class CurrentVersion:
    """What is current under a document id; ``deleted`` ones keep their last version."""

    version: str
    deleted: bool
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """An immutable version as it is read for hits and citations."""

    document_id: str
    version: str
    metadata: Metadata
    text: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A searchable passage: what indexes need to know of it; ``aliases`` name its speakers."""

    key: int
    document_id: str
    version: str
    metadata: Metadata
    passage: Passage
    aliases: AliasMap = ()


def require(connection: sa.Connection, document_id: str) -> str:
    """Return the current version of a document that exists; raises like ``load_version``."""
    documents = schema.documents
    row = connection.execute(
        sa.select(documents.c.version, documents.c.deleted_at).where(documents.c.id == document_id)
    ).first()
    if row is None:
        raise UnknownDocument(
            f"there is no document {document_id!r}; the list of documents shows what there is"
        )
    if row.deleted_at is not None:
        raise DeletedDocument(f"document {document_id!r} was deleted at {row.deleted_at}")
    return str(row.version)


def same_version() -> sa.ColumnElement[bool]:
    """Return the condition that joins a document to its current version."""
    documents, versions = schema.documents, schema.versions
    return sa.and_(
        versions.c.document_id == documents.c.id, versions.c.version == documents.c.version
    )


def metadata_of(row: sa.Row[tuple[object, ...]], collection: str | None) -> Metadata:
    """Return the metadata in a row of ``versions``."""
    return Metadata(
        title=row.title, date=row.date, url=row.url, language=row.language, collection=collection
    )
