"""Observations → the numbers behind the plots; a report shows them as tables too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eval.metrics import by_name
from eval.metrics.base import CALIBRATION_BINS, calibration_bins
from eval.metrics.retrieval import RR_DEPTH, first_evidence_rank
from eval.records import Observation, Score


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of confidence: its questions, their mean confidence and the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def _confidences(observations: Sequence[Observation]) -> list[tuple[float, float]]:
    outcomes = (by_name("ece").score(observation) for observation in observations)
    pairs = [(o.columns[0], o.columns[1]) for o in outcomes if isinstance(o, Score)]
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1]))


def risk_coverage(observations: Sequence[Observation]) -> tuple[tuple[float, float], ...]:
    """Return (coverage, risk), one point per distinct confidence, most confident first."""
    pairs = _confidences(observations)
    points: list[tuple[float, float]] = []
    wrong = 0.0
    for index, (confidence, right) in enumerate(pairs, start=1):
        wrong += 1.0 - right
        if index == len(pairs) or pairs[index][0] != confidence:
            points.append((index / len(pairs), wrong / index))
    return tuple(points)


def reliability(observations: Sequence[Observation]) -> tuple[Bin, ...]:
    """Return the bins of confidence that hold a question."""
    pairs = np.array(_confidences(observations), dtype=np.float64).reshape(-1, 2)
    bins = calibration_bins(pairs[:, 0])
    found: list[Bin] = []
    for index in range(CALIBRATION_BINS):
        inside = pairs[bins == index]
        if len(inside):
            low, high = index / CALIBRATION_BINS, (index + 1) / CALIBRATION_BINS
            confidence, right = (float(value) for value in inside.mean(axis=0))
            found.append(Bin(low, high, len(inside), confidence, right))
    return tuple(found)


def hit_curve(observations: Sequence[Observation]) -> tuple[tuple[int, float], ...]:
    """Return (k, share of questions with evidence among the first k hits)."""
    metric = by_name("evidence_hit@1")
    ranks = [
        first_evidence_rank(observation)
        for observation in observations
        if isinstance(metric.score(observation), Score)
    ]
    if not ranks:
        return ()
    return tuple(
        (depth, sum(rank is not None and rank <= depth for rank in ranks) / len(ranks))
        for depth in range(1, RR_DEPTH + 1)
    )


def latencies(observations: Sequence[Observation], call: str) -> tuple[float, ...]:
    """Return the milliseconds of a call, ascending."""
    return tuple(
        sorted(
            observation.latency_ms[call]
            for observation in observations
            if observation.error is None and call in observation.latency_ms
        )
    )
