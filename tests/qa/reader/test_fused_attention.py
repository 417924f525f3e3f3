from __future__ import annotations

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from index.errors import ModelUnavailable
from qa.reader.fused_attention import fuse_attention

LENGTH, HEADS, WIDTH = 5, 2, 4


def make_layer() -> onnx.ModelProto:
    """Return one layer's attention as the exporter writes it; the mask admits everything."""
    random = np.random.default_rng(0)
    kept: dict[str, object] = {
        "mask": np.zeros((1, 1, 1, LENGTH), np.float32),
        "scale": np.float32(WIDTH**-0.5),
    }
    shapes = {"split": (1, LENGTH, HEADS, WIDTH), "joined": (1, LENGTH, HEADS * WIDTH)}
    nodes = []
    for name, order in (("q", (0, 2, 1, 3)), ("k", (0, 2, 3, 1)), ("v", (0, 2, 1, 3))):
        kept[f"{name}.weight"] = random.normal(size=(HEADS * WIDTH,) * 2).astype(np.float32)
        nodes += [
            helper.make_node("MatMul", ["states", f"{name}.weight"], [f"{name}.all"]),
            helper.make_node("Reshape", [f"{name}.all", "split"], [f"{name}.split"]),
            helper.make_node("Transpose", [f"{name}.split"], [name], perm=order),
        ]
    nodes += [
        helper.make_node("MatMul", ["q", "k"], ["products"]),
        helper.make_node("Mul", ["products", "scale"], ["scaled"]),
        helper.make_node("Add", ["scaled", "mask"], ["masked"]),
        helper.make_node("Softmax", ["masked"], ["weights"], axis=-1, name="softmax"),
        helper.make_node("MatMul", ["weights", "v"], ["heads"]),
        helper.make_node("Transpose", ["heads"], ["turned"], perm=(0, 2, 1, 3)),
        helper.make_node("Reshape", ["turned", "joined"], ["out"]),
    ]
    tensors = [numpy_helper.from_array(np.asarray(value), name) for name, value in kept.items()]
    tensors += [
        numpy_helper.from_array(np.array(value, np.int64), name) for name, value in shapes.items()
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes["joined"])
        for name in ("states", "out")
    ]
    graph = helper.make_graph(nodes, "layer", ends[:1], ends[1:], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def run(model: onnx.ModelProto) -> npt.NDArray[np.float32]:
    states = np.random.default_rng(1).normal(size=(1, LENGTH, HEADS * WIDTH)).astype(np.float32)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    out: npt.NDArray[np.float32] = session.run(["out"], {"states": states})[0]
    return out


def test_one_node_computes_what_the_exported_ones_did() -> None:
    model = make_layer()
    before = run(model)
    fuse_attention(model, HEADS)
    assert [node.op_type for node in model.graph.node] == ["MatMul"] * 3 + ["MultiHeadAttention"]
    assert {tensor.name for tensor in model.graph.initializer} == {
        "q.weight",
        "k.weight",
        "v.weight",
    }
    np.testing.assert_allclose(run(model), before, atol=1e-5)


def test_a_graph_of_another_shape_is_refused() -> None:
    model = make_layer()
    (scaling,) = (node for node in model.graph.node if node.op_type == "Mul")
    scaling.op_type = "Div"
    with pytest.raises(ModelUnavailable, match="'Div' where 'Mul' belongs"):
        fuse_attention(model, HEADS)
