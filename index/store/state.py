"""Database → its state: which history, which generation of passages, up to which change.

An index is made for one *epoch*: lineage, generation and number of purges. Whatever can't be told
as a list of changes (a restore, a reindex, a purge) begins a new epoch, and with it new indexes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa

from index.errors import StorageError
from index.store import schema

ChangeKind = Literal["document", "vectors"]

# Characters of the lineage in an epoch's name: enough to tell histories apart, short as a folder.
_LINEAGE_CHARS = 12


@dataclass(frozen=True, slots=True)
class State:
    """What one transaction sees of the whole database.

    Args:
        lineage: random name of the database's history.
        generation: the passages that are searched.
        purges: how often text was taken off the disk.
        encoder: id of the encoder that makes the vectors; null before the first passage.
        passages: the settings that passages were made with; null before the first passage.
        seq: newest change of any kind, 0 when nothing ever changed.
        document_seq: newest change of a document's words.
    """

    lineage: str
    generation: int
    purges: int
    encoder: str | None
    passages: str | None
    seq: int
    document_seq: int

    @property
    def epoch(self) -> str:
        """Return the name of the epoch, fit for a folder."""
        return f"{self.lineage[:_LINEAGE_CHARS]}-{self.generation}-{self.purges}"

    def with_generation(self, generation: int, encoder: str, passages: str) -> State:
        """Return the state as it will be once that generation serves."""
        return replace(self, generation=generation, encoder=encoder, passages=passages)

    def with_purge(self) -> State:
        """Return the state as it will be after another purge."""
        return replace(self, purges=self.purges + 1)


_NEWEST = sa.func.max(schema.changes.c.seq)
# One statement, made once: every search begins with it.
_STATE = sa.union_all(
    sa.select(schema.meta.c.name, schema.meta.c.value, sa.null()),
    sa.select(sa.literal("seq"), sa.null(), _NEWEST).select_from(schema.changes),
    sa.select(sa.literal("document_seq"), sa.null(), _NEWEST)
    .select_from(schema.changes)
    .where(schema.changes.c.kind == "document"),
)


def read_state(connection: sa.Connection) -> State:
    """Return the state that this connection's transaction sees."""
    values: dict[str, str] = {}
    newest: dict[str, int] = {}
    for name, value, number in connection.execute(_STATE):
        if value is None:
            newest[name] = int(number or 0)
        else:
            values[name] = str(value)
    return State(
        lineage=values.get("lineage", ""),
        generation=int(values.get("generation", "0")),
        purges=int(values.get("purges", "0")),
        encoder=values.get("encoder"),
        passages=values.get("passages"),
        seq=newest["seq"],
        document_seq=newest["document_seq"],
    )


def get_meta(connection: sa.Connection, name: str) -> str | None:
    """Return a named value of the database; null when it was never set."""
    meta = schema.meta
    value = connection.execute(sa.select(meta.c.value).where(meta.c.name == name)).scalar()
    return None if value is None else str(value)


def set_meta(connection: sa.Connection, name: str, value: str | None) -> None:
    """Set a named value of the database, or forget it."""
    meta = schema.meta
    connection.execute(meta.delete().where(meta.c.name == name))
    if value is not None:
        connection.execute(meta.insert().values(name=name, value=value))


def last_change(connection: sa.Connection, kind: ChangeKind | None = None) -> int:
    """Return the number of the newest change, of a kind or of any; 0 when there was none."""
    query = sa.select(sa.func.max(schema.changes.c.seq))
    if kind is not None:
        query = query.where(schema.changes.c.kind == kind)
    return int(connection.execute(query).scalar() or 0)


def changed_since(connection: sa.Connection, seq: int, kind: ChangeKind | None = None) -> list[str]:
    """Return the ids of documents that changed after ``seq``, in order."""
    changes = schema.changes
    query = (
        sa.select(changes.c.document_id)
        .where(changes.c.seq > seq)
        .distinct()
        .order_by(changes.c.document_id)
    )
    if kind is not None:
        query = query.where(changes.c.kind == kind)
    return list(connection.execute(query).scalars())


def note_change(connection: sa.Connection, document_id: str, kind: ChangeKind) -> None:
    """Note that a document changed, so that every index takes it in."""
    connection.execute(schema.changes.insert().values(document_id=document_id, kind=kind))


def check_pages(connection: sa.Connection) -> None:
    """Refuse a damaged database.

    Raises:
        StorageError: it is damaged.
    """
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
        if found != "ok":
            raise StorageError(f"the database is damaged: {found}; take another backup")
