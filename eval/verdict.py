"""Observation → one word: what became of the question. The gate and the report go by it."""

from __future__ import annotations

from typing import Literal, get_args

from eval.metrics.citations import matches_any_of
from eval.records import Observation

Verdict = Literal[
    "right", "wrong evidence", "wrongly abstained", "answered the unanswerable", "unscored", "error"
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


def verdict(observation: Observation) -> Verdict:
    """Return what became of a question.

    Right is: the first citation of the answer holds gold evidence, or the service abstained where
    the transcripts don't say. Unscored is an answer to a question whose evidence isn't known.
    """
    if observation.error is not None or observation.answer is None:
        return "error"
    abstained = observation.answer.status == "abstained"
    if not observation.answerable:
        return "right" if abstained else "answered the unanswerable"
    if abstained:
        return "wrongly abstained"
    if observation.gold.unmapped or not observation.gold.groups:
        return "unscored"
    first = observation.answer.citations[:1]
    return "right" if matches_any_of(first, observation) else "wrong evidence"
