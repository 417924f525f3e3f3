"""Query + Filters → Hits: both legs, fused, and read back from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from index import store
from index.database import Database
from index.encoder import Encoder, Vectors
from index.fusion import reciprocal_rank_fusion
from index.indexes import Indexes
from index.records import Filters, Hit, Scores
from index.store import PassageRow, StoredVersion

# How many passages each leg hands to fusion. Deeper lists changed no first ten on the seed and
# the samples; each further hundred costs about a millisecond.
LEG_DEPTH = 100

# Words decide on long spoken transcripts, vectors on paraphrased questions.
LEG_WEIGHTS: Mapping[str, float] = {"dense": 1.0, "lexical": 1.0}

# Versions are immutable, so what was read once can be kept; a long meeting takes about 1 MB.
CACHED_VERSIONS = 64

CACHED_QUERIES = 1024


class Searcher:
    """Searches one data directory."""

    def __init__(self, database: Database, indexes: Indexes, encoder: Encoder) -> None:
        self._database = database
        self._indexes = indexes
        self._encoder = encoder
        self._version = lru_cache(CACHED_VERSIONS)(self._load_version)
        self._vector = lru_cache(CACHED_QUERIES)(self._encode)

    def query_vector(self, query: str) -> Vectors:
        """Return the unit vector of a query, shape (dimension,)."""
        return self._vector(query)

    def search(self, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        """Return the best passages, best first; equal scores by document and place."""
        self._indexes.refresh()
        allowed = self._indexes.catalog.allowed(filters)
        dense = dict(self._indexes.dense.search(self.query_vector(query), LEG_DEPTH, allowed))
        lexical = dict(self._indexes.lexical.search(query, LEG_DEPTH, filters))
        fused = reciprocal_rank_fusion(
            {"dense": tuple(dense), "lexical": tuple(lexical)}, LEG_WEIGHTS
        )
        with self._database.read() as connection:
            rows = store.passages_by_key(connection, sorted(fused))
        order = sorted(
            rows.values(), key=lambda r: (-fused[r.key], r.document_id, r.passage.number)
        )
        return tuple(
            self._hit(row, Scores(dense.get(row.key), lexical.get(row.key), fused[row.key]))
            for row in order[:limit]
        )

    def similarities(self, query: str, hits: Sequence[Hit]) -> tuple[tuple[float, ...], ...]:
        """Return for each hit the cosine similarity of the query and each of its sentences."""
        vector = self.query_vector(query)
        with self._database.read() as connection:
            found = store.sentence_vectors(
                connection,
                [hit.passage_key for hit in hits],
                self._encoder.id,
                self._encoder.dimension,
            )
        return tuple(
            tuple((found[hit.passage_key] @ vector).tolist())
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

    def _load_version(self, document_id: str, version: str) -> StoredVersion:
        with self._database.read() as connection:
            return store.load_version(connection, document_id, version)

    def _encode(self, query: str) -> Vectors:
        vector: Vectors = self._encoder.encode_queries([query])[0]
        return vector

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
        )
