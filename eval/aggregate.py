"""Observations → one Aggregate per metric, with a bootstrap interval over questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from eval.metrics import METRICS
from eval.metrics.base import Floats, Metric
from eval.records import Aggregate, Failed, Observation, Outcome, Score, Unscored

BOOTSTRAP_DRAWS = 2000
"""Enough for stable 2.5 % quantiles (about 50 draws lie beyond each)."""
_CHUNK_CELLS = 4_000_000
"""Weights kept at once: 32 MB of float64, whatever the number of questions."""


def bootstrap_statistic(metric: Metric, columns: Floats, seed: int) -> Floats:
    """Return the metric on ``BOOTSTRAP_DRAWS`` resamples of the questions (Efron 1979).

    Draws in which nothing has weight are left out, so the result may be shorter, or empty.
    """
    count = len(columns)
    generator = np.random.default_rng(seed)
    rows = max(1, _CHUNK_CELLS // max(1, count))
    parts: list[Floats] = []
    left = BOOTSTRAP_DRAWS
    while left > 0:
        size = min(rows, left)
        weights = generator.multinomial(count, np.full(count, 1.0 / count), size=size)
        parts.append(metric.statistic(columns, weights.astype(np.float64)))
        left -= size
    values = np.concatenate(parts)
    return values[~np.isnan(values)]


def columns_of(scores: Sequence[Score]) -> Floats:
    """Return the scores' columns as an array, shape (questions, columns)."""
    return np.array([score.columns for score in scores], dtype=np.float64)


def point(metric: Metric, scores: Sequence[Score]) -> float | None:
    """Return the metric over the scores as they are, or null where nothing has weight."""
    if not scores:
        return None
    value = float(metric.statistic(columns_of(scores), np.ones((1, len(scores))))[0])
    return None if np.isnan(value) else value


def aggregate(metric: Metric, outcomes: Sequence[Outcome], seed: int = 0) -> Aggregate:
    """Return what a metric says about a run; the order of the outcomes doesn't matter."""
    scores = sorted(
        (outcome for outcome in outcomes if isinstance(outcome, Score)),
        key=lambda score: score.columns,
    )
    reasons = Counter(o.reason for o in outcomes if isinstance(o, Unscored))
    value = point(metric, scores)
    low = high = None
    if value is not None:
        draws = bootstrap_statistic(metric, columns_of(scores), seed)
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
