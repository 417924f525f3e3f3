"""Two runs → what changed, with paired intervals, a paired test, and the questions behind it.

Both runs must have asked the same questions of the same data. Intervals resample questions (paired
bootstrap, Efron 1979; as for language tasks Koehn 2004, ACL W04-3250), the same resample for both
runs; the p-value is a paired randomisation test (Fisher 1935; Noreen 1989), exact where few
questions differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

from eval.aggregate import bootstrap, point
from eval.errors import RunError
from eval.journal import RECORDS, read
from eval.manifest import Manifest, read_manifest
from eval.metrics import METRICS
from eval.metrics.base import Floats, Ints, Metric
from eval.records import Failed, Observation, Score
from eval.verdict import verdict

PERMUTATIONS = 2000
"""Random swaps: p-values down to 1/2001 can be told."""
EXACT_UP_TO = 12
"""With this many differing questions all 2^12 = 4096 swaps are tried instead."""
SLACK = 1e-12
"""Two differences closer than this are equal: sums in another order differ in the last bits."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric of two runs, on the questions that both can be compared on.

    ``value_a`` and ``value_b`` are null where that run has nothing to score; then so is the rest.
    """

    metric: str
    value_a: float | None
    value_b: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    paired: int = 0
    only_a: int = 0
    only_b: int = 0
    regressed: bool = False
    improved: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A question that the two runs treat differently, most changed first."""

    question_id: str
    question: str
    before: str
    after: str
    movement: float
    metrics: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that two runs differ in. ``errors`` are the counts of failed questions."""

    a: Manifest
    b: Manifest
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    errors: tuple[int, int]

    @property
    def regressions(self) -> tuple[str, ...]:
        """Return the metrics that are worse beyond doubt; more errors are a regression too."""
        worse = [difference.metric for difference in self.differences if difference.regressed]
        return (*worse, *(["errors"] if self.errors[1] > self.errors[0] else []))


def _pairs(
    metric: Metric, pairs: Sequence[tuple[Observation, Observation]]
) -> tuple[Floats, Floats, int, int]:
    """Return both runs' columns, shape (questions, columns), and how many only one run scored."""
    ours: list[tuple[float, ...]] = []
    theirs: list[tuple[float, ...]] = []
    only_a = only_b = 0
    for first, second in pairs:
        a, b = metric.score(first), metric.score(second)
        if isinstance(a, Failed) or isinstance(b, Failed):
            continue
        if isinstance(a, Score) and isinstance(b, Score):
            ours.append(a.columns)
            theirs.append(b.columns)
            continue
        only_a += isinstance(a, Score)
        only_b += isinstance(b, Score)
        if metric.paired == "any" and (isinstance(a, Score) or isinstance(b, Score)):
            ours.append(a.columns if isinstance(a, Score) else (0.0, 0.0))
            theirs.append(b.columns if isinstance(b, Score) else (0.0, 0.0))
    return np.array(ours, dtype=float), np.array(theirs, dtype=float), only_a, only_b


def _swapped(metric: Metric, a: Floats, b: Floats, differs: Ints, swaps: Floats) -> Floats:
    """Return B − A with the chosen questions swapped, one value per row of ``swaps``."""
    # Both runs' questions in one list: a swap moves weight between the two halves.
    both = np.concatenate([a, b])
    swapped = np.zeros((len(swaps), len(a)))
    swapped[:, differs] = swaps
    kept = 1.0 - swapped
    after = metric.statistic(both, np.concatenate([swapped, kept], axis=1))
    return after - metric.statistic(both, np.concatenate([kept, swapped], axis=1))


def p_value(metric: Metric, a: Floats, b: Floats, seed: int) -> float:
    """Return how often swapping the two runs at random, question by question, differs as much.

    Two-sided. A random test counts the observed order as one of its own, so p is never 0.
    """
    ones = np.ones((1, len(a)))
    observed = abs(float((metric.statistic(b, ones) - metric.statistic(a, ones))[0]))
    differs = np.flatnonzero((a != b).any(axis=1))
    if exact := len(differs) <= EXACT_UP_TO:
        swaps = np.array(list(product((0.0, 1.0), repeat=len(differs))))
    else:
        generator = np.random.default_rng(seed)
        swaps = generator.integers(0, 2, (PERMUTATIONS, len(differs)), np.uint8).astype(np.float64)
    parts = np.array_split(swaps, max(1, len(swaps) // 500))
    values = np.concatenate([_swapped(metric, a, b, differs, part) for part in parts])
    values = np.abs(values[~np.isnan(values)])
    as_large = int((values >= observed - SLACK).sum())
    if exact:
        return as_large / len(values) if len(values) else 1.0
    return (as_large + 1) / (len(values) + 1)


def difference(
    metric: Metric, pairs: Sequence[tuple[Observation, Observation]], seed: int = 0
) -> Difference:
    """Return how a metric differs between two runs of the same questions."""
    a, b, only_a, only_b = _pairs(metric, pairs)
    value_a, value_b = point(metric, a), point(metric, b)
    if value_a is None or value_b is None:
        return Difference(
            metric.name, value_a, value_b, paired=len(a), only_a=only_a, only_b=only_b
        )
    # The same questions are drawn for both runs.
    drawn = bootstrap(len(a), seed, lambda w: metric.statistic(b, w) - metric.statistic(a, w))
    low = high = None
    if len(drawn):
        low, high = (float(q) for q in np.quantile(drawn, (0.025, 0.975)))
    up = low is not None and low > 0
    down = high is not None and high < 0
    return Difference(
        metric=metric.name,
        value_a=value_a,
        value_b=value_b,
        difference=value_b - value_a,
        low=low,
        high=high,
        p_value=p_value(metric, a, b, seed),
        paired=len(a),
        only_a=only_a,
        only_b=only_b,
        regressed=_worse(metric, value_a, value_b, up=up, down=down),
        improved=(up and metric.better == "higher") or (down and metric.better == "lower"),
    )


def _worse(metric: Metric, a: float, b: float, *, up: bool, down: bool) -> bool:
    """Return whether a metric got worse beyond doubt; validity may not fall at all."""
    if metric.name == "validity":
        return b < min(a, 1.0)
    return (down and metric.better == "higher") or (up and metric.better == "lower")


def changes(
    pairs: Sequence[tuple[Observation, Observation]], limit: int = 20
) -> tuple[Change, ...]:
    """Return the questions that changed most: by verdict first, then by the sum of movements."""
    found: list[Change] = []
    for first, second in pairs:
        moved: list[tuple[str, float, float]] = []
        for metric in METRICS:
            if metric.unit != "share" or metric.better is None or metric.family == "confidence":
                continue
            a, b = metric.score(first), metric.score(second)
            if isinstance(a, Score) and isinstance(b, Score):
                before, after = metric.value(a), metric.value(b)
                if before != after:
                    moved.append((metric.name, before, after))
        old, new = verdict(first), verdict(second)
        if moved or old != new:
            movement = sum(abs(after - before) for _, before, after in moved)
            found.append(
                Change(first.question_id, first.question, old, new, movement, tuple(moved))
            )
    found.sort(key=lambda c: (c.before == c.after, -c.movement, c.question_id))
    return tuple(found[:limit])


def compare_observations(
    manifests: tuple[Manifest, Manifest],
    first: Sequence[Observation],
    second: Sequence[Observation],
    seed: int = 0,
) -> Comparison:
    """Compare two runs' observations.

    Raises:
        RunError: they didn't ask the same questions of the same data.
    """
    a, b = ({each.question_id: each for each in run} for run in (first, second))
    if manifests[0].data_sha256 != manifests[1].data_sha256:
        raise RunError("the runs asked about different data: their data hashes differ")
    if manifests[0].other_documents != manifests[1].other_documents:
        raise RunError("the runs had different documents besides the set's in their corpus")
    if a.keys() != b.keys() or not a:
        raise RunError(
            f"the runs asked different questions ({len(a.keys() - b.keys())} only in the first,"
            f" {len(b.keys() - a.keys())} only in the second): run both with the same selection"
        )
    pairs = [(a[name], b[name]) for name in sorted(a)]
    if differing := [one.question_id for one, other in pairs if one.filters != other.filters]:
        raise RunError(f"the runs asked with different filters: see question {differing[0]!r}")
    return Comparison(
        a=manifests[0],
        b=manifests[1],
        differences=tuple(difference(metric, pairs, seed) for metric in METRICS),
        changes=changes(pairs),
        errors=(
            sum(each.error is not None for each in first),
            sum(each.error is not None for each in second),
        ),
    )


def compare(first: Path, second: Path, seed: int = 0) -> Comparison:
    """Compare two run directories; raises ``RunError`` where they can't be compared."""
    manifests = read_manifest(first), read_manifest(second)
    return compare_observations(manifests, read(first / RECORDS), read(second / RECORDS), seed)
