"""Premises and statements of public sets → ``SupportExample``: what the support head learns from.

Reads the sets under ``support/`` of the training data: gzipped JSON lines with a premise, a
statement and whether the one follows from the other.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from eval.training.statements import SupportExample
from qa.reader.inputs import Window, WindowSentence

# How many of each set are taken. Captions of pictures (esnli, cfnli) are short and far from
# speech, so half of them; telephone speech, dialogue and edited summaries are the nearest.
_MOST: Mapping[str, int] = MappingProxyType(
    {
        "fever": 23_000, "esnli": 8_000, "conjnli": 12_000, "cfnli": 6_000, "taxinli": 11_000,
        "mnli_ni": 7_000, "begin": 5_000, "summedits": 3_000, "feversym": 1_500, "q2": 1_100,
        "wice": 800,
    }
)  # fmt: skip

# A longer premise wouldn't fit into the reader's window, and what was cut off may be what backs.
_MAX_PREMISE_CHARS = 850


def load_entailments(root: Path) -> list[SupportExample]:
    """Read every set.

    Args:
        root: the folder that holds ``support/``.

    Raises:
        FileNotFoundError: a set is missing.
    """
    examples = []
    for name, most in _MOST.items():
        with gzip.open(root / "support" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        rows = [r for r in rows if r["statement"] and 0 < len(r["premise"]) <= _MAX_PREMISE_CHARS]
        rows.sort(
            key=lambda r: hashlib.sha256(f"{r['premise']}|{r['statement']}".encode()).digest()
        )
        for row in rows[:most]:
            window = Window("", (WindowSentence(" ".join(row["premise"].split())),))
            backed = row["label"] == "entailment"
            examples.append(SupportExample(row["statement"], window, backed, name))
    return examples
