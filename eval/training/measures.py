"""Ranked questions → figures with bootstrap intervals over documents."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from qa.evidence.candidates import Ranked

_DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval, drawn by document: questions of one depend on each other."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        """Return it as it stands in a table."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}] (n={self.count})"


def bootstrap(
    groups: Sequence[str],
    rows: Sequence[tuple[float, ...]],
    statistic: Callable[[np.ndarray], float] | None = None,
    seed: int = 7,
) -> Figure:
    """Return a statistic of the rows (the mean of their first column) with its interval.

    Args:
        groups: the document of each row.
        rows: the values of each question.
        statistic: array (rows, columns) → number.
    """
    measure = statistic or (lambda table: float(table[:, 0].mean()))
    by_group: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for group, row in zip(groups, rows, strict=True):
        by_group[group].append(row)
    tables = [np.array(by_group[g], np.float64) for g in sorted(by_group)]
    rng = random.Random(seed)  # noqa: S311 - resampling
    drawn = []
    for _ in range(_DRAWS):
        picked = rng.choices(tables, k=len(tables))
        value = measure(np.concatenate(picked))
        if not np.isnan(value):
            drawn.append(value)
    low, high = np.percentile(drawn, [2.5, 97.5]) if drawn else (float("nan"), float("nan"))
    return Figure(measure(np.concatenate(tables)), float(low), float(high), len(rows))


def citation_f1(gold: frozenset[int], cited: Sequence[int]) -> float:
    """Return the F1 of cited sentences against the gold ones."""
    hits = len(gold & set(cited))
    if not hits:
        return 0.0
    precision, recall = hits / len(set(cited)), hits / len(gold)
    return 2 * precision * recall / (precision + recall)


def expected_calibration_error(
    confidence: Sequence[float], right: Sequence[bool], bins: int = 10
) -> float:
    """Return the mean gap of confidence and share right over equally full bins.

    Source: Guo et al., "On calibration of modern neural networks", ICML 2017; equal mass instead of
    equal width, which small samples need.
    """
    order = np.argsort(confidence, kind="stable")
    sure, true = np.array(confidence)[order], np.array(right, np.float64)[order]
    gap = 0.0
    for part in np.array_split(np.arange(len(sure)), bins):
        if len(part):
            gap += len(part) / len(sure) * abs(float(sure[part].mean() - true[part].mean()))
    return gap


def risk_coverage_area(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Return the mean share of wrong answers over all coverages, most confident first."""
    order = np.argsort(-np.array(confidence), kind="stable")
    wrong = 1.0 - np.array(right, np.float64)[order]
    return float((np.cumsum(wrong) / np.arange(1, len(wrong) + 1)).mean())


_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_NOT_WORD = re.compile(r"[^\w\s]")


def token_f1(answer: str, gold: Sequence[str]) -> float:
    """Return the best token F1 of an answer against the gold ones, as SQuAD counts it."""
    return max((_f1(_tokens(answer), _tokens(g)) for g in gold), default=0.0)


def _tokens(text: str) -> list[str]:
    return _ARTICLE.sub(" ", _NOT_WORD.sub("", text.lower())).split()


def _f1(answer: list[str], gold: list[str]) -> float:
    shared = sum((Counter(answer) & Counter(gold)).values())
    if not shared:
        return float(answer == gold)
    return 2 * shared / (len(answer) + len(gold))


def first_hit(ranked: Sequence[Ranked], gold: set[tuple[str, str, int]], depth: int = 1) -> float:
    """Return 1 when a gold sentence is among the first ``depth``, else 0."""
    return float(any(r.candidate.key in gold for r in ranked[:depth]))
