"""Searchable passages → columns in memory, so that filters become sets of keys without a query.

Both legs are given the same filters; this is the one place that says what a filter means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.aliases import all_forms, fold
from index.records import Filters
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
    """Tell whether a passage may be searched; one without a date is outside every date range."""
    return (
        (not filters.document_ids or entry.document_id in filters.document_ids)
        and (not filters.speakers or any(fold(s) in entry.speakers for s in filters.speakers))
        and (filters.since is None or (entry.date is not None and entry.date >= filters.since))
        and (filters.until is None or (entry.date is not None and entry.date <= filters.until))
        and (filters.collection is None or entry.collection == filters.collection)
    )


class Catalog:
    """The searchable passages by document.

    Taking in a change makes a new mapping, so that a search in another thread goes on undisturbed.
    """

    def __init__(self) -> None:
        self._documents: Mapping[str, Mapping[int, Entry]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._documents.values()))

    def replace(self, document_ids: Sequence[str], rows: Iterable[PassageRow]) -> None:
        """Forget these documents' passages and take those in ``rows`` instead."""
        taken: dict[str, dict[int, Entry]] = {}
        for row in rows:
            taken.setdefault(row.document_id, {})[row.key] = Entry.of(row)
        documents = dict(self._documents)
        for document_id in document_ids:
            documents.pop(document_id, None)
        documents.update(taken)
        self._documents = documents

    def keys(self, document_id: str) -> list[int]:
        """Return the keys of a document's passages."""
        return list(self._documents.get(document_id, {}))

    def all_keys(self) -> Keys:
        """Return every key, ascending."""
        documents = self._documents
        keys = [key for entries in documents.values() for key in entries]
        return np.sort(np.asarray(keys, np.int64))

    def allowed(self, filters: Filters) -> Keys | None:
        """Return the keys that the filters leave, ascending; None when nothing is filtered."""
        if filters.empty:
            return None
        documents = self._documents
        if filters.document_ids:
            wanted = [d for d in filters.document_ids if d in documents]
        else:
            wanted = list(documents)
        keys = [
            key
            for document_id in wanted
            for key, entry in documents[document_id].items()
            if admits(filters, entry)
        ]
        return np.sort(np.asarray(keys, np.int64))
