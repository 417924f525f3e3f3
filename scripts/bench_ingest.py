"""Measure ingest on this machine, beside what is compared in the same run with the same weights.

Parts: ``encode`` (our encoder and SentenceTransformer.encode), ``folder`` (whole transcripts into
an index: ours, and the stock LlamaIndex pipeline with its own chunks and with chunks that the
encoder reads to their end), ``small`` (many small transcripts), ``ready`` (from start to an open
service). Each runs in a process of its own, so that its peak memory is its own. Only figures of one
run are comparable; machines are shared.

LlamaIndex's Hugging Face and FAISS packages are used where they are installed; without them its own
classes wrap the same model, and its in-memory store takes the place of FAISS.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llama_index.core.vector_stores.types import BasePydanticVectorStore

ROOT = Path(__file__).parent.parent

# Turns at encoding the same passages: the machine's mood changes within a run.
TURNS = 3

Figures = dict[str, float | str]


@dataclass(frozen=True, slots=True)
class Part:
    """Which documents of the file are ingested: every so-manieth, and at most how many."""

    limit: int
    every: int


def bench_encode(documents: Path, limit: int) -> Figures:
    """Encode the same passages with both, alternately."""
    import numpy as np
    from sentence_transformers import SentenceTransformer

    from index.encoders.minilm import MAX_TOKENS, OnnxEncoder, find_weights
    from index.ingest.prepare import parse
    from index.records import Source
    from index.text.passages import build_passages, render_passage
    from qa.settings import Settings

    settings = Settings()
    ours = OnnxEncoder(settings.cache_dir, settings.threads)
    theirs = SentenceTransformer(str(find_weights()), device="cpu")
    theirs.max_seq_length = MAX_TOKENS
    inputs = []
    for line in _lines(documents, None):
        for parsed in parse(Source("bench.jsonl", line), len(line)):
            text = parsed.transcript.text
            passages = build_passages(text, parsed.sentences, ours.count_tokens)
            inputs += [
                render_passage(text, parsed.transcript.metadata, parsed.sentences, passage)
                for passage in passages
            ]
        if len(inputs) >= limit:
            break
    inputs = inputs[:limit]
    texts = [passage.text for passage in inputs]
    spent: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(TURNS):
        began = time.perf_counter()
        vectors = ours.encode_passages(inputs)
        spent["ours"].append(time.perf_counter() - began)
        began = time.perf_counter()
        reference = theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        spent["theirs"].append(time.perf_counter() - began)
    cosines = [float(v.passage @ r) for v, r in zip(vectors, np.asarray(reference), strict=True)]
    ratios = [b / a for a, b in zip(spent["ours"], spent["theirs"], strict=True)]
    return {
        "passages": len(inputs),
        "ours passages/s": len(inputs) / statistics.median(spent["ours"]),
        "SentenceTransformer.encode passages/s": len(inputs) / statistics.median(spent["theirs"]),
        "ratio": statistics.median(ratios),
        "lowest cosine": min(cosines),
    }


def bench_folder_ours(documents: Path, part: Part) -> Figures:
    """Ingest whole transcripts, words and vectors, into a new data directory on disk."""
    from index.library import Library
    from index.records import Source
    from qa.service import open_encoder
    from qa.settings import Settings

    encoder = open_encoder(Settings())
    sources = [Source(f"{i}.jsonl", line) for i, line in enumerate(_lines(documents, part))]
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder), encoder)
        began = time.perf_counter()
        taken = list(library.ingest(sources, wait=False))
        words = time.perf_counter() - began
        library.encode_pending()
        seconds = time.perf_counter() - began
        passages = library.pending()[1]
        library.close()
    return {
        "documents": len(taken),
        "passages": passages,
        "seconds until findable by words": words,
        "seconds": seconds,
    }


def bench_folder_stock(documents: Path, part: Part, chunk: str) -> Figures:
    """Do the same with LlamaIndex: SentenceSplitter, the same weights, FAISS, persisted."""
    import faiss
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    from index.encoders.minilm import find_weights

    embedding, embedding_name = _stock_embedding(str(find_weights()))
    store, store_name = _stock_store(faiss.IndexFlatL2(384))
    texts = []
    for line in _lines(documents, part):
        value = json.loads(line)
        spoken = "\n".join(
            f"{turn['speaker']}: {turn['text']}" if turn.get("speaker") else turn["text"]
            for turn in value["turns"]
        )
        texts.append(Document(text=spoken, metadata={"title": value.get("title") or ""}))
    splitter = (
        SentenceSplitter()
        if chunk == "stock"
        # Chunks that the encoder reads to their end, with the share of overlap that is stock.
        else SentenceSplitter(chunk_size=256, chunk_overlap=50)
    )
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        nodes = splitter.get_nodes_from_documents(texts)
        context = StorageContext.from_defaults(vector_store=store)
        index = VectorStoreIndex(nodes, storage_context=context, embed_model=embedding)
        index.storage_context.persist(folder)
        seconds = time.perf_counter() - began
    return {
        "documents": len(texts),
        "chunks": len(nodes),
        "embedding": embedding_name,
        "store": store_name,
        "seconds": seconds,
    }


def bench_small(count: int) -> Figures:
    """Ingest many small transcripts."""
    from index.library import Library
    from index.records import Source
    from qa.service import open_encoder
    from qa.settings import Settings

    words = "the council heard that river levels rose after heavy rain and asked for a new bridge"
    sources = [
        Source(
            f"{i:05d}.txt",
            (
                f"ANN: Meeting {i} began, and {words}.\nBEN: We agreed on item {i * 7}.\n"
                f"ANN: Then {words}, for the {i}th time."
            ).encode(),
        )
        for i in range(count)
    ]
    encoder = open_encoder(Settings())
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder), encoder)
        began = time.perf_counter()
        taken = sum(1 for _ in library.ingest(sources, wait=False))
        words_s = time.perf_counter() - began
        library.encode_pending()
        seconds = time.perf_counter() - began
        began = time.perf_counter()
        again = sum(1 for _ in library.ingest(sources))
        again_s = time.perf_counter() - began
        library.close()
    return {
        "transcripts": taken,
        "per second, by words": taken / words_s,
        "per second, with vectors": taken / seconds,
        "per second, unchanged": again / again_s,
    }


def bench_ready(documents: Path, part: Part) -> Figures:
    """Start processes that open a library, until they can search."""
    from index.library import Library
    from index.records import Source
    from qa.service import open_encoder
    from qa.settings import Settings

    code = (
        "from qa.service import Service; from qa.settings import Settings;"
        "s = Service.open(Settings()); print(s.library.pending()[1], flush=True)"
    )
    with tempfile.TemporaryDirectory() as folder:
        library = Library.open(Path(folder), open_encoder(Settings()))
        lines = _lines(documents, part)
        sources = [Source(f"{i}.jsonl", line) for i, line in enumerate(lines)]
        list(library.ingest(sources))
        total = library.pending()[1]
        library.close()
        spent = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env=os.environ | {"TRANSCRIPT_QA_DATA_DIR": folder},
                stdout=subprocess.DEVNULL,
                check=True,
            )
            spent.append(time.perf_counter() - began)
    return {"passages": total, "seconds to ready": statistics.median(spent), "worst": max(spent)}


def _lines(documents: Path, part: Part | None) -> list[bytes]:
    with documents.open("rb") as file:
        lines = [line for line in file if line.strip()]
    return lines if part is None else lines[:: part.every][: part.limit]


def _stock_embedding(weights: str) -> tuple[object, str]:
    """Return LlamaIndex's embedding of the weights, or a plain wrapper where it isn't installed."""
    try:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    except ImportError:
        return _wrapped_embedding(weights), "SentenceTransformer in a BaseEmbedding"
    return HuggingFaceEmbedding(model_name=weights, device="cpu"), "HuggingFaceEmbedding"


def _wrapped_embedding(weights: str) -> object:
    from llama_index.core.embeddings import BaseEmbedding
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(weights, device="cpu")

    class Wrapped(BaseEmbedding):  # type: ignore[misc, unused-ignore]
        """The model's own encode, in the batches that LlamaIndex makes."""

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = model.encode(texts, show_progress_bar=False).tolist()
            return vectors

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return Wrapped()


def _stock_store(index: object) -> tuple[BasePydanticVectorStore, str]:
    from llama_index.core.vector_stores import SimpleVectorStore

    try:
        from llama_index.vector_stores.faiss import FaissVectorStore
    except ImportError:
        return SimpleVectorStore(), "SimpleVectorStore"
    return FaissVectorStore(faiss_index=index), "FaissVectorStore"


def run_part(name: str, documents: Path, part: Part, passages: int, small: int) -> Figures:
    """Run one part here, and add its peak memory."""
    began = time.perf_counter()
    if name == "encode":
        figures = bench_encode(documents, passages)
    elif name == "folder-ours":
        figures = bench_folder_ours(documents, part)
    elif name in ("folder-stock", "folder-stock-256"):
        figures = bench_folder_stock(documents, part, "256" if name.endswith("256") else "stock")
    elif name == "small":
        figures = bench_small(small)
    else:
        figures = bench_ready(documents, part)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return figures | {
        "peak MB": used.ru_maxrss / 1024,
        "with loading, seconds": time.perf_counter() - began,
        # On a busy machine the fairer figure: what the process itself used, loading included.
        "with loading, seconds on a core": used.ru_utime + used.ru_stime,
    }


PARTS = ("encode", "folder-ours", "folder-stock", "folder-stock-256", "small", "ready")


def main() -> None:
    """Run the parts one after the other and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=Path, help="transcripts, one JSON document a line")
    parser.add_argument("--limit", type=int, default=1_000_000, help="documents of the folder")
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth document")
    parser.add_argument("--passages", type=int, default=1000, help="passages to encode")
    parser.add_argument("--small", type=int, default=10_000, help="small transcripts")
    parser.add_argument("--part", choices=PARTS, action="append", help="only these")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    parts = arguments.part or PARTS
    if arguments.here:
        sys.stdout.write(
            json.dumps(
                run_part(
                    parts[0],
                    arguments.documents,
                    Part(arguments.limit, arguments.every),
                    arguments.passages,
                    arguments.small,
                )
            )
        )
        return
    flags = [
        word
        for name in ("limit", "every", "passages", "small")
        for word in (f"--{name}", str(getattr(arguments, name)))
    ]
    for part in parts:
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        command = [sys.executable, "-m", "scripts.bench_ingest", str(arguments.documents)]
        command += ["--here", "--part", part, *flags]
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        sys.stdout.write(f"{part} (load before: {load}, {os.cpu_count()} cores)\n")
        for name, value in json.loads(run.stdout).items():
            shown = value if isinstance(value, str) else f"{value:,.3f}".rstrip("0").rstrip(".")
            sys.stdout.write(f"  {name}: {shown}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
