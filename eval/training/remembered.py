"""Passage vectors kept in files, so that a second run of the recipe needn't encode them again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.encoders.base import Encoder, PassageInput, PassageVectors, Vectors
from index.files import made_once

# Another run that encodes the same is waited for: the largest set takes some ten minutes.
_TIMEOUT_S = 1800.0


class RememberingEncoder:
    """An encoder that writes the vectors of each call for passages to a file and reads them back.

    The file's name is a digest of the encoder and of all that was to be encoded. Remove the folder
    to encode again.
    """

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        """Keep the files in ``folder``, which is made where it's missing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._encoder = encoder
        self._folder = folder

    @property
    def id(self) -> str:
        """Name and weights of the encoder underneath."""
        return self._encoder.id

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._encoder.dimension

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension), encoded each time."""
        return self._encoder.encode_queries(texts)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model sees, without the special ones."""
        return self._encoder.count_tokens(text)

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Return the vectors of each passage and of its sentences, from the file if it's there."""
        digest = hashlib.sha256(self.id.encode())
        for passage in passages:
            digest.update(repr((passage.text, passage.sentences)).encode())
        path = self._folder / f"{digest.hexdigest()[:32]}.npz"

        def encode(temporary: Path) -> None:
            encoded = self._encoder.encode_passages(passages)
            with temporary.open("wb") as file:
                np.savez(
                    file,
                    passages=np.stack([v.passage for v in encoded]),
                    sentences=np.concatenate([v.sentences for v in encoded]),
                )

        with np.load(made_once(path, encode, _TIMEOUT_S)) as kept:
            whole, parts = kept["passages"], kept["sentences"]
        ends = np.cumsum([len(p.sentences) for p in passages])
        return [
            PassageVectors(vector, own)
            for vector, own in zip(whole, np.split(parts, ends[:-1]), strict=True)
        ]
