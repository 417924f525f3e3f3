"""Sentence-transformers weights → an ONNX file, once per machine.

Needs torch and transformers, which take seconds to import; everything after the first start runs
on the exported file alone.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from transformers import AutoModel
from transformers.utils import logging as transformers_logging

# The oldest operator set with everything a BERT needs; every current ONNX Runtime reads it.
OPSET = 17


class _TokenStates(torch.nn.Module):
    """The transformer alone; pooling happens outside, where sentences get their own."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> torch.Tensor:
        states: torch.Tensor = self.model(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        return states


def export_onnx(model_dir: Path, target: Path) -> None:
    """Write the transformer in ``model_dir`` to ``target`` with dynamic batch and length."""
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model = AutoModel.from_pretrained(str(model_dir), attn_implementation="eager").eval()
    example = torch.ones(2, 8, dtype=torch.long)
    names = ["input_ids", "attention_mask", "token_type_ids"]
    with warnings.catch_warnings():
        # The tracer warns of branches on shapes that stay the same for every input of this model.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            _TokenStates(model),
            (example, example, torch.zeros_like(example)),
            str(target),
            input_names=names,
            output_names=["token_states"],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in [*names, "token_states"]},
            dynamo=False,
            opset_version=OPSET,
        )
