"""Statement + cited sentences → named features that a trained score of support is made of.

What the deterministic checks see counts here also where it isn't enough to refuse: free wording
drops negations and names people anew, and only all signs together tell that from a swap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa.language.lexicon import NEGATIONS, NEGATIVE_VERBS
from qa.language.tokens import Token, tokens
from qa.verify.alignment import similar_order
from qa.verify.modality import STRONG, unheard
from qa.verify.names import is_name
from qa.verify.polarity import opposed, scope_differs

REASONS = ("number", "name", "speaker", "negation")
"""Reasons of the checks that are features of their own; the others are rare."""

_CAP = 8.0

UNLIKE_BELOW = 0.3
"""Mean of shared words and likeness from which on more of it tells nothing."""

VERBATIM = 0.95
"""Share of words in the evidence's order from which a statement is its own words."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the models say of a statement and its evidence.

    Args:
        reader: log-odds that the evidence backs it.
        whole: likeness of the statement to all evidence or its best sentence, 0 to 1.
        halves: the same of its first and second half.
    """

    reader: float
    whole: float
    halves: tuple[float, float]


def halves(statement: str) -> tuple[str, str]:
    """Return both halves of a statement by words; a merge of two has the seam there."""
    words = statement.split()
    middle = (len(words) + 1) // 2
    return " ".join(words[:middle]), " ".join(words[middle:])


def support_features(
    statement: str,
    cited: Sequence[tuple[str, str | None]],
    reasons: Sequence[str],
    meaning: Meaning,
) -> dict[str, float]:
    """Return the features; ``cited`` are texts with their speakers."""
    words = tokens(statement)
    sentences = [tokens(text) for text, _ in cited]
    evidence = tuple(token for sentence in sentences for token in sentence)
    labels = {t.stem for _, speaker in cited if speaker for t in tokens(speaker)}
    known = {token.stem for token in evidence} | labels
    content = [token for token in words if token.content]
    middle = len(content) // 2
    first, second = (_covered(part, known) for part in (content[:middle], content[middle:]))
    negative = sum(token.word in NEGATIONS | NEGATIVE_VERBS for token in evidence)
    reader = max(-_CAP, min(_CAP, meaning.reader))
    likeness = (_covered(content, known) + meaning.whole) / 2
    found = {
        "reader": reader,
        "reader_low": max(0.0, -reader),
        "similarity": meaning.whole,
        "half_gap": abs(meaning.halves[0] - meaning.halves[1]),
        "half_coverage": min(first, second),
        "unlike": max(0.0, UNLIKE_BELOW - likeness),
        "verbatim": float(similar_order(words, evidence) >= VERBATIM),
        "evidence_negative": min(2.0, 20 * negative / max(1, len(evidence))),
        "scope": float(scope_differs(words, evidence)),
        "opposed": float(opposed(words, evidence)),
        "strong": float(min(2, unheard(words, evidence, STRONG))),
        "named": float(min(3, sum(is_name(token) and token.content for token in words))),
        "words": math.log1p(len(words)),
        "evidence_words": math.log1p(len(evidence)),
        "any": float(bool(reasons)),
    }
    return found | {f"check_{name}": float(name in reasons) for name in REASONS}


def _covered(words: Sequence[Token], known: set[str]) -> float:
    return sum(token.stem in known for token in words) / len(words) if words else 0.0
