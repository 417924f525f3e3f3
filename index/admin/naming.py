"""A person's names for labels → database and indexes, searchable at once, nothing encoded again."""

from __future__ import annotations

from collections.abc import Mapping

from index import store
from index.aliases import AliasMap, Suggestion, alias_map, fold, suggest
from index.errors import InvalidAlias
from index.files import exclusive
from index.records import Transcript
from index.search.indexes import LOCK_TIMEOUT_S, Indexes
from index.store.database import Database

# Labels that a message lists; a council has a hundred.
_SHOWN = 12


def aliases_of(database: Database, document_id: str) -> AliasMap:
    """Return the pairs of label and name that a document has, ordered by label.

    Raises:
        UnknownDocument: there is none under that id.
        DeletedDocument: it was deleted.
    """
    with database.read() as connection:
        return store.require_document(connection, document_id).aliases


def set_aliases(
    database: Database, indexes: Indexes, document_id: str, names: Mapping[str, str]
) -> AliasMap:
    """Give a document these names and no others; return them as they are stored.

    The words of the document are indexed again with its names, its vectors stay.

    Raises:
        UnknownDocument: there is none under that id.
        DeletedDocument: it was deleted.
        InvalidAlias: a label or name can't be used, or nobody in the document has that label.
    """
    wanted = alias_map(names)
    with exclusive(indexes.write_lock, LOCK_TIMEOUT_S):
        with database.write() as connection:
            info = store.require_document(connection, document_id)
            before = store.alias_rows(connection, document_id)
            known = [*info.speakers, *(row.label for row in before)]
            after = store.with_set(before, _spelled(wanted, known, document_id))
            if after != before:
                store.put_alias_rows(connection, document_id, after)
                store.note_change(connection, document_id, "document")
        indexes.apply_lexical()
    indexes.refresh()
    return aliases_of(database, document_id)


def suggestions(database: Database, document_id: str) -> tuple[Suggestion, ...]:
    """Return names said in a document for labels without one; raises like ``aliases_of``."""
    with database.read() as connection:
        info = store.require_document(connection, document_id)
        stored = store.load_version(connection, document_id, info.document_version)
        turns = store.load_turns(connection, document_id, info.document_version)
    transcript = Transcript(stored.metadata, stored.text, turns, info.source_format)
    return suggest(transcript, info.aliases)


def _spelled(wanted: AliasMap, known: list[str], document_id: str) -> AliasMap:
    """Return the names under the labels as the document spells them."""
    spelling = {fold(label): label for label in reversed(known)}
    for label, _ in wanted:
        if fold(label) not in spelling:
            shown = ", ".join(map(repr, list(dict.fromkeys(known))[:_SHOWN])) or "none"
            raise InvalidAlias(
                f"nobody in document {document_id!r} has the label {label!r}; its labels: {shown}"
            )
    return tuple((spelling[fold(label)], name) for label, name in wanted)
