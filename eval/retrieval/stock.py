"""The stock hybrid of LlamaIndex over the same texts with the same weights.

SentenceSplitter, FAISS by inner product, BM25Retriever, and QueryFusionRetriever in its mode
"reciprocal_rerank" without generated queries. Chunks have 256 tokens, as many as the encoder reads,
with the share of overlap that is stock. The only module here that talks to LlamaIndex.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import typer

from eval.records import HitRecord
from index.encoders.base import Encoder

CHUNK_TOKENS = 256
CHUNK_OVERLAP = 50

# Texts encoded before their vectors are put on disk, so that a run that is stopped keeps them.
PIECE = 256


@dataclass(frozen=True, slots=True)
class StockText:
    """A document as it is given to LlamaIndex."""

    document_id: str
    version: str
    title: str
    text: str


def installed() -> bool:
    """Return whether LlamaIndex's BM25 and FAISS packages are there (docs/reports, retrieval)."""
    names = ("bm25s", "llama_index.retrievers.bm25", "llama_index.vector_stores.faiss")
    try:
        return all(importlib.util.find_spec(name) is not None for name in names)
    except ModuleNotFoundError:
        return False


def wanted(asked: bool | None) -> bool:
    """Return whether to measure LlamaIndex's fusion; says so where it is left out unasked."""
    found = installed() if asked is None else asked
    if asked is None and not found:
        typer.echo(
            "LlamaIndex's BM25 and FAISS packages are missing (docs/reports, retrieval)",
            err=True,
        )
    return found


class VectorCache:
    """Vectors by the text they were made of, so that a second run encodes nothing."""

    def __init__(self, file: Path, encoder: Encoder) -> None:
        self._encoder = encoder
        self._connection = sqlite3.connect(file)
        self._connection.execute(
            "create table if not exists vectors (key blob primary key, vector blob)"
        )
        self._questions: dict[str, list[float]] = {}

    def question(self, text: str) -> list[float]:
        """Return the vector of a question; known ones from memory, as our own search has them."""
        if text not in self._questions:
            self._questions[text] = self.encode([text])[0]
        return self._questions[text]

    def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """Return the vector of each text."""
        keys = [hashlib.sha256(f"{self._encoder.id}\n{text}".encode()).digest() for text in texts]
        found = {key: self._look_up(key) for key in keys}
        missing = [i for i, key in enumerate(keys) if found[key] is None]
        for start in range(0, len(missing), PIECE):
            piece = missing[start : start + PIECE]
            made = self._encoder.encode_queries([texts[i] for i in piece])
            for i, vector in zip(piece, made, strict=True):
                found[keys[i]] = vector.astype(np.float32).tobytes()
            with self._connection:
                self._connection.executemany(
                    "insert or replace into vectors values (?, ?)",
                    [(keys[i], found[keys[i]]) for i in piece],
                )
        return [np.frombuffer(found[key] or b"", np.float32).tolist() for key in keys]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _look_up(self, key: bytes) -> bytes | None:
        row = self._connection.execute("select vector from vectors where key = ?", (key,))
        found = row.fetchone()
        return None if found is None else bytes(found[0])


class Stock:
    """LlamaIndex's fusion over some texts; a question within a document is asked of an index of it.

    Its FAISS store can't filter, so a document gets an index of its own: better than what a user of
    one index would get.
    """

    def __init__(self, texts: Sequence[StockText], cache: VectorCache, *, limit: int) -> None:
        self._texts = {text.document_id: text for text in texts}
        self._cache = cache
        self._limit = limit
        self._built: dict[tuple[str, ...], _Fusion] = {}
        self.name = f"LlamaIndex fusion ({_parts()})"

    def search(
        self, question: str, document_ids: tuple[str, ...], limit: int
    ) -> tuple[HitRecord, ...]:
        """Return chunks, best first."""
        wanted = document_ids or tuple(self._texts)
        if wanted not in self._built:
            chosen = {name: self._texts[name] for name in wanted}
            # Questions come grouped by document: the index of the one before isn't needed again.
            self._built = {wanted: _Fusion(chosen, self._cache, self._limit)}
        return self._built[wanted].search(question)[:limit]


class _Fusion:
    def __init__(self, texts: Mapping[str, StockText], cache: VectorCache, limit: int) -> None:
        import faiss
        from llama_index.core import Document, Settings, StorageContext, VectorStoreIndex
        from llama_index.core.llms import MockLLM
        from llama_index.core.node_parser import SentenceSplitter
        from llama_index.core.retrievers import QueryFusionRetriever
        from llama_index.core.retrievers.fusion_retriever import FUSION_MODES
        from llama_index.core.schema import MetadataMode
        from llama_index.retrievers.bm25 import BM25Retriever
        from llama_index.vector_stores.faiss import FaissVectorStore

        self._texts = texts
        Settings.llm = MockLLM()
        splitter = SentenceSplitter(chunk_size=CHUNK_TOKENS, chunk_overlap=CHUNK_OVERLAP)
        nodes = splitter.get_nodes_from_documents(
            [
                Document(text=text.text, id_=name, metadata={"title": text.title})
                for name, text in texts.items()
            ]
        )
        vectors = cache.encode(
            [node.get_content(metadata_mode=MetadataMode.EMBED) for node in nodes]
        )
        for node, vector in zip(nodes, vectors, strict=True):
            node.embedding = vector
        store = FaissVectorStore(faiss_index=faiss.IndexFlatIP(len(vectors[0])))
        index = VectorStoreIndex(
            nodes,
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=_embedding(cache),
        )
        depth = min(limit, len(nodes))
        self._fusion = QueryFusionRetriever(
            [
                index.as_retriever(similarity_top_k=depth),
                BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=depth),
            ],
            mode=FUSION_MODES.RECIPROCAL_RANK,
            similarity_top_k=limit,
            num_queries=1,
            use_async=False,
        )

    def search(self, question: str) -> tuple[HitRecord, ...]:
        """Return chunks, best first."""
        hits = []
        for found in self._fusion.retrieve(question):
            node: Any = found.node
            text = self._texts[node.ref_doc_id]
            start, end = node.start_char_idx, node.end_char_idx
            hits.append(
                HitRecord(
                    node.node_id, text.document_id, text.version, start, end, text.text[start:end]
                )
            )
        return tuple(hits)


def _parts() -> str:
    return f"SentenceSplitter {CHUNK_TOKENS}, FAISS, BM25"


def _embedding(cache: VectorCache) -> Any:
    from llama_index.core.embeddings import BaseEmbedding

    class Wrapped(BaseEmbedding):  # type: ignore[misc, unused-ignore]
        """The same encoder; texts are encoded once."""

        def _get_text_embedding(self, text: str) -> list[float]:
            return cache.encode([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return cache.question(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    return Wrapped()
