"""Query + Filters → Hits: both legs, fused, and read back from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache

import sqlalchemy as sa

from index import store
from index.database import Database
from index.encoder import Encoder, PassageVectors, Vectors
from index.errors import InputError, UnknownDocument
from index.fusion import fuse_scores
from index.indexes import Indexes
from index.legs import Legs
from index.records import Filters, Hit, Scores
from index.store import PassageRow, StoredVersion

# How many passages each leg finds. All that either found are then scored by both; 30 lost half a
# point of hit@5 on recognised speech, 100 gained nothing (docs/decisions.md, retrieval).
LEG_DEPTH = 50

# What words count for beside meaning. From 0.2 to 0.4 nothing changed by more than a point.
LEXICAL_SHARE = 0.3

# Versions are immutable, so what was read once can be kept; a long meeting takes about 1 MB.
CACHED_VERSIONS = 64

CACHED_QUERIES = 1024

# A passage's vectors take about 8 kB; this many take 32 MB.
CACHED_PASSAGES = 4096

# How often a search is repeated because another epoch began meanwhile; twice is luck already.
EPOCH_CHANGES = 3


class Searcher:
    """Searches one data directory."""

    def __init__(self, database: Database, indexes: Indexes, encoder: Encoder) -> None:
        self._database = database
        self._indexes = indexes
        self._encoder = encoder
        self._epoch = indexes.legs.epoch
        self._seen: dict[int, PassageVectors] = {}
        self._version = lru_cache(CACHED_VERSIONS)(self._load_version)
        self._vector = lru_cache(CACHED_QUERIES)(self._encode)

    def query_vector(self, query: str) -> Vectors:
        """Return the unit vector of a query, shape (dimension,)."""
        return self._vector(query)

    def search(self, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        """Return the best passages, best first; equal scores by document and place."""
        legs = self._indexes.refresh()
        for _ in range(EPOCH_CHANGES):
            hits = self._search(legs, query, filters, limit)
            newer = self._indexes.refresh()
            if newer.epoch == legs.epoch:
                break
            # What was found may be gone: the passages were made anew in the meantime.
            legs = newer
        return hits

    def _search(self, legs: Legs, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        if legs.epoch != self._epoch:
            self.forget()
            self._epoch = legs.epoch
        allowed = legs.catalog.allowed(filters)
        vector = self.query_vector(query)
        near = legs.dense.search(vector, LEG_DEPTH, allowed)
        lexical = dict(legs.lexical.search(query, LEG_DEPTH, filters))
        found = sorted({key for key, _ in near} | set(lexical))
        with self._database.read() as connection:
            rows = store.passages_by_key(connection, found)
            dense = {
                key: _similarity(passage, vector)
                for key, passage in self._vectors(connection, sorted(rows)).items()
            }
        fused = fuse_scores(dense, lexical, LEXICAL_SHARE) | _by_words_alone(dense, lexical)
        order = sorted(
            (row for row in rows.values() if row.key in fused),
            key=lambda r: (-fused[r.key], r.document_id, r.passage.number),
        )
        hits = []
        for row in order[:limit]:
            # Purged between the two readings: the next reading of the indexes knows it too.
            with suppress(InputError):
                scores = Scores(dense.get(row.key), lexical.get(row.key), fused[row.key])
                hits.append(self._hit(row, scores))
        return tuple(hits)

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
                f"nothing is said at {char_start} to {char_end} in version {version!r} of "
                f"document {document_id!r}"
            )
        return self._hit(row, Scores(None, None, 0.0))

    def similarities(self, query: str, hits: Sequence[Hit]) -> tuple[tuple[float, ...], ...]:
        """Return for each hit the cosine similarity of the query and each of its sentences."""
        vector = self.query_vector(query)
        with self._database.read() as connection:
            found = self._vectors(connection, [hit.passage_key for hit in hits])
        return tuple(
            tuple((found[hit.passage_key].sentences @ vector).tolist())
            if hit.passage_key in found
            else (0.0,) * len(hit.sentences)
            for hit in hits
        )

    def version(self, document_id: str, version: str) -> StoredVersion:
        """Return a version of a document that isn't deleted; raises like ``load_version``."""
        return self._version(document_id, version)

    def forget(self) -> None:
        """Drop what was read before; for when text may have left the disk."""
        self._version.cache_clear()
        self._seen = {}

    def _load_version(self, document_id: str, version: str) -> StoredVersion:
        with self._database.read() as connection:
            return store.load_version(connection, document_id, version)

    def _encode(self, query: str) -> Vectors:
        vector: Vectors = self._encoder.encode_queries([query])[0]
        return vector

    def _vectors(self, connection: sa.Connection, keys: Sequence[int]) -> dict[int, PassageVectors]:
        """Return the stored vectors of passages; a key's vectors never change, so they are kept."""
        missing = [key for key in keys if key not in self._seen]
        loaded = store.load_vectors(connection, missing, self._encoder.id, self._encoder.dimension)
        found = {key: v for key in keys if (v := self._seen.get(key) or loaded.get(key))}
        if len(self._seen) + len(loaded) > CACHED_PASSAGES:
            self._seen = {}
        self._seen.update(loaded)
        return found

    def _hit(self, row: PassageRow, scores: Scores) -> Hit:
        stored = self._version(row.document_id, row.version)
        passage = row.passage
        return Hit(
            passage_id=f"{row.document_id}.{row.version}.{passage.number}",
            document_id=row.document_id,
            document_version=row.version,
            metadata=row.metadata,
            speakers=passage.speakers,
            text=stored.text[passage.char_start : passage.char_end],
            char_start=passage.char_start,
            char_end=passage.char_end,
            scores=scores,
            passage_key=row.key,
            sentences=stored.sentences[passage.first_sentence : passage.last_sentence + 1],
            aliases=row.aliases,
        )


def _by_words_alone(dense: Mapping[int, float], lexical: Mapping[int, float]) -> dict[int, float]:
    """Return scores of passages whose vectors are pending: their words count for all of it."""
    best = max(lexical.values(), default=0.0)
    return {
        key: score / best if best > 0 else 0.0 for key, score in lexical.items() if key not in dense
    }


def _similarity(passage: PassageVectors, query: Vectors) -> float:
    """Return how near a passage is: the mean of its own likeness and its best sentence's.

    The passage says what is being talked about, the sentence whether the thing itself is said.
    """
    whole = float(passage.passage @ query)
    best = float((passage.sentences @ query).max(initial=-1.0))
    return (whole + best) / 2
