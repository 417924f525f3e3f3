"""Vectors of a transcript's sentences → its topics, and the sentence that says most of each.

Topics are divided where the talk before a gap is least like the talk after it (TextTiling, Hearst
1997, with sentence vectors in the place of words).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from index.encoders.base import Vectors

# Sentences on each side of a gap that are compared; chosen on meetings (docs/reports, overview).
WINDOW = 40

# The fewest sentences that make a topic.
LEAST_SENTENCES = 8

# A sentence of fewer words says too little to stand for a topic. Without a limit the choice is no
# better than a random one; 8 to 20 make little difference (docs/reports, overview).
LEAST_WORDS = 12

# Beyond these, equal sentences differ by how a library adds numbers up; the first must win then.
DECIMALS = 5


def telling(texts: Sequence[str], vectors: Vectors, most: int) -> tuple[int, ...]:
    """Return the positions of the sentences that say most of each topic, in order.

    Args:
        texts: the sentences of a transcript, in order.
        vectors: unit vectors of them, shape (sentences, dimension); rows of zeros are left out
            where there are others.
        most: how many topics at most.
    """
    says = np.array([_says_something(text) for text in texts], bool)
    known = np.asarray(vectors.any(axis=1), bool)
    fit = next((f for f in (says & known, known, says) if f.any()), np.ones(len(texts), bool))
    chosen = []
    for first, end in pairwise(divided(vectors, most)):
        positions = np.flatnonzero(fit[first:end]) + first
        if len(positions):
            # The mean of the likeness to all others is the likeness to their mean.
            likeness = (vectors[positions] @ vectors[first:end].mean(axis=0)).round(DECIMALS)
            chosen.append(int(positions[np.argmax(likeness)]))
    return tuple(chosen)


def divided(vectors: Vectors, most: int) -> tuple[int, ...]:
    """Return where the topics begin, and the end of the last: at most ``most`` topics."""
    count = len(vectors)
    if not count:
        return ()
    least = max(LEAST_SENTENCES, count // (2 * most))
    bounds = [0, count]
    depths = _depths(vectors)
    for gap in np.lexsort((np.arange(len(depths)), -depths)).tolist():
        if len(bounds) > most or depths[gap] <= 0:
            break
        if all(abs(gap + 1 - bound) >= least for bound in bounds):
            bounds.append(gap + 1)
    return tuple(sorted(bounds))


def _depths(vectors: Vectors) -> Vectors:
    """Return for the gap behind each sentence but the last how deep a valley it is; 0 for none."""
    count = len(vectors)
    sums = np.concatenate(
        [np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=float)]
    )
    gaps = np.arange(1, count)
    before = sums[gaps] - sums[np.maximum(gaps - WINDOW, 0)]
    after = sums[np.minimum(gaps + WINDOW, count)] - sums[gaps]
    lengths = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
    likeness = (np.einsum("ij,ij->i", before, after) / np.maximum(lengths, 1e-9)).round(DECIMALS)
    left = _peak(likeness) - likeness
    right = _peak(likeness[::-1])[::-1] - likeness
    return np.where((left > 0) & (right > 0), left + right, 0).astype(np.float32)


def _peak(likeness: Vectors) -> Vectors:
    """Return how high one comes by going back from each gap as long as it goes uphill."""
    peaks = likeness.copy()
    for place in range(1, len(peaks)):
        if likeness[place - 1] >= likeness[place]:
            peaks[place] = peaks[place - 1]
    return peaks


def _says_something(text: str) -> bool:
    words = [word for word in text.split() if any(map(str.isalnum, word))]
    return len(words) >= LEAST_WORDS and not text.rstrip(" \"'”’)").endswith("?")
