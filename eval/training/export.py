"""A trained reader → ``reader.onnx`` (the graph) and ``reader.npz`` (weights, half precision)."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from eval.training.model import Reader
from index.encoders.minilm import find_weights
from qa.reader.cross_encoder import OnnxReader, build_reader

# The oldest operator set with everything a BERT needs; every current ONNX Runtime reads it.
_OPSET = 17
_INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
# Tensors that the encoder's package has, and that therefore don't ship.
_SHARED = ("word_embeddings.weight", "position_embeddings.weight")
# Smaller tensors are constants of the graph itself.
_SMALLEST_WEIGHT = 3


def export_reader(model: Reader, folder: Path) -> None:
    """Write the two files that ``qa.reader.cross_encoder`` joins to the encoder's embeddings."""
    folder.mkdir(parents=True, exist_ok=True)
    complete = folder / "reader.complete.onnx"
    model.bert.set_attn_implementation("eager")
    model.eval()
    example = torch.ones(2, 8, dtype=torch.long)
    axes = {name: {0: "batch", 1: "length"} for name in [*_INPUTS, "token_logits"]}
    with warnings.catch_warnings():
        # The tracer warns of branches on shapes that stay the same for every input of this model.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (example, example, torch.zeros_like(example)),
            str(complete),
            input_names=_INPUTS,
            output_names=["token_logits", "pair_logits"],
            dynamic_axes={**axes, "pair_logits": {0: "batch"}},
            dynamo=False,
            opset_version=_OPSET,
        )
    split_weights(complete, folder)
    complete.unlink()


def split_weights(complete: Path, folder: Path) -> None:
    """Take the weights out of a graph: those to ship go to ``reader.npz``, as float16."""
    model = onnx.load(str(complete))
    kept, weights = [], {}
    for tensor in model.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or array.size < _SMALLEST_WEIGHT:
            kept.append(tensor)
            continue
        if not tensor.name.endswith(_SHARED):
            weights[tensor.name] = array.astype(np.float16)
        model.graph.input.append(
            helper.make_tensor_value_info(tensor.name, TensorProto.FLOAT, array.shape)
        )
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, str(folder / "reader.onnx"))
    np.savez_compressed(folder / "reader.npz", **weights)  # type: ignore[arg-type]


def load_reader(model: Reader, folder: Path) -> None:
    """Give a reader the weights that ``export_reader`` wrote into a folder."""
    graph = onnx.load(str(folder / "reader.onnx")).graph
    with np.load(folder / "reader.npz") as kept:
        arrays = {name: torch.from_numpy(kept[name].astype(np.float32)) for name in kept.files}
    for node in graph.node:
        # Exporting transposes the weights of a product and names them by number; its node tells.
        if node.op_type == "MatMul" and node.input[1] in arrays:
            name = node.name.removeprefix("/").removesuffix("/MatMul").replace("/", ".")
            arrays[f"{name}.weight"] = arrays.pop(node.input[1]).T
    missing, unexpected = model.load_state_dict(arrays, strict=False)
    if unexpected or not all(name.endswith(_SHARED) or ".pooler." in name for name in missing):
        raise ValueError(f"{folder} holds another kind of reader: {[*unexpected, *missing]}")


def open_reader(folder: Path, threads: int) -> OnnxReader:
    """Return the exported reader of a folder, put together there as the service does it."""
    built = folder / "built.onnx"
    encoder_weights = find_weights() / "model.safetensors"
    build_reader(folder / "reader.onnx", folder / "reader.npz", encoder_weights, built)
    return OnnxReader(built, threads)
