"""Question → passages, by our search and by the plain ways to search the same passages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.records import HitRecord
from index import store
from index.encoders.base import Encoder
from index.library import Library
from index.records import Filters
from index.search.indexes import Indexes
from index.store.database import Database

# The customary constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009).
RRF_K = 60

# Passages that each leg gives to the fusion of ranks; our search looks as deep.
RRF_DEPTH = 50


class System(Protocol):
    """A way to search."""

    @property
    def name(self) -> str:
        """Names it in tables."""

    def search(
        self, question: str, document_ids: tuple[str, ...], limit: int
    ) -> tuple[HitRecord, ...]:
        """Return the best passages of these documents, best first; of all where none is named."""


class Ours:
    """The search that is shipped."""

    name = "transcript-qa"

    def __init__(self, library: Library) -> None:
        self._library = library

    def search(
        self, question: str, document_ids: tuple[str, ...], limit: int
    ) -> tuple[HitRecord, ...]:
        """Return the library's hits."""
        hits = self._library.search(question, Filters(document_ids=document_ids), limit)
        return tuple(
            HitRecord(
                *(hit.passage_id, hit.document_id, hit.document_version),
                *(hit.char_start, hit.char_end, hit.text),
            )
            for hit in hits
        )


class Floors:
    """The legs of a data directory without what our search does with them."""

    def __init__(self, database: Database, indexes: Indexes, encoder: Encoder) -> None:
        self._database = database
        self._indexes = indexes
        self._encoder = encoder
        self._texts: dict[tuple[str, str], str] = {}

    def words(self, question: str, filters: Filters, limit: int) -> list[int]:
        """Return the keys of the best passages by BM25."""
        found = self._indexes.refresh().lexical.search(question, limit, filters)
        return [key for key, _ in found]

    def meaning(self, question: str, filters: Filters, limit: int) -> list[int]:
        """Return the keys of the passages whose vectors are nearest."""
        legs = self._indexes.refresh()
        vector = self._encoder.encode_queries([question])[0]
        allowed = legs.catalog.allowed(filters)
        return [key for key, _ in legs.dense.search(vector, limit, allowed)]

    def ranks(self, question: str, filters: Filters, limit: int) -> list[int]:
        """Return the keys that reciprocal rank fusion of both with equal weights puts first."""
        both = [leg(question, filters, RRF_DEPTH) for leg in (self.words, self.meaning)]
        return fuse_ranks(both)[:limit]

    def hits(self, keys: Sequence[int]) -> tuple[HitRecord, ...]:
        """Return passages by key, in the order given."""
        with self._database.read() as connection:
            rows = store.passages_by_key(connection, keys)
            found = []
            for row in (rows[key] for key in keys if key in rows):
                place = (row.document_id, row.version)
                if place not in self._texts:
                    self._texts[place] = store.load_version(connection, *place).text
                start, end = row.passage.char_start, row.passage.char_end
                name = f"{row.document_id}.{row.passage.number}"
                found.append(HitRecord(name, *place, start, end, self._texts[place][start:end]))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Floor:
    """One of the plain ways to search."""

    name: str
    floors: Floors
    way: Callable[[str, Filters, int], list[int]]

    def search(
        self, question: str, document_ids: tuple[str, ...], limit: int
    ) -> tuple[HitRecord, ...]:
        """Return passages, best first."""
        return self.floors.hits(self.way(question, Filters(document_ids=document_ids), limit))


def plain_floors(floors: Floors) -> tuple[Floor, ...]:
    """Return each leg alone, and both by the usual fusion."""
    return (
        Floor("BM25 alone", floors, floors.words),
        Floor("dense alone", floors, floors.meaning),
        Floor("equal-weight RRF", floors, floors.ranks),
    )


def fuse_ranks(rankings: Sequence[Sequence[int]]) -> list[int]:
    """Return every key of the rankings, by the sum of 1 / (60 + rank); equal sums by key."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (RRF_K + rank)
    return sorted(scores, key=lambda key: (-scores[key], key))
