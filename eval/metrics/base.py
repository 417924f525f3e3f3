"""Outcomes per question → one number per run, for any resampling of the questions.

A metric is a function of one observation, and a statistic over its scores' columns. The statistic
takes weights, shape (draws, questions), so that the point estimate (all ones), a bootstrap
(multinomial counts) and a subset are one vectorised call. A draw in which nothing has weight is NaN
inside this package only: it is dropped before anything is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Literal

import numpy as np
import numpy.typing as npt

from eval.records import Failed, Observation, Outcome, Score, Unscored

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]
Statistic = Callable[[Floats, Floats], Floats]
Scorer = Callable[[Observation], Outcome]
Family = Literal[
    "retrieval", "evidence", "citations", "answers", "abstention", "confidence", "operation"
]

CALIBRATION_BINS = 10
"""Bins of equal width; ten is what the published calibration figures use."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name, what it says about a question, and how a run's questions add up.

    Args:
        better: the direction of improvement; null for a plain description.
        paired: two runs are compared on the questions that both scored, or, for a share whose
            denominator depends on the answers (how many abstentions were right), on all of them.
    """

    name: str
    family: Family
    score: Scorer
    statistic: Statistic
    better: Literal["higher", "lower"] | None = "higher"
    unit: Literal["share", "ms"] = "share"
    paired: Literal["both", "any"] = "both"

    @property
    def about(self) -> str:
        """Return the first paragraph of the scoring function's docstring."""
        return " ".join((self.score.__doc__ or "").split("\n\n")[0].split())

    def value(self, score: Score) -> float:
        """Return what one question contributes: its share, or the first column as it is."""
        if self.statistic is ratio:
            return score.columns[0] / score.columns[1]
        return score.columns[0]


def safe_ratio(top: Floats, bottom: Floats) -> Floats:
    """Return top / bottom, NaN where the bottom is 0."""
    result: Floats = np.full(np.shape(top), np.nan)
    np.divide(top, bottom, out=result, where=bottom > 0)
    return result


def ratio(columns: Floats, weights: Floats) -> Floats:
    """Return Σ numerators / Σ denominators; with denominators of 1 that is the mean."""
    return safe_ratio(weights @ columns[:, 0], weights @ columns[:, 1])


def area_under_risk_coverage(columns: Floats, weights: Floats) -> Floats:
    """Return the mean, over questions, of the risk among all at least as confident.

    The area under the risk–coverage curve (Geifman, Uziel, El-Yaniv 2019, arXiv:1805.08206);
    questions of equal confidence are taken together. Columns: confidence, right (0 or 1).
    """
    order = np.argsort(-columns[:, 0], kind="stable")
    confidence, wrong = columns[order, 0], 1.0 - columns[order, 1]
    drawn = weights[:, order]
    covered = np.cumsum(drawn, axis=1)
    errors = np.cumsum(drawn * wrong, axis=1)
    last = np.searchsorted(-confidence, -confidence, side="right") - 1
    risk = np.nan_to_num(safe_ratio(errors[:, last], covered[:, last]))
    return safe_ratio((drawn * risk).sum(axis=1), drawn.sum(axis=1))


def calibration_bins(confidence: Floats) -> npt.NDArray[np.int64]:
    """Return the bin of each confidence: equal widths, 1.0 in the last."""
    return np.minimum((confidence * CALIBRATION_BINS).astype(np.int64), CALIBRATION_BINS - 1)


def expected_calibration_error(columns: Floats, weights: Floats) -> Floats:
    """Return Σ over bins of (share of the bin) × |mean confidence − share right|.

    Naeini et al. 2015 (AAAI), as used by Guo et al. 2017 (arXiv:1706.04599). Columns: confidence,
    right (0 or 1).
    """
    bins = calibration_bins(columns[:, 0])
    onehot = (bins[:, None] == np.arange(CALIBRATION_BINS)[None, :]).astype(np.float64)
    gaps = np.abs(weights @ (onehot * (columns[:, :1] - columns[:, 1:2])))
    return safe_ratio(gaps.sum(axis=1), weights.sum(axis=1))


def percentile(percent: int) -> Statistic:
    """Return the statistic "smallest value that at least so many per cent don't exceed"."""
    share = percent / 100

    def statistic(columns: Floats, weights: Floats) -> Floats:
        order = np.argsort(columns[:, 0], kind="stable")
        cumulated = np.cumsum(weights[:, order], axis=1)
        total = cumulated[:, -1]
        # A small slack, since share * total is rarely exact in binary.
        reached = cumulated >= (share * total - 1e-9)[:, None]
        values = columns[order, 0][np.argmax(reached, axis=1)]
        return np.where(total > 0, values, np.nan)

    return statistic


# --- why a question can't be scored --------------------------------------------------------------


def failed(one: Observation) -> Failed | None:
    """Return the failure that stands in the answer's place."""
    if one.error is not None:
        return Failed(f"{one.error.code}: {one.error.detail}")
    return Failed("no answer") if one.answer is None else None


def evidence_unknown(one: Observation) -> Unscored | None:
    """Return why nobody can tell whether a sentence answers this question."""
    if one.gold.unmapped:
        return Unscored("gold evidence could not be placed in the target's text")
    return None if one.gold.groups else Unscored("the data gives no evidence")


def nothing_to_find(one: Observation) -> Unscored | None:
    """Return why there is no evidence to look for."""
    if not one.answerable:
        return Unscored("unanswerable: there is no evidence to find")
    return evidence_unknown(one)


def unanswerable(one: Observation) -> Unscored | None:
    """Return that there is no answer to compare with."""
    return None if one.answerable else Unscored("unanswerable: there is no gold answer")


def abstained(one: Observation) -> Unscored | None:
    """Return that nothing was answered: abstaining has metrics of its own."""
    if one.said.status == "abstained":
        return Unscored("abstained: scored by the abstention metrics")
    return None


def needs(
    *problems: Callable[[Observation], Failed | Unscored | None],
) -> Callable[[Scorer], Scorer]:
    """Return a decorator: what failed, or has one of these problems, isn't scored."""

    def decorate(score: Scorer) -> Scorer:
        @wraps(score)
        def checked(one: Observation) -> Outcome:
            for problem in (failed, *problems):
                if (found := problem(one)) is not None:
                    return found
            return score(one)

        return checked

    return decorate


def about(text: str) -> Callable[[Scorer], Scorer]:
    """Return a decorator that says what a metric made for a number of something measures."""

    def decorate(score: Scorer) -> Scorer:
        score.__doc__ = text
        return score

    return decorate
