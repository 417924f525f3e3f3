"""Aliases in and out of the database: per document, what the source states and what a person sets.

A row keeps both, so that ingesting a source again brings its changes along without undoing a
person's: what was never edited follows the source, what was edited stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from index.aliases import AliasMap, fold
from index.store import schema

# Ids in one statement; SQLite takes 32,766 parameters.
_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class AliasRow:
    """A label of a document: the name in use, and the one that the source states.

    Null is none: a name that the source states and a person took away is (label, null, stated).
    """

    label: str
    name: str | None
    stated: str | None


def load_aliases(
    connection: sa.Connection, document_ids: Iterable[str] | None = None
) -> dict[str, AliasMap]:
    """Return the names in use by document, of all documents or of these, ordered by label."""
    aliases = schema.aliases
    query = (
        sa.select(aliases.c.document_id, aliases.c.label, aliases.c.name)
        .where(aliases.c.name.is_not(None))
        .order_by(aliases.c.document_id, aliases.c.key)
    )
    found: dict[str, AliasMap] = {}
    for part in _parts(document_ids):
        narrowed = query if part is None else query.where(aliases.c.document_id.in_(part))
        for row in connection.execute(narrowed):
            found[row.document_id] = (*found.get(row.document_id, ()), (row.label, row.name))
    return found


def alias_rows(connection: sa.Connection, document_id: str) -> tuple[AliasRow, ...]:
    """Return what is stored for a document, ordered by label."""
    aliases = schema.aliases
    found = connection.execute(
        sa.select(aliases.c.label, aliases.c.name, aliases.c.stated)
        .where(aliases.c.document_id == document_id)
        .order_by(aliases.c.key)
    )
    return tuple(AliasRow(*row) for row in found)


def put_alias_rows(connection: sa.Connection, document_id: str, rows: Sequence[AliasRow]) -> None:
    """Replace what is stored for a document; the caller notes the change."""
    aliases = schema.aliases
    connection.execute(aliases.delete().where(aliases.c.document_id == document_id))
    values = [
        {
            "document_id": document_id,
            "key": fold(row.label),
            "label": row.label,
            "name": row.name,
            "stated": row.stated,
        }
        for row in rows
    ]
    if values:
        connection.execute(aliases.insert(), values)


def with_stated(rows: Sequence[AliasRow], stated: AliasMap) -> tuple[AliasRow, ...]:
    """Return the rows after the source stated these names; a person's edits stay."""
    new = {fold(label): (label, name) for label, name in stated}
    old = {fold(row.label): row for row in rows}
    result = []
    for key in sorted(new.keys() | old.keys()):
        row = old.get(key)
        label, says = new.get(key) or (row.label if row else "", None)
        edited = row is not None and row.name != row.stated
        name = row.name if row is not None and edited else says
        if name is not None or says is not None:
            result.append(AliasRow(label, name, says))
    return tuple(result)


def with_set(rows: Sequence[AliasRow], wanted: AliasMap) -> tuple[AliasRow, ...]:
    """Return the rows after a person set these names and no others."""
    new = {fold(label): (label, name) for label, name in wanted}
    old = {fold(row.label): row for row in rows}
    result = []
    for key in sorted(new.keys() | old.keys()):
        row = old.get(key)
        stated = row.stated if row is not None else None
        label, name = new.get(key) or (row.label if row else "", None)
        if name is not None or stated is not None:
            result.append(AliasRow(label, name, stated))
    return tuple(result)


def _parts(document_ids: Iterable[str] | None) -> Iterable[list[str] | None]:
    if document_ids is None:
        return [None]
    ids = sorted(set(document_ids))
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]
