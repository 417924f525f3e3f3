from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from starlette.testclient import TestClient

from api import examples
from api.chat_schemas import ChunkOut
from api.openapi import as_openapi_30
from api.schemas import (
    AliasesIn,
    AnswerOut,
    AskIn,
    DocumentOut,
    ProblemOut,
    SearchIn,
    SearchOut,
    StatementEventOut,
    UploadOut,
)


def describe(client: TestClient) -> dict[str, Any]:
    schema: dict[str, Any] = client.get("/openapi.json").json()
    return schema


def test_every_route_of_the_interface_is_described(client: TestClient) -> None:
    assert set(describe(client)["paths"]) == {
        "/v1/ask",
        "/v1/chat/completions",
        "/v1/models",
        "/v1/models/{model}",
        "/v1/search",
        "/v1/documents",
        "/v1/documents/{document_id}",
        "/v1/documents/{document_id}/aliases",
        "/v1/documents/{document_id}/text",
        "/v1/documents/{document_id}/turns",
        "/v1/speakers",
        "/v1/feedback",
        "/v1/jobs/{job_id}",
        "/healthz",
        "/readyz",
        "/metrics",
    }


def test_everything_outside_2xx_is_described_as_a_problem(client: TestClient) -> None:
    schema = describe(client)
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            assert operation["summary"], (path, method)
            for status, response in operation["responses"].items():
                if not status.startswith("2"):
                    assert list(response["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in schema["components"]["schemas"]


def test_every_reference_resolves(client: TestClient) -> None:
    schema = describe(client)

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                name = node["$ref"].removeprefix("#/components/schemas/")
                assert name in schema["components"]["schemas"]
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema)


def test_the_examples_are_what_they_are_examples_of() -> None:
    for asked in examples.ASKS:
        AskIn.model_validate(asked)
    SearchIn.model_validate(examples.SEARCH)
    DocumentOut.model_validate(examples.DOCUMENT)
    AliasesIn.model_validate(examples.ALIASES)
    UploadOut.model_validate(examples.UPLOAD)
    ProblemOut.model_validate(examples.PROBLEM)
    for refused in (examples.ABSTENTION, examples.CLOSE, examples.NOT_A_QUESTION):
        assert AnswerOut.model_validate(refused).abstention is not None
    answer = AnswerOut.model_validate(examples.ANSWER)
    for statement in answer.statements:
        assert answer.answer[statement.char_start : statement.char_end] == statement.text


def test_the_older_dialect_knows_no_null_type_no_const_and_no_examples() -> None:
    newer = {
        "openapi": "3.1.0",
        "a": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "A", "examples": ["x"]},
        "b": {"anyOf": [{"$ref": "#/b"}, {"type": "null"}]},
        "c": {"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]},
        "d": {"const": "ok"},
    }

    assert as_openapi_30(newer) == {
        "openapi": "3.0.3",
        "a": {"type": "string", "nullable": True, "title": "A", "example": "x"},
        "b": {"allOf": [{"$ref": "#/b"}], "nullable": True},
        "c": {"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": True},
        "d": {"enum": ["ok"]},
    }


def test_what_streams_send_is_what_their_description_says(client: TestClient) -> None:
    schema = describe(client)
    question = "Where will the next round be held?"
    message = {"role": "user", "content": question}
    chat = {"model": "transcript-qa", "messages": [message], "stream": True}
    asked = client.post("/v1/ask", json={"question": question, "stream": True})
    chatted = client.post("/v1/chat/completions", json=chat)
    models: dict[str, type[BaseModel]] = {
        "SearchOut": SearchOut,
        "StatementEventOut": StatementEventOut,
        "AnswerOut": AnswerOut,
        "ChunkOut": ChunkOut,
    }

    described = {}
    for path in ("/v1/ask", "/v1/chat/completions"):
        content = schema["paths"][path]["post"]["responses"]["200"]["content"]
        for item in content["text/event-stream"]["schema"]["contentSchema"]["items"]["oneOf"]:
            said = item["properties"]
            component = said["data"]["contentSchema"]["$ref"].rpartition("/")[2]
            assert component in schema["components"]["schemas"]
            described[said.get("event", {}).get("const", path)] = component
            if path != "/v1/ask":
                break

    events = [
        (lines[0].removeprefix("event: "), lines[1].removeprefix("data: "))
        for lines in (block.splitlines() for block in asked.text.split("\r\n\r\n") if block)
    ]
    events += [
        ("/v1/chat/completions", line.removeprefix("data: "))
        for line in chatted.text.splitlines()
        if line.startswith("data: {")
    ]
    assert {name for name, _ in events} == set(described) - {"error"}
    for name, data in events:
        models[described[name]].model_validate_json(data)


def test_what_must_not_be_empty_is_described_so(client: TestClient) -> None:
    schemas = describe(client)["components"]["schemas"]

    assert schemas["AskIn"]["properties"]["question"]["minLength"] == 1
    assert schemas["SearchIn"]["properties"]["query"]["minLength"] == 1
    filters = schemas["FiltersIn"]["properties"]
    assert filters["document_ids"]["items"]["minLength"] == 1
    assert filters["speakers"]["items"]["minLength"] == 1
    assert filters["collection"]["anyOf"][0]["minLength"] == 1
