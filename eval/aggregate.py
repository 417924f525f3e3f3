"""Observations → one Aggregate per metric, with a bootstrap interval over questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from eval.metrics import METRICS
from eval.metrics.base import Floats, Metric
from eval.records import Aggregate, Failed, Observation, Outcome, Score, Unscored

BOOTSTRAP_DRAWS = 2000
"""Enough for stable 2.5 % quantiles (about 50 draws lie beyond each)."""
_CHUNK_CELLS = 4_000_000
"""Weights kept at once: 32 MB of float64, whatever the number of questions."""


@lru_cache(maxsize=4)
def _draws(count: int, seed: int) -> npt.NDArray[np.uint16]:
    """Return how often each draw takes each question, shape (draws, questions).

    Metrics that score the same number of questions share the draws, which cost more than the
    statistics themselves.
    """
    generator = np.random.default_rng(seed)
    rows = max(1, _CHUNK_CELLS // max(1, count))
    parts: list[npt.NDArray[np.uint16]] = []
    for start in range(0, BOOTSTRAP_DRAWS, rows):
        size = min(rows, BOOTSTRAP_DRAWS - start)
        taken = generator.integers(0, count, size=(size, count))
        taken += np.arange(size)[:, None] * count
        counts = np.bincount(taken.ravel(), minlength=size * count)
        parts.append(counts.reshape(size, count).astype(np.uint16))
    return np.concatenate(parts)


def bootstrap(count: int, seed: int, statistic: Callable[[Floats], Floats]) -> Floats:
    """Return a statistic of the weights on ``BOOTSTRAP_DRAWS`` resamples of ``count`` questions.

    Efron 1979. Draws in which nothing has weight are left out, so the result may be shorter, or
    empty.
    """
    draws = _draws(count, seed)
    rows = max(1, _CHUNK_CELLS // max(1, count))
    values: Floats = np.concatenate(
        [
            statistic(draws[start : start + rows].astype(np.float64))
            for start in range(0, len(draws), rows)
        ]
    )
    kept: Floats = values[~np.isnan(values)]
    return kept


def columns_of(scores: Sequence[Score]) -> Floats:
    """Return the scores' columns as an array, shape (questions, columns)."""
    return np.array([score.columns for score in scores], dtype=np.float64)


def point(metric: Metric, columns: Floats) -> float | None:
    """Return the metric over the questions as they are, or null where nothing has weight."""
    if not len(columns):
        return None
    value = float(metric.statistic(columns, np.ones((1, len(columns))))[0])
    return None if np.isnan(value) else value


def aggregate(metric: Metric, outcomes: Sequence[Outcome], seed: int = 0) -> Aggregate:
    """Return what a metric says about a run; the order of the outcomes doesn't matter."""
    scores = sorted(
        (outcome for outcome in outcomes if isinstance(outcome, Score)),
        key=lambda score: score.columns,
    )
    reasons = Counter(o.reason for o in outcomes if isinstance(o, Unscored))
    columns = columns_of(scores)
    value = point(metric, columns)
    low = high = None
    if value is not None:
        draws = bootstrap(len(scores), seed, lambda weights: metric.statistic(columns, weights))
        if len(draws):
            low, high = (float(q) for q in np.quantile(draws, (0.025, 0.975)))
    return Aggregate(
        metric=metric.name,
        value=value,
        low=low,
        high=high,
        eligible=len(scores),
        unscored=sum(reasons.values()),
        failed=sum(isinstance(outcome, Failed) for outcome in outcomes),
        total=len(outcomes),
        reasons=tuple(sorted(reasons.items())),
    )


def score_all(
    observations: Sequence[Observation], metrics: Sequence[Metric] = METRICS, seed: int = 0
) -> tuple[Aggregate, ...]:
    """Return every metric over a run."""
    return tuple(
        aggregate(metric, [metric.score(observation) for observation in observations], seed)
        for metric in metrics
    )
