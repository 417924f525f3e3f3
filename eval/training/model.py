"""The reader as a torch module: MiniLM's layers with heads for ranking, spans and support.

One forward pass gives, per token, four logits and, for the pair, three. A sentence's score is the
mean of its tokens' mean logits plus the largest of their peak logits plus the pair's shift; the
pooling is plain arithmetic, so the exported graph has no notion of sentences.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from transformers import AutoModel

DIMENSION = 384
# Columns of the token logits.
MEAN, PEAK, SPAN_START, SPAN_END = range(4)
# Columns of the pair logits.
SHIFT, ANSWERS, SUPPORTS = range(3)


class Reader(nn.Module):
    """MiniLM with heads; word and position embeddings stay as the encoder's package has them."""

    def __init__(self, model_dir: Path, dropout: float = 0.1) -> None:
        super().__init__()
        self.bert = AutoModel.from_pretrained(str(model_dir), attn_implementation="sdpa")
        # Dropping attention weights costs a fifth of a step on a CPU, and changed no loss.
        for layer in self.bert.encoder.layer:
            layer.attention.self.dropout.p = 0.0
        for name, weight in self.bert.embeddings.named_parameters():
            weight.requires_grad = not name.startswith(("word_emb", "position_emb"))
        self.dropout = nn.Dropout(dropout)
        self.token_head = nn.Linear(DIMENSION, 4)
        self.pair_head = nn.Linear(DIMENSION, 3)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return token logits (batch, length, 4) and pair logits (batch, 3)."""
        states = self.bert(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        states = self.dropout(states)
        return self.token_head(states).float(), self.pair_head(states[:, 0]).float()
