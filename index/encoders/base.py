"""Text → vectors: the protocol that every encoder follows.

Queries and passages are encoded by separate methods, since many models treat them differently.
A passage's sentences get their vectors from the passage's own forward pass where the model allows
it (mean of each sentence's token states, "late chunking", Günther et al. 2024, arXiv:2409.04701).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PassageInput:
    """A passage to encode: its text and the char range of each of its sentences in that text."""

    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class PassageVectors:
    """Unit vectors of a passage, (dimension,), and of its sentences, (sentences, dimension)."""

    passage: Vectors
    sentences: Vectors


class Encoder(Protocol):
    """Turns text into unit vectors whose inner product is a similarity."""

    @property
    def id(self) -> str:
        """Name and weights: vectors of encoders with different ids can't be compared."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension)."""

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Return the vectors of each passage and of its sentences, in the order given."""

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model sees, without the special ones."""
