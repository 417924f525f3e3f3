"""Ranked sentences → the probability that they answer the question."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa.evidence.candidates import AnswerabilityModel, Ranked
from qa.reader.linear import LinearScore, logistic

# Log-odds beyond this are as good as certain.
_CAP = 12.0

# Sentences whose log-odds are summed up: more than any answer cites, fewer than would let a crowd
# of bad candidates look like one good one.
_SUMMED = 20


def measures(ranked: Sequence[Ranked]) -> dict[str, float]:
    """Return the named measures of the best evidence.

    ``ranked`` is best first, not empty, and comes from ``TrainedRanker``.
    """
    known = [dict(item.features) for item in ranked[:_SUMMED]]
    best, logits = known[0], [k.get("logit", -_CAP) for k in known]
    return {
        "logit": _capped(logits[0]),
        "any": _capped(math.log(sum(math.exp(max(-50.0, value)) for value in logits))),
        "lead": _capped(logits[0] - (logits[1] if len(logits) > 1 else -_CAP)),
        "reader": best.get("reader", -_CAP),
        "answers": best.get("answers", -_CAP),
        "span": best.get("span", -_CAP),
        "span_most": max(k.get("span", -_CAP) for k in known),
        "dense": best.get("dense", 0.0),
        "lexical": best.get("lexical", 0.0),
    }


def _capped(value: float) -> float:
    return max(-_CAP, min(_CAP, value))


class Answerability(AnswerabilityModel):
    """A calibrated logistic of what the ranker found."""

    def __init__(self, score: LinearScore) -> None:
        self._score = score

    def confidence(self, ranked: Sequence[Ranked]) -> float:
        """Return the probability that the best evidence answers; 0 without evidence."""
        return logistic(self._score.of(measures(ranked))) if ranked else 0.0
