from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from index.encoders.base import PassageVectors, Vectors
from index.records import Metadata, Passage, Scores
from index.search.ranking import Found, Stacked, ranked
from index.store import PassageRow, from_halves

QUERY = np.asarray([1.0, 0.0], np.float32)
CONVERSATION = {"ann": frozenset({"ann"}), "ben": frozenset({"ben"})}


def make_vectors(likeness: float) -> PassageVectors:
    vector: Vectors = np.asarray([likeness, np.sqrt(1 - likeness**2)], np.float32)
    return PassageVectors(vector, vector[None, :])


def make_found(likeness: Mapping[int, float]) -> Found:
    rows = {
        key: PassageRow(key, "talk", "v", Metadata("A talk"), Passage(key, 0, 0, 0, 1, ("ANN",)))
        for key in likeness
    }
    return Found(rows, Stacked.of({k: make_vectors(v) for k, v in likeness.items()}), {})


def nobody_says_anything(keys: Sequence[int]) -> Mapping[int, Mapping[str, float]]:
    return {key: {} for key in keys}


def rank(found: Found, speakers: Mapping[str, frozenset[str]]) -> dict[int, Scores]:
    return ranked(
        "a question", QUERY, found, speakers=lambda _: speakers, shares=nobody_says_anything
    )


def test_in_a_conversation_what_stands_beside_the_best_comes_before_what_stands_alone() -> None:
    found = make_found({0: 0.9, 1: 0.8, 2: 0.3, 9: 0.35})
    assert list(rank(found, CONVERSATION)) == [0, 1, 2, 9]


def test_where_one_voice_speaks_nothing_is_lent() -> None:
    found = make_found({0: 0.9, 1: 0.8, 2: 0.3, 9: 0.35})
    assert list(rank(found, {})) == [0, 1, 9, 2]
    assert list(rank(found, {"ann": frozenset({"ann"})})) == [0, 1, 9, 2]


def test_a_passage_without_vectors_is_ranked_by_its_words() -> None:
    found = make_found({0: 0.9, 1: 0.1})
    pending = Found(found.rows, Stacked.of({0: make_vectors(0.9)}), {1: 7.0})
    scores = rank(pending, {})
    assert scores[1].dense is None
    assert scores[1].lexical == 7.0
    assert scores[1].fused == pytest.approx(1.0)


def test_half_precision_is_read_as_numpy_reads_it() -> None:
    finite = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    finite = finite[np.isfinite(finite)]
    assert np.array_equal(from_halves(finite.tobytes()), finite.astype(np.float32))
