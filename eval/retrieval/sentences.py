"""Hits → the best sentence of each, by the same likeness for every system."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eval.records import CitedQuote, HitRecord
from index import store
from index.encoders.base import Encoder, Vectors
from index.store.database import Database

# Sentences are looked at as far as sentence hits are.
DEPTH = 5


class BestSentences:
    """Finds the sentence of a hit that is nearest to a question, whoever made the hit."""

    def __init__(self, database: Database, encoder: Encoder) -> None:
        self._database = database
        self._encoder = encoder
        self._versions: dict[tuple[str, str], store.StoredVersion] = {}
        self._vectors: dict[tuple[str, str], Vectors] = {}

    def of(self, question: str, hits: Sequence[HitRecord]) -> tuple[CitedQuote, ...]:
        """Return a sentence for each of the first hits that holds one whole, in their order."""
        (vector,) = self._encoder.encode_queries([question])
        found: list[CitedQuote] = []
        for hit in hits[:DEPTH]:
            place = (hit.document_id, hit.document_version)
            if place not in self._versions:
                self._load(place)
            stored = self._versions[place]
            inside = [
                sentence
                for sentence in stored.sentences
                if hit.char_start <= sentence.char_start and sentence.char_end <= hit.char_end
            ]
            if not inside:
                continue
            likeness = self._vectors[place][[s.number for s in inside]] @ vector
            best = inside[int(np.argmax(likeness))]
            quote = stored.text[best.char_start : best.char_end]
            found.append(CitedQuote(len(found) + 1, *place, best.char_start, best.char_end, quote))
        return tuple(found)

    def _load(self, place: tuple[str, str]) -> None:
        with self._database.read() as connection:
            stored = store.load_version(connection, *place)
            generation = store.read_state(connection).generation
            rows = store.searchable_passages(connection, generation, [place[0]])
            held = store.load_vectors(
                connection, [row.key for row in rows], self._encoder.id, self._encoder.dimension
            )
        vectors = np.zeros((len(stored.sentences), self._encoder.dimension), np.float32)
        for row in rows:
            first, last = row.passage.first_sentence, row.passage.last_sentence
            vectors[first : last + 1] = held[row.key].sentences
        self._versions[place], self._vectors[place] = stored, vectors
