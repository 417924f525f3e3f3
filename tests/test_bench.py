from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import httpx
import pytest

from index.records import Filters, Hit
from scripts import bench
from tests.eval.builders import with_answers
from tests.eval.test_runner import DATA, QUESTIONS, make_service


def answer(
    *,
    status: str = "answered",
    generate: float = 0.0,
    origin: str = "quoted",
    degraded: bool = False,
) -> dict[str, object]:
    statements = [] if status == "abstained" else [{"origin": origin}]
    return {
        "status": status,
        "statements": statements,
        "timings_ms": {"retrieve": 1.0, "generate": generate},
        "degraded": ["llm_unavailable"] if degraded else [],
    }


def test_answers_are_told_apart_by_what_was_done_for_them() -> None:
    answers = [
        (answer(generate=300.0, origin="generated"), 400.0),
        (answer(generate=200.0), 300.0),
        (answer(), 30.0),
        (answer(status="abstained"), 20.0),
        (answer(status="abstained", generate=100.0, degraded=True), 120.0),
    ]
    assert bench.told_apart(answers) == [
        "answered with the language model: median 350 ms, p95 400 ms (n=2)",
        "answered without it: median 30 ms, p95 30 ms (n=1)",
        "abstained after the language model: median 120 ms, p95 120 ms (n=1)",
        "abstained without it: median 20 ms, p95 20 ms (n=1)",
        "of 5: 1 with a generated statement, 1 degraded",
    ]


def test_built_in_questions_are_asked_with_their_filters() -> None:
    asked = bench.questions()
    assert len(asked) == 64
    assert sum(bool(each["filters"]) for each in asked) == 15


def test_a_search_over_http_is_measured_beside_the_same_in_process() -> None:
    inside: list[dict[str, object]] = []
    over: list[dict[str, object]] = []

    def search(query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        given = {name: value for name, value in asdict(filters).items() if value}
        listed = json.loads(json.dumps(given or None))
        inside.append({"query": query, "filters": listed, "limit": limit})
        return ()

    def answer(request: httpx.Request) -> httpx.Response:
        over.append(json.loads(request.content))
        return httpx.Response(200, json={"hits": []})

    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://s.test") as client:
        lines = bench.search_beside(search, client, 2)

    assert inside == over
    # Two repeats with words of their own, each of them twice.
    assert len(over) == 4 * len(bench.questions())
    assert len({str(each["query"]) for each in over}) == 2 * len(bench.questions())
    assert [line.partition(":")[0] for line in lines[:2]] == [
        "search, in process",
        "search, over HTTP, connection kept",
    ]
    assert "p50 over HTTP" in lines[2]
    assert len(lines) == 6


def test_short_answers_are_scored_between_two_documents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = with_answers(make_service(), lambda _, each: replace(each, short_answer="It rained"))
    monkeypatch.setattr("scripts.bench.HttpTarget", lambda address: service)
    golds = tuple(replace(question, answers=("it rained",)) for question in QUESTIONS)
    monkeypatch.setattr("scripts.bench.load", lambda path: replace(DATA, questions=golds))
    lines = bench.short_answers("http://s.test", tmp_path, ("b", "c"), 3, 0)
    assert lines[0] == "made (b to c): 3 questions, seed 0, mode auto"
    assert lines[1] == "degraded: none; errors: none"
    assert lines[2] == "  short_f1: 1.000 [1.000, 1.000] (3 of 3)"
    assert len(lines) == 5
    assert service.held == ["b"]
    assert service.closed


def test_what_the_ranker_was_trained_on_is_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = make_service()
    monkeypatch.setattr("scripts.bench.HttpTarget", lambda address: service)
    monkeypatch.setattr("scripts.bench.load", lambda path: DATA)
    monkeypatch.setattr("scripts.bench.untrained", lambda name, data: frozenset({"a"}))
    lines = bench.short_answers("http://s.test", tmp_path, ("a", "b"), 8, 0)
    assert lines[5] == "of those, 4 about documents that the ranker wasn't trained on"
    assert lines[8] == "  sentence_hit@1: 1.000 [1.000, 1.000] (4 of 4)"
