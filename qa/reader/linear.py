"""Named features → log-odds: the form that all small trained scores have."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources

from index.errors import ModelUnavailable


@dataclass(frozen=True, slots=True)
class LinearScore:
    """A bias and a weight per named feature; the sum is in log-odds."""

    bias: float
    weights: Mapping[str, float]

    def of(self, features: Mapping[str, float]) -> float:
        """Return the log-odds; features without a weight don't count."""
        return self.bias + sum(w * features.get(name, 0.0) for name, w in self.weights.items())


def logistic(value: float) -> float:
    """Return 1 / (1 + e^-value), safe for large values."""
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    grown = math.exp(value)
    return grown / (1 + grown)


def load_score(name: str) -> LinearScore:
    """Return one of the trained scores in ``models/scores.json``.

    Raises:
        ModelUnavailable: the file or the score isn't among the installed files.
    """
    try:
        text = (resources.files("qa.models") / "scores.json").read_text(encoding="utf-8")
        entry = json.loads(text)[name]
    except (FileNotFoundError, KeyError) as error:
        raise ModelUnavailable(
            f"the trained score {name!r} isn't among the installed files; reinstall the package"
        ) from error
    return LinearScore(float(entry["bias"]), {k: float(v) for k, v in entry["weights"].items()})
