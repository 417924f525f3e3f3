from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from index.errors import ModelUnavailable
from qa.reader.cross_encoder import UNREAD, build_reader, interpret
from qa.reader.inputs import ReaderInput


def make_input(*ranges: tuple[int, int], length: int = 8) -> ReaderInput:
    offsets = tuple((3 * i, 3 * i + 2) for i in range(length))
    return ReaderInput((0,) * length, (0,) * length, ranges, offsets, (False,) * length)


def make_tokens(length: int = 8) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.zeros((length, 4), np.float32)


def test_a_sentences_score_is_its_mean_its_peak_and_the_pairs_shift() -> None:
    tokens = make_tokens()
    tokens[2:4, 0] = (1.0, 3.0)
    tokens[2:4, 1] = (0.5, 0.25)
    reading = interpret(make_input((2, 4)), tokens, np.array([0.125, 2.0, -1.0], np.float32))
    assert reading.scores == (2.0 + 0.5 + 0.125,)
    assert (reading.answers, reading.supports) == (2.0, -1.0)


def test_the_best_span_lies_inside_its_sentence_and_is_weighed_against_none() -> None:
    tokens = make_tokens()
    tokens[0, 2:] = 1.0
    tokens[3, 2], tokens[4, 3], tokens[6, 3] = 5.0, 4.0, 9.0
    reading = interpret(make_input((2, 5), (5, 7)), tokens, np.zeros(3, np.float32))
    span = reading.spans[0]
    assert span is not None
    assert (span.char_start, span.char_end, span.score) == (9, 14, 7.0)


def test_a_span_begins_and_ends_with_whole_words() -> None:
    tokens = make_tokens()
    tokens[3, 2] = tokens[3, 3] = 5.0  # the middle of the word of tokens 2 to 4
    one = replace(make_input((2, 6)), inner=(False, False, False, True, True, False, False, False))
    (span,) = interpret(one, tokens, np.zeros(3, np.float32)).spans
    assert span is not None
    starts, ends = {2: 6, 5: 15}, {4: 14, 5: 17}
    assert span.char_start in starts.values()
    assert span.char_end in ends.values()


def test_a_sentence_that_was_cut_off_is_unread() -> None:
    reading = interpret(make_input((7, 7)), make_tokens(), np.zeros(3, np.float32))
    assert reading.scores == (UNREAD,)
    assert reading.spans == (None,)


def test_a_graph_whose_weights_are_missing_is_an_outage(tmp_path: Path) -> None:
    wanted = helper.make_tensor_value_info("layer.weight", TensorProto.FLOAT, [2])
    graph = helper.make_graph([], "reader", [wanted], [])
    onnx.save(helper.make_model(graph), str(tmp_path / "reader.onnx"))
    np.savez(tmp_path / "reader.npz", other=np.zeros(2, np.float16))
    with pytest.raises(ModelUnavailable, match=r"layer\.weight"):
        build_reader(
            tmp_path / "reader.onnx",
            tmp_path / "reader.npz",
            encoder_weights=_encoder_weights(tmp_path),
            target=tmp_path / "built.onnx",
        )


def _encoder_weights(folder: Path) -> Path:
    from safetensors.numpy import save_file

    names = ("word_embeddings", "position_embeddings")
    path = folder / "model.safetensors"
    save_file({f"embeddings.{n}.weight": np.zeros((2, 2), np.float32) for n in names}, path)
    return path
