"""Documents in and out of the database: plain functions on a connection, one purpose each."""

from __future__ import annotations

from sqlalchemy import Connection

from index.store.reading import (
    count_speakers,
    current_version,
    documents_with,
    has_vectors,
    list_documents,
    load_text,
    load_turns,
    load_version,
    require_document,
)
from index.store.rows import CurrentVersion, PassageRow, Prepared, StoredVersion
from index.store.searchable import (
    changed_since,
    encoders,
    last_change,
    load_vectors,
    passage_at,
    passage_vectors,
    passages_by_key,
    searchable_passages,
)
from index.store.writing import delete, make_current, put

__all__ = [
    "Connection",
    "CurrentVersion",
    "PassageRow",
    "Prepared",
    "StoredVersion",
    "changed_since",
    "count_speakers",
    "current_version",
    "delete",
    "documents_with",
    "encoders",
    "has_vectors",
    "last_change",
    "list_documents",
    "load_text",
    "load_turns",
    "load_vectors",
    "load_version",
    "make_current",
    "passage_at",
    "passage_vectors",
    "passages_by_key",
    "put",
    "require_document",
    "searchable_passages",
]
