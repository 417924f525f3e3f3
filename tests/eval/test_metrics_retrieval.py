from __future__ import annotations

import math

import pytest

from eval.metrics import by_name
from eval.records import Observation, Outcome, Score, Unscored
from tests.eval.builders import make_answer, make_hit, make_observation, make_span


def value(name: str, observation: Observation) -> float:
    outcome: Outcome = by_name(name).score(observation)
    assert isinstance(outcome, Score), outcome
    return by_name(name).value(outcome)


GOLD = make_span(100, 109, text="gold text")
ANSWER = make_answer()


def test_document_ndcg_discounts_by_the_rank_of_the_document() -> None:
    hits = [
        make_hit(0, "aa", document="other"),
        make_hit(9, "bb", document="other"),
        make_hit(0, "cc", document="third"),
        make_hit(500, "dd"),
    ]
    # Documents in order: other, third, d. Gain 1 at rank 3: 1 / log2(4).
    observed = value("document_ndcg@10", make_observation(ANSWER, [GOLD], hits=hits))
    assert observed == pytest.approx(1 / math.log2(4))


def test_document_ndcg_is_0_when_the_document_is_not_found() -> None:
    assert value("document_ndcg@10", make_observation(ANSWER, [GOLD], hits=[])) == 0.0
    hits = [make_hit(0, "aa", document="other")]
    assert value("document_ndcg@10", make_observation(ANSWER, [GOLD], hits=hits)) == 0.0


def test_document_ndcg_says_nothing_within_one_document() -> None:
    observation = make_observation(ANSWER, [GOLD], scope="document", hits=[make_hit(0, "aa")])
    assert isinstance(by_name("document_ndcg@10").score(observation), Unscored)


def test_reciprocal_rank_is_one_over_the_first_hit_with_evidence() -> None:
    hits = [make_hit(0, "nothing"), make_hit(300, "else"), make_hit(98, "a gold text b")]
    observation = make_observation(ANSWER, [GOLD], hits=[*hits, hits[2]])
    assert value("mrr", observation) == pytest.approx(1 / 3)
    assert value("evidence_hit@1", observation) == 0.0
    assert value("evidence_hit@5", observation) == 1.0


def test_hits_in_another_version_or_document_hold_no_evidence() -> None:
    hits = [make_hit(98, "a gold text b", document="copy")]
    assert value("mrr", make_observation(ANSWER, [GOLD], hits=hits)) == 0.0


def test_accepted_turns_count_as_evidence_found() -> None:
    hits = [make_hit(500, "long turn words")]
    accepted = [make_span(500, 900)]
    assert value("mrr", make_observation(ANSWER, [GOLD], accepted=accepted, hits=hits)) == 1.0


def test_a_word_budget_cuts_the_last_hit() -> None:
    # 299 words, then the gold words "gold text" at 300 and 301.
    filler = "w " * 299
    gold = make_span(len(filler), len(filler) + 9, text="gold text")
    observation = make_observation(ANSWER, [gold], hits=[make_hit(0, filler + "gold text end")])
    assert value("word_recall_300w", observation) == 0.5
    assert value("word_recall_800w", observation) == 1.0
    # Within 300 words only "gold" is read: 4 of 9 characters, less than half of the evidence.
    assert value("evidence_hit_300w", observation) == 0.0
    assert value("evidence_hit_800w", observation) == 1.0


def test_repeated_hits_waste_the_budget_and_count_once() -> None:
    passage = make_hit(0, "w " * 150)
    gold = make_hit(1000, "gold text")
    span = make_span(1000, 1009, text="gold text")
    observation = make_observation(ANSWER, [span], hits=[passage, passage, gold, gold])
    assert value("evidence_hit_300w", observation) == 0.0
    assert value("word_recall_800w", observation) == 1.0


def test_of_alternatives_the_best_covered_one_counts() -> None:
    one = make_span(0, 9, text="gold text")
    two = make_span(50, 67, text="four other words x")
    observation = make_observation(ANSWER, [one, two], hits=[make_hit(0, "gold text")])
    assert value("word_recall_300w", observation) == 1.0
    both_needed = make_observation(ANSWER, [one], [two], hits=[make_hit(0, "gold text")])
    assert value("word_recall_300w", both_needed) == pytest.approx(2 / 6)


def test_span_word_recall_is_over_the_marked_turns() -> None:
    quote = make_span(0, 9, text="gold text")
    turn = make_span(0, 19, text="gold text and three")
    hits = [make_hit(0, "gold text")]
    observation = make_observation(ANSWER, [quote], accepted=[turn], hits=hits)
    assert value("span_word_recall_800w", observation) == 0.5
    assert isinstance(
        by_name("span_word_recall_800w").score(make_observation(ANSWER, [quote])), Unscored
    )
