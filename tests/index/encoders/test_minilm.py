from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from index.encoders.base import PassageInput
from index.encoders.minilm import OnnxEncoder, check_weights, find_weights
from index.errors import EncoderUnavailable

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def encoder(cache_dir: Path) -> OnnxEncoder:
    return OnnxEncoder(cache_dir, threads=2)


def test_vectors_are_those_of_sentence_transformers(encoder: OnnxEncoder) -> None:
    # Imported here: it takes seconds that no other test should wait for.
    from sentence_transformers import SentenceTransformer  # noqa: TID251

    texts = ["Where will the talks be held?", "Yeah.", "The next round will be in Berlin. " * 60]
    model = SentenceTransformer(str(find_weights()), device="cpu")
    expected = model.encode(texts, normalize_embeddings=True)
    ours = encoder.encode_queries(texts)
    assert (ours * expected).sum(axis=1).min() > 0.9999


def test_every_vector_has_unit_length_whatever_the_batch(encoder: OnnxEncoder) -> None:
    passages = [PassageInput("One. Two three." * n, ((0, 4), (5, 15))) for n in range(1, 40)]
    for result in encoder.encode_passages(passages):
        assert np.linalg.norm(result.passage) == pytest.approx(1, abs=1e-5)
        assert np.linalg.norm(result.sentences, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_sentence_beyond_the_models_reach_gets_its_own_vector(encoder: OnnxEncoder) -> None:
    head = "word " * 400
    text = head + "Berlin is nice."
    (result,) = encoder.encode_passages([PassageInput(text, ((0, 4), (len(head), len(text))))])
    (expected,) = encoder.encode_queries(["Berlin is nice."])
    assert float(result.sentences[1] @ expected) > 0.999


def test_the_order_of_passages_is_kept(encoder: OnnxEncoder) -> None:
    texts = ["short", "a much longer passage than the others " * 5, "mid length one"]
    results = encoder.encode_passages([PassageInput(t, ()) for t in texts])
    for text, result in zip(texts, results, strict=True):
        assert float(result.passage @ encoder.encode_queries([text])[0]) > 0.999


def test_other_weights_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"something else")
    with pytest.raises(EncoderUnavailable, match="not the published ones"):
        check_weights(file)
    with pytest.raises(EncoderUnavailable, match="no file"):
        check_weights(tmp_path / "missing")
