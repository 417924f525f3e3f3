"""Exported graph → the same graph with one node for the attention of each layer.

The exporter spells attention out as some ten nodes, and ONNX Runtime doesn't recognise them. Its
own ``MultiHeadAttention`` computes the same without writing every pair of tokens to memory. It is
used without a mask, so a graph that was changed here reads one unpadded window at a time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import onnx
from onnx import helper

from index.errors import ModelUnavailable

# ONNX Runtime's own operators.
_DOMAIN = "com.microsoft"

# Where the masked and scaled products of queries and keys come from, going back from the softmax.
_BEFORE = ("Add", "Mul", "MatMul")
# What makes hidden states of the weighted values, going on from the softmax.
_AFTER = ("MatMul", "Transpose", "Reshape")


@dataclass(frozen=True, slots=True)
class _Attention:
    """The outputs of the three projections of a layer, and the name of its hidden states."""

    projections: tuple[str, str, str]
    states: str


def fuse_attention(model: onnx.ModelProto, heads: int) -> None:
    """Replace the attention of every layer, and drop what nothing needs any longer.

    Raises:
        ModelUnavailable: the graph isn't what the exporter of this release writes.
    """
    graph = model.graph
    nodes = list(graph.node)
    found = {}
    for node in nodes:
        if node.op_type == "Softmax":
            attention = _around(node, nodes)
            found[attention.states] = helper.make_node(
                "MultiHeadAttention",
                list(attention.projections),
                [attention.states],
                name=f"{node.name}/fused",
                domain=_DOMAIN,
                num_heads=heads,
            )
    replaced = [found.get(node.output[0], node) for node in nodes]
    wanted = {output.name for output in graph.output}
    kept = []
    for node in reversed(replaced):
        if not wanted.isdisjoint(node.output):
            kept.append(node)
            wanted.update(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    for those in (graph.input, graph.initializer):
        needed = [each for each in those if each.name in wanted]
        del those[:]
        those.extend(needed)
    model.opset_import.append(helper.make_opsetid(_DOMAIN, 1))


def _around(softmax: onnx.NodeProto, nodes: list[onnx.NodeProto]) -> _Attention:
    makers = {output: node for node in nodes for output in node.output}
    users = defaultdict(list)
    for node in nodes:
        for name in node.input:
            users[name].append(node)
    products = softmax
    for kind in _BEFORE:
        products = _expect(makers.get(products.input[0]), kind)
    values = states = softmax
    for kind in _AFTER:
        states = _expect(users[states.output[0]][0], kind)
        values = states if kind == "MatMul" else values
    split = (products.input[0], products.input[1], values.input[1])
    query, key, value = (_joined(name, makers) for name in split)
    return _Attention((query, key, value), states.output[0])


def _joined(name: str, makers: dict[str, onnx.NodeProto]) -> str:
    """Return a projection before it was split into heads."""
    turned = _expect(makers.get(name), "Transpose")
    split = _expect(makers.get(turned.input[0]), "Reshape")
    return str(split.input[0])


def _expect(node: onnx.NodeProto | None, kind: str) -> onnx.NodeProto:
    if node is None or node.op_type != kind:
        found = "nothing" if node is None else repr(node.op_type)
        raise ModelUnavailable(
            f"the trained reader's graph has {found} where {kind!r} belongs; reinstall it"
        )
    return node
