"""Searchable passages → columns in memory, so that filters become sets of keys without a query.

Both retrievers are given the same filters; this is the one place that says what a filter means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.aliases import AliasMap, all_forms, fold
from index.records import Filters, Metadata
from index.store import PassageRow

Keys = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Entry:
    """What filters look at: where a passage is from, when that was, and who speaks in it.

    ``speakers`` holds whatever a filter may call them (see ``index.aliases.forms``).
    """

    document_id: str
    date: str | None
    collection: str | None
    speakers: frozenset[str]

    @classmethod
    def of(cls, row: PassageRow) -> Entry:
        """Return the entry of a passage."""
        return cls(
            document_id=row.document_id,
            date=row.metadata.date,
            collection=row.metadata.collection,
            speakers=all_forms(row.passage.speakers, row.aliases),
        )


def admits(filters: Filters, entry: Entry) -> bool:
    """Return whether a passage may be searched; one without a date is outside every date range."""
    return (
        (not filters.document_ids or entry.document_id in filters.document_ids)
        and (not filters.speakers or any(fold(s) in entry.speakers for s in filters.speakers))
        and (filters.since is None or (entry.date is not None and entry.date >= filters.since))
        and (filters.until is None or (entry.date is not None and entry.date <= filters.until))
        and (filters.collection is None or entry.collection == filters.collection)
    )


@dataclass(frozen=True, slots=True)
class _Held:
    """A document's searchable passages."""

    entries: Mapping[int, Entry]
    keys: Keys
    speakers: Mapping[str, frozenset[str]]


class Catalog:
    """The searchable passages by document.

    Taking in a change makes a new mapping, so that a search in another thread goes on undisturbed.
    """

    def __init__(self) -> None:
        self._documents: Mapping[str, _Held] = {}
        self._rows: Mapping[int, PassageRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def replace(self, document_ids: Sequence[str], rows: Iterable[PassageRow]) -> None:
        """Forget these documents' passages and take those in ``rows`` instead."""
        taken: dict[str, list[PassageRow]] = {}
        for row in rows:
            taken.setdefault(row.document_id, []).append(row)
        documents = dict(self._documents)
        known = dict(self._rows)
        for document_id in {*document_ids, *taken}:
            if document_id in documents:
                for key in documents.pop(document_id).entries:
                    del known[key]
        for document_id, found in taken.items():
            shared = _sharing(found)
            documents[document_id] = _held(shared)
            known.update((row.key, row) for row in shared)
        self._documents = documents
        self._rows = known

    @property
    def rows(self) -> Mapping[int, PassageRow]:
        """Return the passages that are searched, by key."""
        return self._rows

    def speakers(self, document_id: str) -> Mapping[str, frozenset[str]]:
        """Return what a question may call each speaker of a document, by folded label."""
        held = self._documents.get(document_id)
        return {} if held is None else held.speakers

    def keys(self, document_id: str) -> list[int]:
        """Return the keys of a document's passages."""
        held = self._documents.get(document_id)
        return [] if held is None else list(held.entries)

    def documents(self, filters: Filters) -> list[PassageRow]:
        """Return a passage of every document that has one which matches the filters, by id."""
        documents, rows = self._documents, self._rows
        wanted = set(filters.document_ids or documents) & set(documents)
        found = [_allowed(documents[document_id], filters) for document_id in sorted(wanted)]
        return [rows[int(keys[0])] for keys in found if len(keys) and int(keys[0]) in rows]

    def all_keys(self) -> Keys:
        """Return every key, ascending."""
        return np.sort(np.fromiter(self._rows, np.int64, len(self._rows)))

    def allowed(self, filters: Filters) -> Keys | None:
        """Return the keys that match the filters, ascending; None when nothing is filtered."""
        if filters.empty:
            return None
        documents = self._documents
        wanted = list(documents.values())
        if filters.document_ids:
            wanted = [documents[d] for d in dict.fromkeys(filters.document_ids) if d in documents]
        parts = [_allowed(held, filters) for held in wanted]
        return np.sort(np.concatenate([np.empty(0, np.int64), *parts]))


def _allowed(held: _Held, filters: Filters) -> Keys:
    """Return which of a document's keys match the filters.

    Its passages have all but their speakers in common.
    """
    first = next(iter(held.entries.values()), None)
    if first is None or not admits(replace(filters, speakers=()), first):
        return np.empty(0, np.int64)
    if not filters.speakers:
        return held.keys
    keys = [key for key, entry in held.entries.items() if admits(filters, entry)]
    return np.asarray(keys, np.int64)


def _held(rows: Sequence[PassageRow]) -> _Held:
    known: dict[tuple[object, ...], Entry] = {}
    entries = {
        row.key: known.get(what) or known.setdefault(what, Entry.of(row))
        for row in rows
        for what in [(row.passage.speakers, row.metadata, row.aliases)]
    }
    speakers: dict[str, frozenset[str]] = {}
    for said, aliases in {(row.passage.speakers, row.aliases) for row in rows}:
        names = {fold(label): name for label, name in aliases}
        for label in map(fold, said):
            # An office may follow the name: "Steve Inskeep, host".
            speakers[label] = frozenset({label, names.get(label, label).split(",")[0]})
    return _Held(entries, np.asarray(list(entries), np.int64), speakers)


def _sharing(rows: Sequence[PassageRow]) -> list[PassageRow]:
    """Return the rows of a document with one object for each value that they have in common."""
    metadata: dict[Metadata, Metadata] = {}
    aliases: dict[AliasMap, AliasMap] = {}
    return [
        replace(
            row,
            metadata=metadata.setdefault(row.metadata, row.metadata),
            aliases=aliases.setdefault(row.aliases, row.aliases),
        )
        for row in rows
    ]
