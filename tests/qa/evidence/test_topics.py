"""Topics of a transcript and their sentences, with vectors that say plainly what is alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoders.base import Vectors
from qa.evidence.topics import LEAST_SENTENCES, divided, telling
from tests.builders import FakeEncoder

LONG = "and this sentence has words enough to stand for all of what was said there"


def about(*topics: int, dimension: int = 8) -> Vectors:
    """Return a unit vector for each sentence, the same one for the same topic."""
    return np.eye(dimension, dtype=np.float32)[list(topics)]


def test_topics_begin_where_the_talk_changes() -> None:
    vectors = about(*[0] * 30, *[1] * 25, *[2] * 40)
    assert divided(vectors, 7) == (0, 30, 55, 95)
    assert divided(vectors, 2) in ((0, 30, 95), (0, 55, 95))
    assert divided(vectors, 1) == (0, 95)


def test_a_transcript_without_a_change_is_one_topic() -> None:
    assert divided(about(*[3] * 50), 7) == (0, 50)
    assert divided(about(), 7) == ()


def test_the_sentence_nearest_to_all_others_of_its_topic_is_chosen() -> None:
    texts = [LONG] * 60
    vectors = about(*[0] * 30, *[1] * 30)
    # All but one of each topic have something of their own.
    for n in (*range(12), *range(13, 41), *range(42, 60)):
        vectors[n, 2 + n % 6] = 1.0
        vectors[n] /= np.linalg.norm(vectors[n])
    assert telling(texts, vectors, 2) == (12, 41)


def test_questions_and_short_sentences_stand_for_a_topic_only_where_there_is_nothing_else() -> None:
    vectors = about(*[0] * 20)
    texts = [f"{LONG}?", "Yes, it does.", *["Mhm."] * 5, LONG, *["Mhm."] * 12]
    assert telling(texts, vectors, 7) == (7,)
    assert telling(["Mhm."] * 20, vectors, 7) == (0,)


def test_a_sentence_whose_vector_is_pending_is_left_out() -> None:
    vectors = about(*[0] * 20)
    vectors[:5] = 0.0
    assert telling([LONG] * 20, vectors, 7) == (5,)


@settings(deadline=None)  # the first call loads what numpy needs
@given(st.lists(st.integers(0, 5), max_size=120), st.integers(1, 7))
def test_topics_cover_everything_in_order_and_are_no_more_than_asked_for(
    topics: list[int], most: int
) -> None:
    bounds = divided(about(*topics), most)
    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) <= most + 1
    if topics:
        assert (bounds[0], bounds[-1]) == (0, len(topics))
        parts = [b - a for a, b in pairwise(bounds)]
        assert len(parts) == 1 or min(parts) >= LEAST_SENTENCES


def test_the_choice_is_the_same_every_time() -> None:
    texts = [f"{LONG} number {n}" for n in range(80)]
    vectors = FakeEncoder().encode_queries(texts)
    chosen = telling(texts, vectors, 7)
    assert chosen == telling(texts, vectors, 7) == tuple(sorted(set(chosen)))
