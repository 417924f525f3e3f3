"""Documents in and out of the database: plain functions on a connection, one purpose each."""

from __future__ import annotations

from sqlalchemy import Connection

from index.store.jobs import copy_jobs
from index.store.purging import Purged, delete_generation, generations, purge
from index.store.reading import (
    count_speakers,
    current_version,
    documents_with,
    has_passages,
    list_documents,
    load_text,
    load_turns,
    load_version,
    require_document,
    stored_metadata,
    stored_versions,
)
from index.store.rows import CurrentVersion, PassageRow, Prepared, StoredVersion
from index.store.searchable import (
    any_searchable,
    documents_without_passages,
    load_vectors,
    passage_vectors,
    passages_by_key,
    pending_passages,
    searchable_passages,
    sentences_between,
)
from index.store.state import (
    State,
    changed_since,
    check_pages,
    get_meta,
    last_change,
    note_change,
    read_state,
    set_meta,
)
from index.store.writing import (
    delete,
    delete_passages,
    make_current,
    put_metadata,
    put_passages,
    put_vectors,
    put_version,
)

__all__ = [
    "Connection",
    "CurrentVersion",
    "PassageRow",
    "Prepared",
    "Purged",
    "State",
    "StoredVersion",
    "any_searchable",
    "changed_since",
    "check_pages",
    "copy_jobs",
    "count_speakers",
    "current_version",
    "delete",
    "delete_generation",
    "delete_passages",
    "documents_with",
    "documents_without_passages",
    "generations",
    "get_meta",
    "has_passages",
    "last_change",
    "list_documents",
    "load_text",
    "load_turns",
    "load_vectors",
    "load_version",
    "make_current",
    "note_change",
    "passage_vectors",
    "passages_by_key",
    "pending_passages",
    "purge",
    "put_metadata",
    "put_passages",
    "put_vectors",
    "put_version",
    "read_state",
    "require_document",
    "searchable_passages",
    "sentences_between",
    "set_meta",
    "stored_metadata",
    "stored_versions",
]
