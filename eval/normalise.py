"""Text → the tokens that answers are compared by."""

from __future__ import annotations

import re
import string
from collections import Counter

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)

SHORT_ANSWER_WORDS = 12
"""Longest gold answer, in words, that is compared as a short answer; longer ones by ROUGE-L.
SQuAD-style answers end at about 12 words, the written ones of the summary sets begin there."""


def squad_tokens(text: str) -> list[str]:
    """Return lower-case words without punctuation and English articles.

    As in the evaluation of SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250).
    """
    return _ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split()


def exact_match(predicted: str, gold: str) -> float:
    """Return 1.0 when both have the same normalised tokens, else 0.0 (SQuAD)."""
    return float(squad_tokens(predicted) == squad_tokens(gold))


def token_f1(predicted: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall over normalised tokens (SQuAD)."""
    ours, theirs = squad_tokens(predicted), squad_tokens(gold)
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def short_golds(answers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the gold answers that are short and have tokens to compare."""
    return tuple(
        answer
        for answer in answers
        if squad_tokens(answer) and len(answer.split()) <= SHORT_ANSWER_WORDS
    )


def long_golds(answers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the gold answers that are too long for a short answer."""
    return tuple(answer for answer in answers if len(answer.split()) > SHORT_ANSWER_WORDS)
