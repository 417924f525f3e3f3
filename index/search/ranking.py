"""Passages that either retriever found → their scores, best first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.encoders.base import PassageVectors, Vectors
from index.records import Scores
from index.search.boosts import SENTENCE_BESIDE, WORDS_BESIDE, lifted, named_speakers, share_of
from index.search.fusion import fuse_scores, standing
from index.store import PassageRow

# What words count for beside meaning. From 0.2 to 0.4 nothing changed by more than a point.
LEXICAL_SHARE = 0.3

Shares = Callable[[Sequence[int]], Mapping[int, Mapping[str, float]]]


@dataclass(frozen=True, slots=True)
class Stacked:
    """Vectors of several passages in one piece.

    Args:
        keys: the passages.
        passages: their vectors, shape (passages, dimension).
        sentences: the vectors of their sentences, one passage after the other, shape (sentences,
            dimension); every passage has one at least.
        starts: which row is a passage's first, shape (passages,).
    """

    keys: tuple[int, ...]
    passages: Vectors
    sentences: Vectors
    starts: npt.NDArray[np.intp]

    @classmethod
    def of(cls, vectors: Mapping[int, PassageVectors]) -> Stacked:
        """Return vectors by key as one piece."""
        counts = [len(each.sentences) for each in vectors.values()]
        return cls(
            tuple(vectors),
            np.stack([each.passage for each in vectors.values()]),
            np.concatenate([each.sentences for each in vectors.values()]),
            np.cumsum([0, *counts[:-1]]),
        )


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: passages by key, vectors of those that have them, and BM25 scores by key.

    ``lexical`` may hold keys without a passage, which are left out.
    """

    rows: Mapping[int, PassageRow]
    vectors: Stacked
    lexical: Mapping[int, float]


def ranked(
    query: str,
    vector: Vectors,
    found: Found,
    *,
    speakers: Callable[[str], Mapping[str, frozenset[str]]],
    shares: Shares,
) -> dict[int, Scores]:
    """Return each passage's scores, best first; equal ones by document and place.

    Args:
        query: the question.
        vector: its unit vector, shape (dimension,).
        found: the passages and what is known of them.
        speakers: returns what each folded label of a document is called. Where there is one voice,
            an answer stands in one place, and what is beside it is something else.
        shares: returns, by key, which part of a passage each speaker says.
    """
    rows, lexical = found.rows, found.lexical
    dense, sentences = _similarities(found.vectors, vector)
    fused = fuse_scores(dense, lexical, LEXICAL_SHARE) | _by_words_alone(dense, lexical)
    fused = {key: score for key, score in fused.items() if key in rows}
    people = {d: speakers(d) for d in sorted({row.document_id for row in rows.values()})}
    lends = {
        key: lent
        for key, lent in standing(sentences, lexical, SENTENCE_BESIDE, WORDS_BESIDE).items()
        if key in rows and len(people[rows[key].document_id]) > 1
    }
    final = lifted(query, rows, fused, _spoken(query, people, rows, shares), lends)
    order = sorted(
        (rows[key] for key in final),
        key=lambda r: (-final[r.key], -fused[r.key], r.document_id, r.passage.number),
    )
    return {
        row.key: Scores(dense.get(row.key), lexical.get(row.key), final[row.key]) for row in order
    }


def _spoken(
    query: str,
    people: Mapping[str, Mapping[str, frozenset[str]]],
    rows: Mapping[int, PassageRow],
    shares: Shares,
) -> dict[int, float]:
    """Return which part of a passage the speakers say whom a query names, where any do."""
    named = named_speakers(query, people)
    if not named:
        return {}
    theirs = [key for key, row in rows.items() if row.document_id in named]
    said = shares(theirs)
    return {key: share_of(named[rows[key].document_id], said[key]) for key in theirs}


def _by_words_alone(dense: Mapping[int, float], lexical: Mapping[int, float]) -> dict[int, float]:
    """Return scores of passages whose vectors are pending: their words count for all of it."""
    best = max(lexical.values(), default=0.0)
    return {
        key: score / best if best > 0 else 0.0 for key, score in lexical.items() if key not in dense
    }


def _similarities(found: Stacked, query: Vectors) -> tuple[dict[int, float], dict[int, float]]:
    """Return how near each passage is, and its best sentence.

    The first is the mean of the passage's own likeness and its best sentence's: the passage says
    what is being talked about, the sentence whether the thing itself is said.
    """
    if not found.keys:
        return {}, {}
    # Not by ``@``, which wakes a thread on every core and then waits for them.
    likeness = np.einsum("ij,j->i", found.sentences, query)
    best = np.maximum.reduceat(likeness, found.starts)
    mean = (found.passages @ query + best) / 2
    return (
        dict(zip(found.keys, mean.tolist(), strict=True)),
        dict(zip(found.keys, best.tolist(), strict=True)),
    )
