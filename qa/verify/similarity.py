"""An encoder → ``Similarity``: how alike a statement and its cited sentences are in meaning."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.encoders.base import Encoder, PassageInput, PassageVectors, Vectors


class EncoderSimilarity:
    """Compares by the encoder that searches; costs two short forward passes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def similarity(self, statement: str, texts: Sequence[str]) -> float:
        """Return the best cosine of the statement with one of the texts or with all together."""
        return self.compare([statement], texts)[0]

    def compare(self, statements: Sequence[str], texts: Sequence[str]) -> tuple[float, ...]:
        """Return the same for several statements; the texts are read once."""
        ranges = []
        place = 0
        for text in texts:
            ranges.append((place, place + len(text)))
            place += len(text) + 1
        found = self._encoder.encode_passages([PassageInput(" ".join(texts), tuple(ranges))])[0]
        queries = self._encoder.encode_queries(list(statements))
        return tuple(_best(query, found) for query in queries)


def _best(query: Vectors, found: PassageVectors) -> float:
    all_together = float(np.dot(query, found.passage))
    singly = (float(np.dot(query, vector)) for vector in found.sentences)
    return min(1.0, max(0.0, all_together, *singly))
