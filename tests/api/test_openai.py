"""The OpenAI protocol, spoken by its official client to a real server, and by hand."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam
from starlette.testclient import TestClient

from index.errors import ModelUnavailable
from qa.records import CitedSpan, Exchange
from tests.api.checks import check_problem
from tests.api.fakes import SEED_NAME, FakeService, make_close
from tests.api.server import Served
from tests.api.test_disconnects import serving
from tests.qa.generation.instruct.test_writer import BERLIN, WEEKS
from tests.qa.llm.scripted_server import Says, ScriptedServer, statements

QUESTION = "Where will the next round be held?"
FIRST: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]


@pytest.fixture
def chat(served: Served) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{served.url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.mark.e2e
def test_the_official_client_gets_an_answer_with_its_sources(chat: openai.OpenAI) -> None:
    reply = chat.chat.completions.create(model="transcript-qa-quote", messages=FIRST)

    assert reply.object == "chat.completion"
    (choice,) = reply.choices
    content = choice.message.content
    assert choice.finish_reason == "stop"
    assert content is not None
    assert content.startswith("MAYNES: “The next round will be in Berlin.” [1]")
    assert choice.message.annotations
    for annotation in choice.message.annotations:
        place = annotation.url_citation
        citation = annotation.model_extra["citation"]  # type: ignore[index]
        assert content[place.start_index : place.end_index] == f"[{citation['number']}]"
        assert citation["quote"] in content
        assert place.url == citation["link"]
        assert place.title.startswith("Russia is mulling")
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.total_tokens) == (0, 0)


@pytest.mark.e2e
def test_the_official_client_streams_whole_statements_that_make_the_same_answer(
    chat: openai.OpenAI,
) -> None:
    whole = chat.chat.completions.create(model="transcript-qa-quote", messages=FIRST)
    stream = chat.chat.completions.create(
        model="transcript-qa-quote",
        messages=FIRST,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = list(stream)

    pieces = [c.choices[0].delta.content for c in chunks if c.choices]
    assert "".join(piece or "" for piece in pieces) == whole.choices[0].message.content
    assert all(piece is None or piece == "" or piece.endswith("]") for piece in pieces)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    marks: list[Any] = [
        mark
        for c in chunks
        if c.choices
        for mark in (c.choices[0].delta.model_extra or {}).get("annotations", [])
    ]
    told = whole.choices[0].message.annotations or []
    assert [m["url_citation"] for m in marks] == [a.url_citation.model_dump() for a in told]


@pytest.mark.e2e
def test_the_official_client_asks_on_with_what_was_said_before(chat: openai.OpenAI) -> None:
    first = chat.chat.completions.create(model="transcript-qa-quote", messages=FIRST)
    said = first.choices[0].message
    follow: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "You are a pirate."},
        *FIRST,
        {"role": "assistant", "content": said.content},
        {"role": "user", "content": "Who said that?"},
    ]
    reply = chat.chat.completions.create(model="transcript-qa", messages=follow)
    answer: Any = (reply.model_extra or {})["answer"]
    assert answer["short_answer"] == "MAYNES"
    assert answer["rewritten_question"] == "Who said “The next round will be in Berlin.”?"


@pytest.mark.e2e
def test_the_official_client_lists_models_and_understands_errors(chat: openai.OpenAI) -> None:
    assert [m.id for m in chat.models.list()] == [
        "transcript-qa",
        "transcript-qa-quote",
        "transcript-qa-generate",
    ]
    assert chat.models.retrieve("transcript-qa").owned_by == "transcript-qa"
    with pytest.raises(openai.NotFoundError, match="There is no model 'gpt-5' here") as missing:
        chat.chat.completions.create(model="gpt-5", messages=FIRST)
    assert (missing.value.code, missing.value.type) == ("model_not_found", "invalid_request_error")
    with pytest.raises(openai.UnprocessableEntityError, match="empty") as empty:
        chat.chat.completions.create(
            model="transcript-qa", messages=[{"role": "user", "content": " "}]
        )
    assert empty.value.code == "invalid_query"


@pytest.mark.e2e
def test_what_the_transcripts_do_not_say_is_a_message_without_sources(chat: openai.OpenAI) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": "How do I reset my router?"}
    ]
    reply = chat.chat.completions.create(model="transcript-qa", messages=messages)
    content = reply.choices[0].message.content
    assert content is not None
    assert content.startswith("The transcripts don't say.")
    assert reply.choices[0].message.annotations == []


def post(client: TestClient, *messages: dict[str, Any], **fields: Any) -> Any:
    body = {"model": "transcript-qa", "messages": list(messages), **fields}
    return client.post("/v1/chat/completions", json=body)


def user(content: object) -> dict[str, Any]:
    return {"role": "user", "content": content}


def test_everything_that_matters_reaches_the_engine_and_the_rest_is_ignored(
    client: TestClient, service: FakeService
) -> None:
    cited = {"document_id": "a", "document_version": "v", "char_start": 1, "char_end": 5, "x": 1}
    note = {"type": "url_citation", "url_citation": {"url": "u"}, "citation": cited}
    reply = post(
        client,
        {"role": "system", "content": "Be brief."},
        user("Who met?"),
        {"role": "assistant", "content": "Ann. [1]", "annotations": [note, {"type": "other"}]},
        user("Where?"),
        {"role": "tool", "content": "{}"},
        user([{"type": "text", "text": f" {QUESTION}"}, {"type": "image_url", "image_url": {}}]),
        temperature=2,
        filters={"speakers": ["MAYNES"]},
        limit=2,
        model="transcript-qa-quote",
    )
    assert reply.status_code == 200
    (asked,) = service.asked
    assert (asked.question, asked.mode, asked.limit) == (QUESTION, "quote", 2)
    assert asked.filters.speakers == ("MAYNES",)
    assert asked.history == (
        Exchange("Who met?", "Ann. [1]", (CitedSpan("a", "v", 1, 5),)),
        Exchange("Where?", ""),
    )


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"messages": []}, 422, "validation_error"),
        ({"messages": [{"role": "system", "content": "x"}]}, 422, "invalid_query"),
        ({"n": 2}, 422, "validation_error"),
        ({"filters": {"speaker": "x"}}, 422, "validation_error"),
        ({"filters": {"document_ids": ["gone"]}}, 404, "unknown_document"),
        ({"filters": {"document_ids": ["gone"]}, "stream": True}, 404, "unknown_document"),
        ({"model": "x" * 500}, 404, "model_not_found"),
    ],
)
def test_errors_are_problems_with_a_member_for_the_protocols_clients(
    client: TestClient, fields: dict[str, Any], status: int, code: str
) -> None:
    reply = client.post(
        "/v1/chat/completions",
        json={"model": "transcript-qa", "messages": [user(QUESTION)], **fields},
    )
    problem = check_problem(reply, status, code)
    assert problem["error"]["message"] == problem["detail"]
    assert problem["error"]["code"] == code


@pytest.mark.e2e
@pytest.mark.parametrize("stream", [False, True])
def test_what_has_nothing_to_search_says_what_to_do(
    client: TestClient, service: FakeService, stream: bool
) -> None:
    def said(**fields: object) -> str:
        reply = post(client, user(QUESTION), stream=stream, **fields)
        if not stream:
            return str(reply.json()["choices"][0]["message"]["content"])
        chunks = [json.loads(d) for d in re.findall(r"^data: ({.*})", reply.text, re.M)]
        return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)

    unmatched = said(filters={"speakers": ["NOBODY"]})
    service.library.delete(SEED_NAME.removesuffix(".txt"))
    empty = said()

    assert unmatched == ("No transcript matches the filters. Widen `filters`, or leave them out.")
    assert empty == (
        "There are no transcripts yet. Add some at http://testserver/documents or with "
        "POST /v1/documents, then ask again."
    )


@pytest.mark.parametrize("stream", [False, True])
def test_the_closest_passage_is_in_the_message_and_its_annotations(
    client: TestClient, service: FakeService, stream: bool
) -> None:
    scripted = service.scripted = make_close(service, QUESTION)
    assert scripted.abstention is not None
    reply = post(client, user(QUESTION), stream=stream)
    if stream:
        chunks = [json.loads(d) for d in re.findall(r"^data: ({.*})", reply.text, re.M)]
        deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
        content = "".join(delta.get("content", "") for delta in deltas)
        (mark,) = [mark for delta in deltas for mark in delta.get("annotations", ())]
        assert mark["index"] == 0
    else:
        message = reply.json()["choices"][0]["message"]
        content = message["content"]
        (mark,) = message["annotations"]

    (closest,) = scripted.abstention.closest
    first, last = content.split("\n\n")
    assert first == "The transcripts don't clearly say. The closest passage is below."
    assert last == f"{closest.speaker}: “{closest.quote}” [1]"
    place = mark["url_citation"]
    assert content[place["start_index"] : place["end_index"]] == "[1]"
    assert mark["citation"]["quote"] == closest.quote


def test_the_official_clients_streaming_helper_puts_the_whole_message_together() -> None:
    model = ScriptedServer(always=Says(statements(BERLIN, WEEKS)))
    with (
        serving(model) as running,
        openai.OpenAI(base_url=f"{running.url}/v1", api_key="none", max_retries=0) as chat,
    ):
        whole = chat.chat.completions.create(model="transcript-qa", messages=FIRST)
        with chat.chat.completions.stream(model="transcript-qa", messages=FIRST) as stream:
            helped = stream.get_final_completion()
    said, told = helped.choices[0].message, whole.choices[0].message
    assert said.content == told.content
    marks = [a.url_citation for a in said.annotations or []]
    assert marks == [a.url_citation for a in told.annotations or []]
    assert len(marks) == 2


def test_what_the_protocol_lets_be_null_may_be_null(client: TestClient) -> None:
    none = {"stream": None, "stream_options": None, "n": None, "stop": None, "tools": None}
    assert post(client, user(QUESTION), **none).json()["object"] == "chat.completion"
    streamed = post(
        client, user(QUESTION), stream=True, stream_options={"include_usage": None}
    ).text
    assert "[DONE]" in streamed
    assert '"choices": [], "usage"' not in streamed


def test_what_is_refused_before_it_is_read_has_that_member_too(client: TestClient) -> None:
    large = client.post("/v1/chat/completions", content=b" " * (4 * 1024 * 1024 + 1))
    elsewhere = client.post(
        "/v1/chat/completions", json={}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    unreadable = client.post(
        "/v1/chat/completions", content=b"{", headers={"Content-Type": "application/json"}
    )
    for reply, status, code in (
        (large, 413, "too_large"),
        (elsewhere, 403, "cross_site"),
        (unreadable, 400, "invalid_json"),
        (client.get("/v1/chat/completions"), 405, "method_not_allowed"),
        (client.get("/v1/chat/nothing"), 404, "not_found"),
    ):
        problem = check_problem(reply, status, code)
        assert problem["error"]["message"] == problem["detail"]
        assert problem["error"]["code"] == code
    plain = client.post("/v1/ask", content=b" " * (4 * 1024 * 1024 + 1))
    assert "error" not in check_problem(plain, 413, "too_large")


def test_an_outage_is_an_error_of_the_server_and_in_a_stream_an_error_event(
    client: TestClient, service: FakeService
) -> None:
    service.failure = ModelUnavailable("it is down")
    problem = check_problem(post(client, user(QUESTION)), 503, "llm_unavailable")
    assert problem["error"]["type"] == "server_error"
    streamed = post(client, user(QUESTION), stream=True).text
    assert '"code": "llm_unavailable"' in streamed
    assert "[DONE]" not in streamed


def test_a_source_without_an_address_is_linked_to_this_services_text(
    client: TestClient, service: FakeService
) -> None:
    text = "A talk\n20220127\n\nANN: The next round will be held in Oslo.\n"
    service.library.transcripts.clear()
    from tests.api.fakes import read

    service.library.add("talk.txt", read(text))
    (mark,) = post(client, user(QUESTION)).json()["choices"][0]["message"]["annotations"]
    url = mark["url_citation"]["url"]
    assert url.startswith("http://testserver/v1/documents/talk/text?version=")
    found = client.get(url).text
    cited = mark["citation"]
    assert found[cited["char_start"] : cited["char_end"]] == cited["quote"]
