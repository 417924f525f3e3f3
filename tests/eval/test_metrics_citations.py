from __future__ import annotations

import pytest

from eval.metrics import by_name
from eval.overlap import CITATION_UNIT, matches
from eval.records import CallFailure, CitationCheck, Failed, Observation, Score, Unscored
from tests.eval.builders import (
    make_answer,
    make_citation,
    make_observation,
    make_span,
)


def value(name: str, observation: Observation) -> float:
    outcome = by_name(name).score(observation)
    assert isinstance(outcome, Score), outcome
    return by_name(name).value(outcome)


def test_precision_recall_and_f1_by_hand() -> None:
    # Cited: gold A, nothing, gold C. Gold: A, B, C, D.
    answer = make_answer(
        make_citation(0, 10, number=1),
        make_citation(500, 510, number=2),
        make_citation(200, 210, number=3),
    )
    golds = [[make_span(s, s + 10)] for s in (0, 100, 200, 300)]
    observation = make_observation(answer, *golds)
    assert value("citation_precision", observation) == pytest.approx(2 / 3)
    assert value("citation_recall", observation) == pytest.approx(2 / 4)
    assert value("citation_f1", observation) == pytest.approx(
        2 * (2 / 3) * (1 / 2) / (2 / 3 + 1 / 2)
    )


def test_any_occurrence_of_an_answer_is_enough() -> None:
    observation = make_observation(
        make_answer(make_citation(0, 10)), [make_span(2, 6), make_span(400, 404)]
    )
    assert value("citation_recall", observation) == 1.0


def test_a_citation_repeated_counts_once() -> None:
    answer = make_answer(make_citation(0, 10, number=1), make_citation(0, 10, number=2))
    observation = make_observation(answer, [make_span(0, 10)], [make_span(50, 60)])
    assert value("citation_precision", observation) == 1.0
    assert value("citation_recall", observation) == 0.5


def test_citing_a_whole_transcript_is_not_precise() -> None:
    length = 10 * CITATION_UNIT
    observation = make_observation(make_answer(make_citation(0, length)), [make_span(0, 100)])
    assert value("citation_precision", observation) == pytest.approx(1 / 10)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(100, 120, True), (110, 130, True), (111, 131, False), (0, 1000, True), (118, 122, True)],
)
def test_a_match_shares_half_of_the_shorter(start: int, end: int, expected: bool) -> None:
    assert matches(make_span(start, end), make_span(100, 120)) is expected


def test_an_answer_without_citations_is_invalid_and_finds_nothing() -> None:
    observation = make_observation(make_answer(), [make_span(0, 10)])
    assert isinstance(by_name("citation_precision").score(observation), Unscored)
    assert value("citation_recall", observation) == 0.0
    assert value("citation_f1", observation) == 0.0
    assert value("validity", observation) == 0.0


def test_sentence_hit_follows_the_order_of_citations_and_of_the_nearest() -> None:
    cited = (make_citation(500, 510, number=1), make_citation(0, 10, number=2))
    for abstained in (False, True):
        observation = make_observation(make_answer(*cited, abstained=abstained), [make_span(0, 10)])
        assert value("sentence_hit@1", observation) == 0.0
        assert value("sentence_hit@5", observation) == 1.0


def test_validity_counts_citations_and_statements() -> None:
    answer = make_answer(make_citation(0, 5, number=1), make_citation(9, 14, number=2))
    checks = [CitationCheck("xxxxx", True), CitationCheck("xxxxy", True)]
    # Two citations and two statements, one citation doesn't say the text there.
    observation = make_observation(answer, [make_span(0, 5)], checks=checks)
    assert value("validity", observation) == pytest.approx(3 / 4)


@pytest.mark.parametrize("check", [CitationCheck(None, False), CitationCheck("xxxxx", False)])
def test_validity_wants_the_place_to_exist_and_the_turn_to_agree(check: CitationCheck) -> None:
    answer = make_answer(make_citation(0, 5))
    assert value("validity", make_observation(answer, checks=[check])) == 0.5


def test_abstentions_are_not_scored_as_citations() -> None:
    observation = make_observation(make_answer(abstained=True), [make_span(0, 5)])
    assert isinstance(by_name("citation_f1").score(observation), Unscored)


def test_errors_and_missing_gold_are_their_own_outcomes() -> None:
    failed = make_observation(None, [make_span(0, 5)], error=CallFailure("500", "it broke"))
    assert by_name("citation_f1").score(failed) == Failed("500: it broke")
    no_gold = make_observation(make_answer(make_citation(0, 5)))
    assert by_name("citation_f1").score(no_gold) == Unscored("the data gives no evidence")
    lost = make_observation(make_answer(), [make_span(0, 5)], unmapped=["turn 3 isn't there"])
    assert isinstance(by_name("citation_f1").score(lost), Unscored)
