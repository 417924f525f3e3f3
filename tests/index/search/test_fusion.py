from __future__ import annotations

import pytest

from index.search.fusion import fuse_scores, standing


def test_each_leg_is_scaled_by_its_best_and_weighted() -> None:
    fused = fuse_scores({7: 0.4, 8: 0.8}, {7: 10.0, 9: 20.0}, lexical_share=0.25)
    assert fused == {
        7: pytest.approx(0.75 * 0.5 + 0.25 * 0.5),
        8: pytest.approx(0.75 * 1.0),
    }


def test_nothing_found_is_nothing() -> None:
    assert fuse_scores({}, {}, 0.5) == {}


def test_a_leg_without_any_likeness_adds_nothing() -> None:
    assert fuse_scores({1: -0.2, 2: 0.0}, {}, 0.5) == {1: 0.0, 2: 0.0}


def test_a_passage_lends_by_its_best_sentence_and_its_words() -> None:
    lends = standing({1: 0.4, 2: 0.8}, {2: 5.0, 3: 10.0}, meaning=0.2, words=0.3)
    assert lends == {
        1: pytest.approx(0.1),
        2: pytest.approx(0.2 + 0.15),
        3: pytest.approx(0.3),
    }
    assert standing({}, {}, 0.2, 0.3) == {}
