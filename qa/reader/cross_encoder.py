"""Question + windows → how well each sentence answers, and the words of it that do.

The reader is a MiniLM whose layers were trained for this (``eval.training``); it runs on ONNX
Runtime. The package ships its layers in half precision and the graph; word and position embeddings
come from the encoder's package. They are put together into ``cache_dir`` on first use, with fused
attention, and with 8-bit weights, which halve the time on processors with VNNI. torch is never
needed.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from index.encoders.minilm import find_weights
from index.errors import ModelUnavailable
from index.files import made_once, sha256_of
from qa.reader.fused_attention import fuse_attention
from qa.reader.inputs import ReaderInput, ReaderTokenizer, Window, load_tokenizer
from qa.records import AnswerSpan

_FloatArray = npt.NDArray[np.float32]

# Columns of the graph's outputs; the training module names the same ones.
MEAN, PEAK, SPAN_START, SPAN_END = range(4)
SHIFT, ANSWERS, SUPPORTS = range(3)

# Longest short answer in tokens; gold ones of the training sets are shorter in 99 of 100 cases.
MAX_SPAN_TOKENS = 24

# Score of a sentence that didn't fit into the window: below all that were read.
UNREAD = -20.0

# Attention heads of each of MiniLM's layers.
HEADS = 12

# Part of the built file's name: another way of building must not take up what an older one left.
_BUILD = "int8-fused"

# Building takes seconds; another process doing it is waited for.
BUILD_TIMEOUT_S = 120.0

# Tensors of the graph that the encoder's package has.
_SHARED = {
    "bert.embeddings.word_embeddings.weight": "embeddings.word_embeddings.weight",
    "bert.embeddings.position_embeddings.weight": "embeddings.position_embeddings.weight",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader made of one window.

    Args:
        scores: per sentence, the log-odds that it answers against nothing in the window answering.
        answers: log-odds that the window answers at all.
        supports: log-odds that the window backs the text, read as a statement.
        spans: per sentence its best span, None where it wasn't read.
    """

    scores: tuple[float, ...]
    answers: float
    supports: float
    spans: tuple[AnswerSpan | None, ...]


class WindowReader(Protocol):
    """Reads windows with a question or statement."""

    def read(self, text: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """Return a reading of each window, in order."""


class OnnxReader:
    """The trained reader on ONNX Runtime, from a complete file (``built_reader`` returns one).

    Each window is a run of its own on one thread, and ``threads`` runs go on at a time, whoever
    asked for them. So nothing is padded, intermediate results stay in the processor's caches, and a
    reading never depends on what was read beside it: 8-bit activations are scaled per run.

    Raises:
        EncoderUnavailable: the encoder's package, which has the tokenizer, is missing.
    """

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = ReaderTokenizer(load_tokenizer(find_weights()))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="reader")

    def read(self, text: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """Return a reading of each window, in order."""
        return tuple(self._pool.map(self._read, self._tokenizer.encode(text, windows)))

    def _read(self, one: ReaderInput) -> Reading:
        tokens, pairs = self._session.run(
            ["token_logits", "pair_logits"],
            {
                "input_ids": np.array([one.ids], np.int64),
                "token_type_ids": np.array([one.types], np.int64),
            },
        )
        return interpret(one, tokens[0], pairs[0])


def interpret(one: ReaderInput, tokens: _FloatArray, pair: _FloatArray) -> Reading:
    """Return the reading of a window from its token logits (length, 4) and pair logits (3,)."""
    none = float(tokens[0, SPAN_START] + tokens[0, SPAN_END])
    scores: list[float] = []
    spans: list[AnswerSpan | None] = []
    for start, end in one.ranges:
        if start >= end:
            scores.append(UNREAD)
            spans.append(None)
            continue
        own = tokens[start:end]
        scores.append(float(own[:, MEAN].mean() + own[:, PEAK].max() + pair[SHIFT]))
        first, last, score = best_span(
            own[:, SPAN_START], own[:, SPAN_END], one.inner[start : end + 1]
        )
        spans.append(
            AnswerSpan(one.offsets[start + first][0], one.offsets[start + last][1], score - none)
        )
    return Reading(tuple(scores), float(pair[ANSWERS]), float(pair[SUPPORTS]), tuple(spans))


def best_span(
    starts: _FloatArray, ends: _FloatArray, inner: Sequence[bool]
) -> tuple[int, int, float]:
    """Return the (first, last) token of the whole words with the best sum.

    Args:
        starts: per token, the logit that an answer begins with it.
        ends: per token, the logit that an answer ends with it.
        inner: whether a token goes on with the word before it; one entry more than tokens.
    """
    size = len(starts)
    begins = ~np.array(inner[:size], bool)
    begins[0] = True
    closes = np.append(~np.array(inner[1:size], bool), True)
    sums = np.where(begins, starts, -np.inf)[:, None] + np.where(closes, ends, -np.inf)[None, :]
    rows, columns = np.indices((size, size))
    sums = np.where((columns >= rows) & (columns < rows + MAX_SPAN_TOKENS), sums, -np.inf)
    first, last = divmod(int(sums.argmax()), size)
    return first, last, float(sums[first, last])


def built_reader(cache_dir: Path) -> Path:
    """Return the reader's complete ONNX file, put together now if it isn't there.

    Raises:
        ModelUnavailable: the shipped files are missing or don't fit together.
        EncoderUnavailable: the encoder's package is missing or not the published one.
    """
    folder = resources.files("qa.models")
    with (
        resources.as_file(folder / "reader.onnx") as graph,
        resources.as_file(folder / "reader.npz") as weights,
    ):
        if not graph.is_file() or not weights.is_file():
            raise ModelUnavailable("the trained reader isn't among the installed files")
        target = cache_dir / f"reader-{sha256_of(weights)[:12]}-{_BUILD}.onnx"

        def build(temporary: Path) -> None:
            build_reader(graph, weights, find_weights() / "model.safetensors", temporary)

        return made_once(target, build, BUILD_TIMEOUT_S)


def build_reader(
    graph: Path, weights: Path, encoder_weights: Path, target: Path, eight_bit: bool = True
) -> None:
    """Put the shipped graph and weights and the encoder's embeddings into one file.

    Raises:
        ModelUnavailable: a tensor that the graph needs is in neither file.
    """
    model = onnx.load(str(graph))
    with np.load(weights) as stored:
        tensors = {name: stored[name].astype(np.float32) for name in stored.files}
    for name, theirs in _SHARED.items():
        tensors[name] = _safetensor(encoder_weights, theirs)
    wanted = [entry.name for entry in model.graph.input]
    missing = [n for n in wanted if n not in tensors and n not in _INPUTS]
    if missing:
        raise ModelUnavailable(f"the trained reader lacks the tensors {missing!r}; reinstall it")
    kept = [entry for entry in model.graph.input if entry.name in _INPUTS]
    for name in wanted:
        if name in tensors:
            model.graph.initializer.append(numpy_helper.from_array(tensors[name], name))
    del model.graph.input[:]
    model.graph.input.extend(kept)
    fuse_attention(model, HEADS)
    if not eight_bit:
        onnx.save(model, str(target))
        return
    plain = target.with_suffix(".plain")
    onnx.save(model, str(plain))
    try:
        quantize_dynamic(
            plain,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul"],
            # Types aren't inferred past ONNX Runtime's own operators.
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    finally:
        plain.unlink(missing_ok=True)


# The mask is dropped with the attention that used it.
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def _safetensor(path: Path, name: str) -> _FloatArray:
    """Return one float32 tensor of a safetensors file."""
    with path.open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        entry = json.loads(file.read(size))[name]
        start, end = entry["data_offsets"]
        file.seek(8 + size + start)
        data = np.frombuffer(file.read(end - start), np.float32)
    return data.reshape(entry["shape"])
