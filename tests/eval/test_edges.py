"""Where metrics usually lie: nothing to score, one question, errors, duplicates."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.aggregate import score_all
from eval.dataset import Selection
from eval.manifest import Manifest
from eval.plots import hit_curve, reliability, risk_coverage
from eval.records import Aggregate, CallFailure, CitationCheck, Observation
from eval.report import render
from eval.summary import SUMMARY, summarise, write_summary
from tests.eval.builders import (
    make_answer,
    make_citation,
    make_hit,
    make_observation,
    make_span,
)

GOLD = make_span(0, 9, text="gold text")
HIT = make_hit(0, "gold text")
FAILURE = CallFailure("unreachable", "connection refused")


def check(aggregates: Sequence[Aggregate], total: int) -> None:
    for each in aggregates:
        assert each.eligible + each.unscored + each.failed == each.total == total
        assert (each.value is None) == (each.eligible == 0), each
        for number in (each.value, each.low, each.high):
            if number is not None:
                assert math.isfinite(number)
                if not each.metric.endswith(("p50", "p95")):
                    assert 0.0 <= number <= 1.0, each


def make_manifest(questions: int) -> Manifest:
    return Manifest("made", "0" * 64, questions, Selection(), "corpus", "fake", {}, None)


CASES: dict[str, list[Observation]] = {
    "no questions": [],
    "no gold": [make_observation(make_answer(make_citation(0, 9)), hits=[HIT])],
    "no answerable question": [
        make_observation(make_answer(abstained=True), answerable=False, name=f"q{n}", hits=[HIT])
        for n in range(3)
    ],
    "duplicate hits": [make_observation(make_answer(make_citation(0, 9)), [GOLD], hits=[HIT] * 7)],
    "duplicate citations": [
        make_observation(
            make_answer(*(make_citation(0, 9, number=n) for n in (1, 2, 3))), [GOLD], hits=[HIT]
        )
    ],
    "an answer without citation": [make_observation(make_answer(), [GOLD], hits=[HIT])],
    "an error": [make_observation(None, [GOLD], error=FAILURE)],
    "an error among answers": [
        make_observation(None, [GOLD], error=FAILURE, name="q0"),
        make_observation(make_answer(make_citation(0, 9)), [GOLD], hits=[HIT]),
    ],
    "one question only": [make_observation(make_answer(make_citation(0, 9)), [GOLD], hits=[HIT])],
    "no hits": [make_observation(make_answer(abstained=True), [GOLD])],
    "unmapped gold": [
        make_observation(make_answer(make_citation(0, 9)), unmapped=["turn 1 isn't there"])
    ],
    "empty gold answers": [
        make_observation(make_answer(make_citation(0, 9), short=""), [GOLD], answers=("", "the"))
    ],
    "full confidence": [
        make_observation(make_answer(make_citation(0, 9), confidence=1.0), [GOLD], hits=[HIT])
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_edges_give_a_number_in_range_or_say_that_nothing_was_scored(name: str) -> None:
    check(score_all(CASES[name]), len(CASES[name]))


@pytest.mark.parametrize("name", CASES)
def test_edges_can_be_summarised_and_reported(name: str, tmp_path: Path) -> None:
    observations = CASES[name]
    summary = summarise(make_manifest(len(observations)), observations)
    write_summary(tmp_path, summary)
    text = (tmp_path / SUMMARY).read_text("utf-8")

    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} in the summary")

    json.loads(text, parse_constant=refuse)
    page = render(summary, observations)
    assert "NaN" not in page
    assert ">nan" not in page.lower()


def test_errors_are_counted_apart_from_wrong_answers() -> None:
    summary = summarise(make_manifest(2), CASES["an error among answers"])
    assert summary.verdicts["error"] == 1
    assert summary.verdicts["right"] == 1
    assert summary.errors == {"unreachable": 1}
    assert summary.metric("citation_f1").failed == 1
    assert summary.metric("citation_f1").value == 1.0


spans = st.integers(0, 80).flatmap(
    lambda start: st.integers(start + 1, start + 30).map(
        lambda end: make_span(start, end, text=("ab " * 20)[: end - start])
    )
)
citations = st.builds(
    lambda start, length, number: make_citation(start, start + length, number=number),
    st.integers(0, 80),
    st.integers(1, 900),
    st.integers(1, 4),
)
answers = st.builds(
    lambda cited, abstained, confidence, short: make_answer(
        *cited, abstained=abstained, confidence=confidence, short=short
    ),
    st.lists(citations, max_size=4),
    st.booleans(),
    st.floats(0, 1),
    st.none() | st.text(max_size=8),
)
hits = st.builds(
    lambda start, words, document: make_hit(start, "ab " * words, document=document),
    st.integers(0, 80),
    st.integers(0, 120),
    st.sampled_from(["d", "other"]),
)


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    found: list[Observation] = []
    for index in range(draw(st.integers(1, 6))):
        failed = draw(st.integers(0, 5)) == 0
        answer = None if failed else draw(answers)
        ranked = answer.ranked if answer else ()
        checks = [CitationCheck(c.quote if draw(st.booleans()) else None, True) for c in ranked]
        found.append(
            make_observation(
                answer,
                *draw(st.lists(st.lists(spans, min_size=1, max_size=2), max_size=3)),
                name=f"q{index}",
                accepted=draw(st.lists(spans, max_size=2)),
                answerable=draw(st.booleans()),
                answers=tuple(draw(st.lists(st.text(max_size=10), max_size=2))),
                hits=draw(st.lists(hits, max_size=5)),
                checks=checks,
                scope=draw(st.sampled_from(["corpus", "document"])),
                latency_ms={} if failed else {"ask": draw(st.floats(0, 1e6))},
                error=FAILURE if failed else None,
            )
        )
    return found


@given(observations())
@settings(deadline=None, max_examples=40)
def test_metrics_stay_in_range_whatever_the_order(found: list[Observation]) -> None:
    aggregates = score_all(found)
    check(aggregates, len(found))
    assert score_all(found[::-1]) == aggregates


@given(observations())
@settings(deadline=None, max_examples=40)
def test_curves_stay_in_range(found: list[Observation]) -> None:
    for coverage, risk in risk_coverage(found):
        assert 0 < coverage <= 1
        assert 0 <= risk <= 1
    assert sum(each.count for each in reliability(found)) <= len(found)
    shares = [share for _, share in hit_curve(found)]
    assert shares == sorted(shares)
