"""Scores of several retrievers → one score per passage."""

from __future__ import annotations

from collections.abc import Mapping


def fuse_scores(
    dense: Mapping[int, float], lexical: Mapping[int, float], lexical_share: float
) -> dict[int, float]:
    """Return for each key of ``dense`` a weighted sum of its scores, a retriever's best being 1.

    Every candidate has a dense score; one that the lexical retriever didn't find has 0 there.
    Scaling each retriever by its best keeps distances, which ranks throw away: a passage far ahead
    of the others stays ahead. Source: Bruch, Gai and Ingber, "An analysis of fusion functions for
    hybrid retrieval", ACM TOIS 42(1), 2023, section 4.
    """
    best_dense = max(dense.values(), default=0.0)
    best_lexical = max(lexical.values(), default=0.0)
    fused = {}
    for key, similarity in dense.items():
        meaning = similarity / best_dense if best_dense > 0 else 0.0
        words = lexical.get(key, 0.0) / best_lexical if best_lexical > 0 else 0.0
        fused[key] = (1 - lexical_share) * meaning + lexical_share * words
    return fused


def standing(
    sentences: Mapping[int, float], lexical: Mapping[int, float], meaning: float, words: float
) -> dict[int, float]:
    """Return for each passage how good a sign it is that the passages beside it belong to it.

    Its best sentence counts for ``meaning``, its words for ``words``; a retriever's best is 1.
    The likeness of whole passages says little here: neighbours resemble one another anyhow.
    """
    best_sentence = max(sentences.values(), default=0.0)
    best_lexical = max(lexical.values(), default=0.0)
    return {
        key: (meaning * sentences.get(key, 0.0) / best_sentence if best_sentence > 0 else 0.0)
        + (words * lexical.get(key, 0.0) / best_lexical if best_lexical > 0 else 0.0)
        for key in sentences.keys() | lexical.keys()
    }
