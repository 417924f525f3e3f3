from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.api.checks import check_problem
from tests.api.fakes import TALKS

QUESTION = "Where will the next round be held?"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/ask"),
        ("POST", "/v1/search"),
        ("GET", "/v1/documents"),
        ("GET", "/v1/documents/000_fac1b7b31968a60e"),
        ("GET", "/v1/documents/000_fac1b7b31968a60e/text"),
        ("DELETE", "/v1/documents/000_fac1b7b31968a60e"),
        ("GET", "/v1/speakers"),
        ("GET", "/v1/jobs/1"),
    ],
)
def test_an_unknown_query_parameter_is_named(client: TestClient, method: str, path: str) -> None:
    body = {"question": QUESTION} if path == "/v1/ask" else {"query": QUESTION}
    reply = client.request(
        method, path, params={"limt": "5"}, json=body if method == "POST" else None
    )

    problem = check_problem(reply, 422, "validation_error")
    assert problem["errors"][0]["field"] == "limt"


def test_known_query_parameters_pass(client: TestClient) -> None:
    assert client.get("/v1/documents", params={"limit": 1}).status_code == 200


def test_an_unknown_field_of_an_upload_is_named_and_nothing_is_stored(client: TestClient) -> None:
    files = {"files": ("one.txt", TALKS.encode())}

    reply = client.post("/v1/documents", files=files, data={"colection": "radio"})

    problem = check_problem(reply, 422, "validation_error")
    assert problem["errors"][0]["field"] == "colection"
    assert client.get("/v1/documents/one").status_code == 404


def test_a_known_field_of_an_upload_passes(client: TestClient) -> None:
    assert client.post("/v1/documents", files={"files": ("a.txt", TALKS.encode())}).is_success


@pytest.mark.parametrize("path", ["/", "/documents", "/v1/models", "/healthz"])
def test_pages_and_other_protocols_ignore_what_they_do_not_know(
    client: TestClient, path: str
) -> None:
    assert client.get(path, params={"utm_source": "x"}).status_code == 200
