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
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from index.encoders.minilm import MAX_TOKENS, OnnxEncoder, find_weights
from index.ingest.prepare import parse
from index.library import Library
from index.records import Source
from index.text.passages import build_passages, render_passage
from qa.service import open_encoder
from qa.settings import Settings

ROOT = Path(__file__).parent.parent

# Turns at encoding the same passages: the machine's mood changes within a run.
TURNS = 3
STARTS = 5

Figures = dict[str, float | str]
Arguments = argparse.Namespace


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def _chosen(arguments: Arguments) -> list[bytes]:
    """Return the documents that are ingested, a line each."""
    with arguments.documents.open("rb") as file:
        lines = [line for line in file if line.strip()]
    return lines[:: arguments.every][: arguments.limit]


@contextmanager
def _library() -> Iterator[Library]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Library.open(Path(folder), open_encoder(Settings()))) as library,
    ):
        yield library


def bench_encode(arguments: Arguments) -> Figures:
    """Encode the same passages with both, alternately."""
    from sentence_transformers import SentenceTransformer

    ours = OnnxEncoder(Settings().cache_dir, Settings().threads)
    theirs = SentenceTransformer(str(find_weights()), device="cpu")
    theirs.max_seq_length = MAX_TOKENS
    inputs = []
    for line in arguments.documents.read_bytes().splitlines(keepends=True):
        for parsed in parse(Source("bench.jsonl", line), len(line)) if line.strip() else ():
            text, said = parsed.transcript.text, parsed.sentences
            inputs += [
                render_passage(text, parsed.transcript.metadata, said, passage)
                for passage in build_passages(text, said, ours.count_tokens)
            ]
        if len(inputs) >= arguments.passages:
            break
    inputs = inputs[: arguments.passages]
    texts = [passage.text for passage in inputs]
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        vectors, seconds = _timed(lambda: ours.encode_passages(inputs))
        spent[0].append(seconds)
        reference, seconds = _timed(
            lambda: theirs.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        )
        spent[1].append(seconds)
    cosines = [float(v.passage @ r) for v, r in zip(vectors, np.asarray(reference), strict=True)]
    return {
        "passages": len(inputs),
        "ours passages/s": len(inputs) / statistics.median(spent[0]),
        "SentenceTransformer.encode passages/s": len(inputs) / statistics.median(spent[1]),
        "ratio": statistics.median(b / a for a, b in zip(*spent, strict=True)),
        "lowest cosine": min(cosines),
    }


def bench_folder_ours(arguments: Arguments) -> Figures:
    """Ingest whole transcripts, words and vectors, into a new data directory on disk."""
    sources = [Source(f"{i}.jsonl", line) for i, line in enumerate(_chosen(arguments))]
    with _library() as library:
        taken, words = _timed(lambda: list(library.ingest(sources, wait=False)))
        _, vectors = _timed(library.encode_pending)
        return {
            "documents": len(taken),
            "passages": library.pending()[1],
            "seconds until findable by words": words,
            "seconds": words + vectors,
        }


def bench_folder_stock(arguments: Arguments, **chunks: Any) -> Figures:
    """Do the same with LlamaIndex: SentenceSplitter, the same weights, FAISS, persisted."""
    from llama_index.core import Document, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    embedding, store = _stock_embedding(str(find_weights())), _stock_store()
    texts = []
    for value in map(json.loads, _chosen(arguments)):
        said = (
            f"{turn['speaker']}: {turn['text']}" if turn.get("speaker") else turn["text"]
            for turn in value["turns"]
        )
        texts.append(Document(text="\n".join(said), metadata={"title": value.get("title") or ""}))
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        nodes = SentenceSplitter(**chunks).get_nodes_from_documents(texts)
        context = StorageContext.from_defaults(vector_store=store)
        index = VectorStoreIndex(nodes, storage_context=context, embed_model=embedding)
        index.storage_context.persist(folder)
        seconds = time.perf_counter() - began
    return {
        "documents": len(texts),
        "chunks": len(nodes),
        "embedding": type(embedding).__name__,
        "store": type(store).__name__,
        "seconds": seconds,
    }


def bench_folder_stock_256(arguments: Arguments) -> Figures:
    """Do the same with chunks that the encoder reads to their end, overlapping as is stock."""
    return bench_folder_stock(arguments, chunk_size=256, chunk_overlap=50)


def bench_small(arguments: Arguments) -> Figures:
    """Ingest many small transcripts."""
    words = "the council heard that river levels rose after heavy rain and asked for a new bridge"
    sources = [
        Source(
            f"{i:05d}.txt",
            (
                f"ANN: Meeting {i} began, and {words}.\nBEN: We agreed on item {i * 7}.\n"
                f"ANN: Then {words}, for the {i}th time."
            ).encode(),
        )
        for i in range(arguments.small)
    ]
    with _library() as library:
        taken, first = _timed(lambda: len(list(library.ingest(sources, wait=False))))
        _, vectors = _timed(library.encode_pending)
        again, unchanged = _timed(lambda: len(list(library.ingest(sources))))
    return {
        "transcripts": taken,
        "per second, by words": taken / first,
        "per second, with vectors": taken / (first + vectors),
        "per second, unchanged": again / unchanged,
    }


def bench_ready(arguments: Arguments) -> Figures:
    """Start processes that open a library, until they can search."""
    code = (
        "from qa.service import Service; from qa.settings import Settings;"
        "s = Service.open(Settings()); print(s.library.pending()[1], flush=True)"
    )
    with tempfile.TemporaryDirectory() as folder:
        with closing(Library.open(Path(folder), open_encoder(Settings()))) as library:
            sources = (Source(f"{i}.jsonl", line) for i, line in enumerate(_chosen(arguments)))
            list(library.ingest(sources))
            total = library.pending()[1]
        environment = os.environ | {"TRANSCRIPT_QA_DATA_DIR": folder}
        command = [sys.executable, "-c", code]
        quiet = subprocess.DEVNULL
        spent = [
            _timed(
                lambda: subprocess.run(command, cwd=ROOT, env=environment, stdout=quiet, check=True)
            )[1]
            for _ in range(STARTS)
        ]
    return {"passages": total, "seconds to ready": statistics.median(spent), "worst": max(spent)}


def _stock_embedding(weights: str) -> Any:
    """Return LlamaIndex's embedding of the weights, or a plain wrapper where it isn't installed."""
    try:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding
    except ImportError:
        from llama_index.core.embeddings import BaseEmbedding
        from sentence_transformers import SentenceTransformer
    else:
        return HuggingFaceEmbedding(model_name=weights, device="cpu")
    model = SentenceTransformer(weights, device="cpu")

    class SentenceTransformerEmbedding(BaseEmbedding):  # type: ignore[misc, unused-ignore]
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

    return SentenceTransformerEmbedding()


def _stock_store() -> Any:
    try:
        from llama_index.vector_stores.faiss import FaissVectorStore
    except ImportError:
        from llama_index.core.vector_stores import SimpleVectorStore

        return SimpleVectorStore()
    import faiss

    return FaissVectorStore(faiss_index=faiss.IndexFlatL2(384))


PARTS: dict[str, Callable[[Arguments], Figures]] = {
    "encode": bench_encode,
    "folder-ours": bench_folder_ours,
    "folder-stock": bench_folder_stock,
    "folder-stock-256": bench_folder_stock_256,
    "small": bench_small,
    "ready": bench_ready,
}


def _here(name: str, arguments: Arguments) -> Figures:
    """Run one part in this process, and add its peak memory."""
    began = time.perf_counter()
    figures = PARTS[name](arguments)
    seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return figures | {
        "peak MB": used.ru_maxrss / 1024,
        "with loading, seconds": seconds,
        # On a busy machine the fairer figure: what the process itself used, loading included.
        "with loading, seconds on a core": used.ru_utime + used.ru_stime,
    }


def main() -> None:
    """Run the parts one after the other and print their figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("documents", type=Path, help="transcripts, one JSON document a line")
    parser.add_argument("--limit", type=int, default=1_000_000, help="documents of the folder")
    parser.add_argument("--every", type=int, default=1, help="take every so-manieth document")
    parser.add_argument("--passages", type=int, default=1000, help="passages to encode")
    parser.add_argument("--small", type=int, default=10_000, help="small transcripts")
    parser.add_argument("--part", choices=tuple(PARTS), action="append", help="only these")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.here:
        sys.stdout.write(json.dumps(_here(arguments.part[0], arguments)))
        return
    flags = [
        word
        for name in ("limit", "every", "passages", "small")
        for word in (f"--{name}", str(getattr(arguments, name)))
    ]
    for part in arguments.part or PARTS:
        load = " ".join(f"{value:.1f}" for value in os.getloadavg())
        command = [sys.executable, "-m", "scripts.bench_ingest", str(arguments.documents)]
        command += ["--here", "--part", part, *flags]
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
        print(f"{part} (load before: {load}, {os.cpu_count()} cores)")
        for name, value in json.loads(run.stdout).items():
            shown = value if isinstance(value, str) else f"{value:,.3f}".rstrip("0").rstrip(".")
            print(f"  {name}: {shown}", flush=True)


if __name__ == "__main__":
    main()
