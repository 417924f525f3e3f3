"""Feature tables → linear scores: a conditional logit with "none of them", and a logistic.

A question's candidates compete with one another and with "none answers", whose score is 0
(McFadden 1974, with an outside option). So the fitted score orders candidates and, at once, means
the same for every question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from qa.reader.linear import LinearScore

_Array = npt.NDArray[np.float64]

# Keeps weights of features that hardly vary from growing; chosen once, small against the data.
_RIDGE = 0.02


@dataclass(frozen=True, slots=True)
class Choice:
    """A question's candidates as features, which are right (none: unanswerable), and a weight."""

    features: Sequence[Mapping[str, float]]
    right: Sequence[bool]
    weight: float = 1.0


def matrix(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> _Array:
    """Return the features as an array, shape (rows, names)."""
    return np.array([[row.get(name, 0.0) for name in names] for row in rows], np.float64)


def fit_choice(choices: Sequence[Choice], names: Sequence[str]) -> LinearScore:
    """Fit the conditional logit by L-BFGS; features are standardised within."""
    tables = [matrix(c.features, names) for c in choices]
    stacked = np.concatenate(tables)
    centre, scale = stacked.mean(0), stacked.std(0) + 1e-9
    tables = [(t - centre) / scale for t in tables]
    rights = [np.array(c.right, bool) for c in choices]
    weights = np.array([c.weight for c in choices])
    weights = weights / weights.sum()

    def loss(theta: _Array) -> tuple[float, _Array]:
        total = _RIDGE / 2 * float(theta[1:] @ theta[1:]) / len(names)
        slope = np.concatenate([[0.0], _RIDGE * theta[1:] / len(names)])
        for table, right, weight in zip(tables, rights, weights, strict=True):
            score = table @ theta[1:] + theta[0]
            top = max(0.0, float(score.max()))
            grown = np.exp(score - top)
            all_of_them = grown.sum() + np.exp(-top)
            share = grown / all_of_them
            if right.any():
                good = grown * right
                total -= weight * (np.log(good.sum() + 1e-300) - np.log(all_of_them))
                step = share - good / (good.sum() + 1e-300)
            else:
                total -= weight * (-top - np.log(all_of_them))
                step = share
            slope[0] += weight * step.sum()
            slope[1:] += weight * (table.T @ step)
        return total, slope

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    return _unscaled(found, names, centre, scale)


def fit_logistic(
    rows: Sequence[Mapping[str, float]],
    labels: Sequence[bool],
    names: Sequence[str],
    weights: Sequence[float] | None = None,
    ridge: float = 0.02,
) -> LinearScore:
    """Fit a logistic regression by L-BFGS; features are standardised within."""
    table = matrix(rows, names)
    centre, scale = table.mean(0), table.std(0) + 1e-9
    table = (table - centre) / scale
    signs = np.where(np.array(labels, bool), 1.0, -1.0)
    share = np.ones(len(signs)) if weights is None else np.array(weights, np.float64)
    share = share / share.sum()

    def loss(theta: _Array) -> tuple[float, _Array]:
        value = signs * (table @ theta[1:] + theta[0])
        total = float(share @ np.logaddexp(0, -value)) + ridge / 2 * float(theta[1:] @ theta[1:])
        step = -share * signs / (1 + np.exp(np.clip(value, -500, 500)))
        slope = np.concatenate([[step.sum()], table.T @ step + ridge * theta[1:]])
        return total, slope

    found = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    return _unscaled(found, names, centre, scale)


def _unscaled(theta: _Array, names: Sequence[str], centre: _Array, scale: _Array) -> LinearScore:
    weights = theta[1:] / scale
    bias = float(theta[0] - weights @ centre)
    return LinearScore(bias, {name: float(w) for name, w in zip(names, weights, strict=True)})
