"""Asked questions → the linear scores: first pass, with the reader, and answerability."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from eval.training.linear import Choice, fit_choice, fit_logistic
from eval.training.tables import Asked
from qa.answerability import trained_measures
from qa.cross_encoder import WindowReader
from qa.linear import LinearScore
from qa.ranking import Ranked
from qa.trained_ranker import TrainedRanker, first_features

FIRST = (
    "dense", "lexical", "coverage", "passage_dense", "passage_coverage", "passage_rank", "kind",
    "length", "short", "asks", "speaker",
)  # fmt: skip
FULL = (*FIRST, "reader", "reader_lead", "answers")
ANSWERABLE = (
    "dense", "lexical", "coverage", "passage_coverage", "names", "numbers", "kind", "logit", "any",
    "lead", "lead_elsewhere", "reader", "answers", "answers_most", "passage_dense", "agreement",
    "broad", "plain",
)  # fmt: skip

# An answer cites up to three sentences; evidence counts as found when a right one is among them.
CITED = 3


def fit_first(asked: Sequence[Asked]) -> LinearScore:
    """Fit the score that needs no reader; every set counts the same."""
    sizes = Counter(a.name for a in asked)
    return fit_choice(
        [
            Choice(first_features(a.text, a.candidates), a.right, 1 / sizes[a.name])
            for a in asked
            if a.candidates
        ],
        FIRST,
    )


def fit_full(
    asked: Sequence[Asked],
    first: LinearScore,
    reader: WindowReader,
    weights: Mapping[str, float],
    names: Sequence[str] = FULL,
) -> LinearScore:
    """Fit the score of the sentences that were read.

    Args:
        asked: questions that the reader of each wasn't trained on.
        first: the first-pass score, which chooses what is read.
        reader: one that was trained on none of them.
        weights: what each set and variant counts for in all.
        names: the features used.
    """
    sizes = Counter(a.name for a in asked)
    choices = []
    for one in asked:
        ranked = TrainedRanker(first, first, reader).rank(one.text, one.candidates)
        gold = {c.key for c, right in zip(one.candidates, one.right, strict=True) if right}
        read = [r for r in ranked if "reader" in dict(r.features)]
        if read:
            choices.append(
                Choice(
                    [dict(r.features) for r in read],
                    [r.candidate.key in gold for r in read],
                    weights.get(one.name, 0.0) / sizes[one.name],
                )
            )
    return fit_choice([c for c in choices if c.weight > 0], names)


def found(one: Asked, ranked: Sequence[Ranked]) -> bool:
    """Tell whether right evidence is among the sentences that an answer would cite."""
    gold = {c.key for c, right in zip(one.candidates, one.right, strict=True) if right}
    return any(r.candidate.key in gold for r in ranked[:CITED])


def fit_answerable(
    asked: Sequence[Asked],
    ranked: Sequence[Sequence[Ranked]],
    weights: Mapping[str, float],
    names: Sequence[str] = ANSWERABLE,
    ridge: float = 0.02,
) -> LinearScore:
    """Fit the probability that right evidence is among the first sentences."""
    sizes = Counter(a.name for a in asked)
    rows, labels, shares = [], [], []
    for one, order in zip(asked, ranked, strict=True):
        weight = weights.get(one.name, 0.0) / sizes[one.name]
        if order and weight > 0:
            rows.append(trained_measures(one.text, order))
            labels.append(found(one, order))
            shares.append(weight)
    return fit_logistic(rows, labels, names, shares, ridge)


def sample(asked: Sequence[Asked], most: int, seed: int) -> list[Asked]:
    """Return at most so many, drawn with a seed, in their order."""
    if len(asked) <= most:
        return list(asked)
    rng = random.Random(seed)  # noqa: S311 - for training, not for secrets
    return [asked[i] for i in sorted(rng.sample(range(len(asked)), most))]
