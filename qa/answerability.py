"""Ranked sentences → the probability that they answer the question.

The measures say how much of what was asked the best evidence holds: its content words, names and
numbers, something of the kind asked for, and how far the best sentence stands out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from qa.linear import LinearScore, logistic
from qa.question_features import (
    answer_kind,
    content_stems,
    coverage,
    holds_kind,
    is_broad,
    names,
    numbers,
    stems,
)
from qa.ranking import AnswerabilityModel, Ranked

# Hand-set from what each measure means, on a scale where 0 is even odds: a sentence that covers the
# whole question and is close in meaning is near 0.9, one that shares half its words near 0.3.
HEURISTIC_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "bias": -6.0,
        "dense": 4.0,
        "coverage": 3.0,
        "passage_coverage": 1.5,
        "names": 1.0,
        "numbers": 0.5,
        "kind": 0.7,
        "margin": 1.0,
    }
)


# Log-odds beyond this are as good as certain.
_CAP = 12.0


def measures(question: str, ranked: Sequence[Ranked]) -> dict[str, float]:
    """Return the named measures of the best evidence; ``ranked`` is best first and not empty."""
    best = ranked[0].candidate
    wanted = content_stems(question)
    context = set(stems(best.context))
    called = [name for _, name in best.hit.aliases]
    speakers = stems(" ".join([*best.hit.speakers, *called, best.hit.metadata.title]))
    name_stems = [part for name in names(question) for part in stems(name)]
    second = ranked[1].score if len(ranked) > 1 else 0.0
    kind = answer_kind(question)
    around = [*context, *speakers]
    return {
        "dense": best.dense,
        "lexical": best.lexical,
        "coverage": coverage(wanted, around),
        "passage_coverage": coverage(wanted, [*stems(best.hit.text), *speakers]),
        "names": coverage(name_stems, [*stems(best.hit.text), *speakers]),
        "numbers": coverage(numbers(question), numbers(best.hit.text)),
        "kind": 1.0 if is_broad(question) else holds_kind(kind, best.context),
        "margin": min(1.0, max(0.0, ranked[0].score - second) / 0.2),
    }


class HeuristicAnswerability:
    """A logistic of the measures with fixed weights, for rankers that weren't trained."""

    def __init__(self, weights: Mapping[str, float] = HEURISTIC_WEIGHTS) -> None:
        self._weights = dict(weights)

    def confidence(self, question: str, ranked: Sequence[Ranked]) -> float:
        """Return the probability that the best evidence answers; 0 without evidence."""
        if not ranked:
            return 0.0
        found = measures(question, ranked)
        total = self._weights.get("bias", 0.0)
        total += sum(weight * found.get(name, 0.0) for name, weight in self._weights.items())
        return logistic(total)


# Sentences whose log-odds are summed up: more than any answer cites, fewer than would let a crowd
# of bad candidates look like one good one.
_SUMMED = 20


def trained_measures(question: str, ranked: Sequence[Ranked]) -> dict[str, float]:
    """Return the measures of the best evidence and what the trained ranker made of it.

    ``ranked`` is best first, not empty, and comes from ``TrainedRanker``.
    """
    known = [dict(item.features) for item in ranked[:_SUMMED]]
    logits = [k.get("logit", 0.0) for k in known]
    best = known[0]
    plain = max(ranked, key=lambda r: (r.candidate.dense + r.candidate.lexical, r.candidate.key))
    elsewhere = [
        logit
        for item, logit in zip(ranked, logits, strict=False)
        if item.candidate.hit.passage_key != ranked[0].candidate.hit.passage_key
    ]
    return measures(question, ranked) | {
        "logit": logits[0],
        "any": math.log(sum(math.exp(value) for value in logits)),
        "lead": logits[0] - (logits[1] if len(logits) > 1 else -_CAP),
        "lead_elsewhere": min(_CAP, logits[0] - max(elsewhere, default=-_CAP)),
        "reader": best.get("reader", -_CAP),
        "answers": best.get("answers", -_CAP),
        "answers_most": max(k.get("answers", -_CAP) for k in known),
        "passage_dense": best.get("passage_dense", 0.0),
        "agreement": 1.0 if plain.candidate.key == ranked[0].candidate.key else 0.0,
        "broad": 1.0 if is_broad(question) else 0.0,
        # Recognised speech without capitals is less like any question than edited text is.
        "plain": 1.0 if ranked[0].candidate.hit.text.islower() else 0.0,
    }


class TrainedAnswerability:
    """A calibrated logistic of what the trained ranker found."""

    def __init__(self, score: LinearScore) -> None:
        self._score = score

    def confidence(self, question: str, ranked: Sequence[Ranked]) -> float:
        """Return the probability that the best evidence answers; 0 without evidence."""
        if not ranked:
            return 0.0
        return logistic(self._score.of(trained_measures(question, ranked)))


class MeanAnswerability:
    """The mean of several models' probabilities.

    The trained model knows what unanswerable questions look like and is shy on casual speech; the
    one with set weights is bold there. Together, at 0.5, they refuse 69 % of clapnq's unanswerable
    questions, and at most one in six answerable ones of any of four sets whose answer was found
    (development parts); each alone refuses 59 % or fewer at that price (docs/ranker.md).
    """

    def __init__(self, *models: AnswerabilityModel) -> None:
        self._models = models

    def confidence(self, question: str, ranked: Sequence[Ranked]) -> float:
        """Return the mean probability that the best evidence answers; 0 without evidence."""
        found = [model.confidence(question, ranked) for model in self._models]
        return sum(found) / len(found)
