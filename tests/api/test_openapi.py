from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from api import examples
from api.openapi import as_openapi_30
from api.schemas import (
    AliasesIn,
    AnswerOut,
    AskIn,
    DocumentOut,
    ProblemOut,
    SearchIn,
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
    assert AnswerOut.model_validate(examples.ABSTENTION).abstention is not None
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
