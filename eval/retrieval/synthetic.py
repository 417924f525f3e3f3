"""A number of documents → made-up transcripts and vectors, for what depends on size alone.

Words follow Zipf's law; vectors are random directions, fixed by the text. Nothing is found for its
meaning: only speed, memory and the agreement of two searches can be measured with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from index.encoders.base import PassageInput, PassageVectors, Vectors
from index.records import Source
from index.text.passages import PASSAGE_TOKENS

# As wide as the shipped encoder's vectors.
DIMENSION = 384

# Every sentence is a passage of its own; a document has so many.
SENTENCES = 20

_WORDS = 25
_VOCABULARY = 20_000


class SyntheticEncoder:
    """Random directions in place of a model, in no time."""

    @property
    def id(self) -> str:
        """Name."""
        return "synthetic"

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return DIMENSION

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a direction for each text, the same for the same text."""
        return np.stack([_direction(text) for text in texts])

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Return a direction for each passage, which its sentences share."""
        vectors = [_direction(passage.text) for passage in passages]
        return [
            PassageVectors(vector, np.repeat(vector[None, :], len(passage.sentences), axis=0))
            for vector, passage in zip(vectors, passages, strict=True)
        ]

    def count_tokens(self, text: str) -> int:
        """Return as many as a passage may have, so that a sentence fills one."""
        return PASSAGE_TOKENS


def sources(first: int, last: int, collection: str | None = None) -> Iterator[Source]:
    """Yield the documents numbered ``first`` to ``last``, the last one not included."""
    for number in range(first, last):
        generator = np.random.default_rng(number)
        lines = [
            f"SPEAKER {generator.integers(9)}: {_said(generator, _WORDS).capitalize()}."
            for _ in range(SENTENCES)
        ]
        yield Source(
            f"{number:06d}.txt",
            "\n".join(lines).encode(),
            document_id=f"d{number:06d}",
            collection=collection,
        )


def queries(count: int) -> list[str]:
    """Return questions in the same made-up words."""
    generator = np.random.default_rng(12345)
    return [f"What was said of {_said(generator, 6)}?" for _ in range(count)]


def _said(generator: np.random.Generator, count: int) -> str:
    ranks = np.minimum(generator.zipf(1.2, count), _VOCABULARY)
    return " ".join(f"w{rank:x}" for rank in ranks)


def _direction(text: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
    vector = np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)
    unit: Vectors = vector / np.linalg.norm(vector)
    return unit
