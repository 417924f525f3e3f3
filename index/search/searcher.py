"""Query + Filters → Hits: both retrievers, fused, and read back from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from index import store
from index.encoders.base import Encoder, Vectors
from index.errors import UnknownDocument
from index.records import Filters, Hit, Scores
from index.search.catalog import Keys
from index.search.indexes import Indexes
from index.search.ranking import Found, ranked
from index.search.read_back import CACHED_RESULTS, EpochOver, Kept, Moment, ReadBack, Reading
from index.search.retrievers import Retrievers
from index.store import PassageRow
from index.store.database import Database

# How many passages each retriever finds. All that either found are then scored by both; 30 lost
# half a point of hit@5 on recognised speech, 100 gained nothing (docs/reports, passage scoring).
RETRIEVER_DEPTH = 50

CACHED_QUERIES = 1024

# Which passages match a filter; each takes eight bytes for every passage.
CACHED_FILTERS = 64

# How often a search is repeated because another epoch began meanwhile; twice is luck already.
EPOCH_CHANGES = 3


@dataclass(frozen=True, slots=True)
class Whole:
    """All that is said in a document: its passages in order, and a vector of each sentence.

    ``vectors`` has the shape (sentences, dimension); a row of zeros is pending.
    """

    hits: tuple[Hit, ...]
    vectors: Vectors


class Searcher:
    """Searches one data directory."""

    def __init__(self, database: Database, indexes: Indexes, encoder: Encoder) -> None:
        self._database = database
        self._indexes = indexes
        self._encoder = encoder
        self._read = ReadBack(encoder)
        self._vector = lru_cache(CACHED_QUERIES)(self._encode)

    def query_vector(self, query: str) -> Vectors:
        """Return the unit vector of a query, shape (dimension,)."""
        return self._vector(query)

    def search(self, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        """Return the best passages, best first; equal scores by document and place."""
        for _ in range(EPOCH_CHANGES):
            retrievers = self._indexes.refresh()
            kept = self._read.at(Moment(retrievers.epoch, retrievers.seq, retrievers.lexical_seq))
            known = kept.results.get((query, filters, limit))
            if known is not None:
                return known
            try:
                with Reading(self._database, retrievers.epoch) as reading:
                    hits = self._search(retrievers, kept, reading, query, filters, limit)
            except EpochOver:
                # What was found may be gone: the passages were rebuilt in the meantime.
                continue
            if len(kept.results) >= CACHED_RESULTS:
                kept.results.clear()
            kept.results[query, filters, limit] = hits
            return hits
        return ()

    def _search(
        self,
        retrievers: Retrievers,
        kept: Kept,
        reading: Reading,
        query: str,
        filters: Filters,
        limit: int,
    ) -> tuple[Hit, ...]:
        allowed = self._allowed(retrievers, kept, filters)
        vector = self.query_vector(query)
        near = retrievers.dense.search(vector, RETRIEVER_DEPTH, allowed)
        lexical = dict(retrievers.lexical.search(query, RETRIEVER_DEPTH, filters))
        known = retrievers.catalog.rows
        found = sorted({key for key, _ in near} | set(lexical))
        rows = {key: known[key] for key in found if key in known}
        scores = ranked(
            query,
            vector,
            Found(rows, self._read.vectors(reading, list(rows)), lexical),
            speakers=retrievers.catalog.speakers,
            shares=partial(self._read.shares, reading),
        )
        return self._hits(reading, [rows[key] for key in list(scores)[:limit]], scores)

    @staticmethod
    def _allowed(retrievers: Retrievers, kept: Kept, filters: Filters) -> Keys | None:
        if filters in kept.allowed:
            return kept.allowed[filters]
        allowed = retrievers.catalog.allowed(filters)
        # It only grows, so that another thread never misses what it has just seen in it.
        if len(kept.allowed) < CACHED_FILTERS:
            kept.allowed[filters] = allowed
        return allowed

    def passage_at(self, document_id: str, version: str, char_start: int, char_end: int) -> Hit:
        """Return the passage of a version in which a range begins.

        Raises:
            UnknownDocument: there is no such document or version, or nothing is said there.
            DeletedDocument: the document was deleted.
        """
        with self._database.read() as connection:
            store.require_document(connection, document_id)
            row = store.passage_at(connection, document_id, version, char_start)
            if row is None or char_end > row.passage.char_end:
                raise UnknownDocument(
                    f"there is no text at {char_start} to {char_end} in version {version!r} of "
                    f"document {document_id!r}"
                )
            reading = Reading(self._database, connection=connection)
            (hit,) = self._hits(reading, [row], {row.key: Scores(None, None, 0.0)})
        return hit

    def whole(self, document_id: str) -> Whole:
        """Return all that is said in a document; nothing where it isn't searched."""
        for _ in range(EPOCH_CHANGES):
            legs = self._indexes.refresh()
            self._read.at(Moment(legs.epoch, legs.seq, legs.lexical_seq))
            known = legs.catalog.rows
            rows = [known[key] for key in legs.catalog.keys(document_id) if key in known]
            rows.sort(key=lambda row: row.passage.number)
            try:
                with Reading(self._database, legs.epoch) as reading:
                    hits = self._hits(reading, rows, {r.key: Scores(None, None, 0.0) for r in rows})
                    found = self._read.vectors(reading, [row.key for row in rows])
            except EpochOver:
                continue
            made = dict(zip(found.keys, np.split(found.sentences, found.starts[1:]), strict=False))
            blank = np.zeros((1, self._encoder.dimension), np.float32)
            parts = [made.get(h.passage_key, blank.repeat(len(h.sentences), 0)) for h in hits]
            return Whole(hits, np.concatenate([blank[:0], *parts]))
        return Whole((), np.zeros((0, self._encoder.dimension), np.float32))

    def similarities(self, query: str, hits: Sequence[Hit]) -> tuple[tuple[float, ...], ...]:
        """Return for each hit the cosine similarity of the query and each of its sentences."""
        vector = self.query_vector(query)
        with Reading(self._database) as reading:
            found = self._read.vectors(reading, [hit.passage_key for hit in hits])
        likeness = np.split(found.sentences @ vector, found.starts[1:])
        by_key = {
            key: tuple(each.tolist()) for key, each in zip(found.keys, likeness, strict=False)
        }
        return tuple(by_key.get(h.passage_key, (0.0,) * len(h.sentences)) for h in hits)

    def forget(self) -> None:
        """Drop what was read before; for when text may have left the disk."""
        self._read.forget()

    def _encode(self, query: str) -> Vectors:
        vector: Vectors = self._encoder.encode_queries([query])[0]
        return vector

    def _hits(
        self, reading: Reading, rows: Sequence[PassageRow], scores: Mapping[int, Scores]
    ) -> tuple[Hit, ...]:
        """Return passages with their words, in the order given."""
        sentences = self._read.sentences(reading, [row.key for row in rows])
        hits = []
        for row in rows:
            passage = row.passage
            text = self._read.text(reading, row.document_id, row.version)
            hits.append(
                Hit(
                    passage_id=f"{row.document_id}.{row.version}.{passage.number}",
                    document_id=row.document_id,
                    document_version=row.version,
                    metadata=row.metadata,
                    speakers=passage.speakers,
                    text=text[passage.char_start : passage.char_end],
                    char_start=passage.char_start,
                    char_end=passage.char_end,
                    scores=scores[row.key],
                    passage_key=row.key,
                    sentences=sentences[row.key],
                    aliases=row.aliases,
                )
            )
        return tuple(hits)
