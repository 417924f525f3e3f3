"""Any sentence-transformers model, by hub id or path, as an encoder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from index.encoders.base import PassageInput, PassageVectors, Vectors
from index.errors import EncoderUnavailable


class SentenceTransformerEncoder:
    """A model loaded by sentence-transformers; its prompts for queries and passages are used.

    Sentences get vectors of their own, since models differ in how they pool.

    Raises:
        EncoderUnavailable: it can't be loaded.
    """

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model = SentenceTransformer(name, device="cpu")
        except (OSError, ValueError, RuntimeError) as error:
            raise EncoderUnavailable(
                f"the encoder {name!r} can't be loaded: {str(error).splitlines()[0]}; "
                f"give a sentence-transformers id or a folder, or set "
                f"TRANSCRIPT_QA_ENCODER=embedded"
            ) from error
        self._name = name

    @property
    def id(self) -> str:
        """Name as it was set."""
        return f"sentence-transformers:{self._name}"

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def count_tokens(self, text: str) -> int:
        """Return how many tokens the model's tokenizer makes of the text."""
        return len(self._model.tokenizer.tokenize(text))

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), dimension)."""
        return self._encode(texts, query=True)

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Return the vectors of each passage and of its sentences."""
        texts = [passage.text for passage in passages]
        sentences = [p.text[start:end] for p in passages for start, end in p.sentences]
        whole = self._encode(texts, query=False)
        parts = self._encode(sentences, query=False)
        results = []
        taken = 0
        for vector, passage in zip(whole, passages, strict=True):
            count = len(passage.sentences)
            results.append(PassageVectors(vector, parts[taken : taken + count]))
            taken += count
        return results

    def _encode(self, texts: Sequence[str], *, query: bool) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        encode = self._model.encode_query if query else self._model.encode_document
        vectors: Vectors = encode(
            list(texts), normalize_embeddings=True, convert_to_numpy=True, show_progress_bar=False
        ).astype(np.float32)
        return vectors
