from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.middleware import MAX_JSON_BYTES
from api.schemas import MAX_EXCHANGES, MAX_HISTORY_CHARS, MAX_HISTORY_CITATIONS, AnswerOut
from index.errors import ModelUnavailable, StorageError
from index.records import Filters
from qa.records import AbstentionReason, CitedSpan, Exchange
from tests.api.checks import check_problem
from tests.api.fakes import SEED_NAME, FakeService, make_close, make_reply

DOCUMENT = SEED_NAME.removesuffix(".txt")
QUESTION = "Where will the next round be held?"


def test_an_answer_has_every_key_and_cites_verbatim(
    client: TestClient, service: FakeService
) -> None:
    reply = client.post("/v1/ask", json={"question": QUESTION})

    assert reply.status_code == 200
    answer = AnswerOut.model_validate(reply.json())
    assert answer.status == "answered"
    citation = answer.citations[0]
    text = service.library.text(DOCUMENT, citation.document_version)
    assert text[citation.char_start : citation.char_end] == citation.quote


def test_an_abstention_has_every_key_and_shows_what_is_nearest(client: TestClient) -> None:
    reply = client.post("/v1/ask", json={"question": "What is the capital of Australia?"})

    answer = AnswerOut.model_validate(reply.json())
    assert answer.status == "abstained"
    assert (answer.statements, answer.citations) == ([], [])
    assert answer.abstention is not None
    assert answer.abstention.nearest
    assert reply.json()["abstention"]["closest"] == []


@pytest.mark.parametrize("stream", [False, True])
def test_the_closest_passage_comes_whole_and_streamed(
    client: TestClient, service: FakeService, stream: bool
) -> None:
    service.scripted = make_close(service, QUESTION)
    reply = client.post("/v1/ask", json={"question": QUESTION, "stream": stream})

    sent = reply.text.split("event: answer\r\ndata: ")[1] if stream else reply.text
    answer = AnswerOut.model_validate_json(sent.strip())
    assert (answer.status, answer.statements, answer.citations) == ("abstained", [], [])
    assert answer.abstention is not None
    assert answer.abstention.reason == "no_evidence"
    (closest,) = answer.abstention.closest
    text = service.library.text(closest.document_id, closest.document_version)
    assert text[closest.char_start : closest.char_end] == closest.quote
    assert ("event: statement" in reply.text) is False


@pytest.mark.parametrize("reason", ["needs_model", "not_a_question"])
def test_the_newer_reasons_are_part_of_the_schema(
    client: TestClient, service: FakeService, reason: AbstentionReason
) -> None:
    service.scripted = make_reply("Hi", reason, "Hello.")
    reply = client.post("/v1/ask", json={"question": "Hi"})

    answer = AnswerOut.model_validate(reply.json())
    assert answer.answer == "Hello."
    assert answer.abstention is not None
    assert answer.abstention.reason == reason


def test_an_empty_library_and_filters_without_a_match_have_reasons_of_their_own(
    client: TestClient, service: FakeService
) -> None:
    def ask(**filters: list[str]) -> AnswerOut:
        reply = client.post("/v1/ask", json={"question": QUESTION, "filters": filters})
        return AnswerOut.model_validate(reply.json())

    unmatched = ask(speakers=["NOBODY"])
    service.library.delete(DOCUMENT)
    empty = ask()

    assert unmatched.abstention is not None
    assert unmatched.abstention.reason == "nothing_matches"
    assert empty.abstention is not None
    assert empty.abstention.reason == "empty_library"


def test_everything_in_the_request_reaches_the_engine(
    client: TestClient, service: FakeService
) -> None:
    client.post(
        "/v1/ask",
        json={
            "question": f"  {QUESTION}\n",
            "filters": {
                "document_ids": [DOCUMENT],
                "speakers": ["MAYNES", " MAYNES "],
                "since": "2022-01-01",
                "until": "2022-02-01",
                "collection": "radio",
            },
            "history": [
                {
                    "question": "Who met?",
                    "answer": "France. [1]",
                    "citations": [
                        {
                            "document_id": DOCUMENT,
                            "document_version": "v1",
                            "char_start": 1,
                            "char_end": 9,
                        }
                    ],
                }
            ],
            "mode": "quote",
            "limit": 2,
        },
    )

    (asked,) = service.asked
    assert asked.question == QUESTION
    assert asked.filters == Filters((DOCUMENT,), ("MAYNES",), "2022-01-01", "2022-02-01", "radio")
    assert asked.history == (
        Exchange("Who met?", "France. [1]", (CitedSpan(DOCUMENT, "v1", 1, 9),)),
    )
    assert (asked.mode, asked.limit) == ("quote", 2)


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        ({"question": ""}, "invalid_query", "empty"),
        ({"question": " \n\t "}, "invalid_query", "empty"),
        ({"question": "x" * 20_000}, "invalid_query", "20,000"),
        ({"question": "?!… — ()"}, "invalid_query", "no word"),
        ({"question": "who\0"}, "invalid_query", "NUL"),
        ({}, "validation_error", "question: this is required"),
        ({"question": 5}, "validation_error", "send a string"),
        ({"question": None}, "validation_error", "send a string"),
        ({"question": "who", "frobnicate": 1}, "validation_error", "frobnicate: this field is"),
        ({"question": "who", "mode": "guess"}, "validation_error", "mode"),
        ({"question": "who", "limit": 0}, "validation_error", "limit"),
        ({"question": "who", "limit": 21}, "validation_error", "limit"),
        ({"question": "who", "limit": True}, "validation_error", "limit"),
        ({"question": "who", "stream": "yes"}, "validation_error", "stream: send true or false"),
        ({"question": "who", "filters": {"speaker": "A"}}, "validation_error", "filters.speaker"),
        ({"question": "who", "filters": {"speakers": "A"}}, "validation_error", "send a list"),
        ({"question": "who", "filters": {"speakers": [""]}}, "invalid_query", "speaker is empty"),
        ({"question": "who", "filters": {"speakers": ["a"] * 101}}, "validation_error", "speakers"),
        ({"question": "who", "filters": {"speakers": ["a\0"]}}, "invalid_query", "NUL"),
        ({"question": "who", "filters": {"since": "2022-02-30"}}, "invalid_query", "2022-02-30"),
        ({"question": "who", "filters": {"since": "20220101"}}, "invalid_query", "20220101"),
        ({"question": "who", "filters": {"until": 20220101}}, "validation_error", "until"),
        (
            {"question": "who", "filters": {"since": "2022-02-02", "until": "2022-02-01"}},
            "invalid_query",
            "swap",
        ),
        ({"question": "who", "history": [{"question": "x"}]}, "validation_error", "history[0]"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(
    client: TestClient, body: object, code: str, says: str
) -> None:
    problem = check_problem(client.post("/v1/ask", json=body), 422, code)

    assert says in problem["detail"]


def test_half_characters_are_refused(client: TestClient) -> None:
    headers = {"content-type": "application/json"}
    for content in (rb'{"question": "\ud800"}', rb'{"question": "x", "\ud800": 1}'):
        reply = client.post("/v1/ask", content=content, headers=headers)
        assert reply.status_code == 422
        check_problem(reply, 422, reply.json()["code"])


@pytest.mark.parametrize("document_id", ["unknown", "../etc", "a" * 65, "a\0b", "é"])
def test_a_filter_for_an_unknown_document_is_404(client: TestClient, document_id: str) -> None:
    body = {"question": "who", "filters": {"document_ids": [document_id]}}

    check_problem(client.post("/v1/ask", json=body), 404, "unknown_document")
    check_problem(
        client.post("/v1/search", json={"query": "who", "filters": body["filters"]}),
        404,
        "unknown_document",
    )


def test_a_filter_for_a_deleted_document_is_410(client: TestClient, service: FakeService) -> None:
    service.library.delete(DOCUMENT)

    body = {"question": "who", "filters": {"document_ids": [DOCUMENT]}}
    check_problem(client.post("/v1/ask", json=body), 410, "deleted_document")


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ModelUnavailable("key sk-secret was refused"), "llm_unavailable"),
        (StorageError("/home/me/data is full"), "storage"),
    ],
)
def test_an_outage_is_503_and_tells_no_secret(
    client: TestClient, service: FakeService, failure: Exception, code: str
) -> None:
    service.failure = failure

    reply = client.post("/v1/ask", json={"question": "who"})

    check_problem(reply, 503, code)
    assert reply.headers["retry-after"]
    assert "secret" not in reply.text
    assert "/home" not in reply.text


def test_a_bug_is_500_and_tells_nothing_of_itself(client: TestClient, service: FakeService) -> None:
    service.failure = RuntimeError("the question was 'who'")

    reply = client.post("/v1/ask", json={"question": "who"})

    check_problem(reply, 500, "internal")
    assert "question was" not in reply.text


@pytest.mark.parametrize("how", ["field", "header"])
def test_a_stream_sends_retrieval_statements_and_the_answer(client: TestClient, how: str) -> None:
    body: dict[str, object] = {"question": QUESTION}
    headers = {}
    if how == "field":
        body["stream"] = True
    else:
        headers["accept"] = "text/event-stream"

    reply = client.post("/v1/ask", json=body, headers=headers)

    assert reply.headers["content-type"].startswith("text/event-stream")
    events = read_events(reply.text)
    assert [name for name, _ in events] == ["retrieval", "statement", "answer"]
    assert events[0][1]["hits"]
    assert events[1][1]["citations"][0]["quote"] == "The next round will be in Berlin."
    assert events[1][1]["statement"] == events[2][1]["statements"][0]
    AnswerOut.model_validate(events[2][1])


def test_a_stream_that_cannot_begin_is_a_problem(client: TestClient) -> None:
    asked = {"question": "??", "stream": True}
    check_problem(client.post("/v1/ask", json=asked), 422, "invalid_query")
    asked = {"question": "who", "stream": True, "filters": {"document_ids": ["nope"]}}
    check_problem(client.post("/v1/ask", json=asked), 404, "unknown_document")


def test_what_breaks_in_a_stream_is_an_error_event(
    client: TestClient, service: FakeService
) -> None:
    service.failure = ModelUnavailable("secret")

    reply = client.post("/v1/ask", json={"question": QUESTION, "stream": True})

    events = read_events(reply.text)
    assert [name for name, _ in events] == ["retrieval", "error"]
    assert events[1][1]["code"] == "llm_unavailable"
    assert "secret" not in reply.text


def read_events(text: str) -> list[tuple[str, Any]]:
    events = []
    for block in text.replace("\r\n", "\n").strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if line[0] != ":")
        events.append((fields["event"], json.loads(fields["data"])))
    return events


def longest_history() -> list[dict[str, Any]]:
    """Return as much history as is taken, in characters that take most bytes as JSON."""
    chars = MAX_HISTORY_CHARS // MAX_EXCHANGES // 2
    cited = {
        "document_id": "d" * 64,
        "document_version": "v" * 64,
        "char_start": 2**53,
        "char_end": 2**53,
    }
    citations = [cited] * (MAX_HISTORY_CITATIONS // MAX_EXCHANGES)
    text = "🎉" * chars
    return [{"question": text, "answer": text, "citations": citations}] * MAX_EXCHANGES


def test_the_longest_history_fits_into_a_body(client: TestClient) -> None:
    body = json.dumps({"question": QUESTION, "history": longest_history()}, indent=2)

    reply = client.post("/v1/ask", content=body, headers={"content-type": "application/json"})

    assert reply.status_code == 200
    assert len(body) < MAX_JSON_BYTES


def test_a_longer_history_is_refused_with_what_to_do(client: TestClient) -> None:
    history = longest_history()
    history[0] = {**history[0], "answer": history[0]["answer"] + "!"}

    reply = client.post("/v1/ask", json={"question": QUESTION, "history": history})

    problem = check_problem(reply, 422, "validation_error")
    assert problem["errors"][0]["field"] == "history"
    assert "leave out the oldest" in problem["detail"]
