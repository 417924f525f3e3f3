from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from starlette.testclient import TestClient

from api.app import create_app
from api.logs import LogFormat, configure_logs
from tests.api.fakes import make_service

SECRET = "Where does Rosalind hide the emeralds?"


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def logged(log_format: LogFormat, capsys: pytest.CaptureFixture[str]) -> str:
    """Ask in every way, fail once, and return what was logged."""
    configure_logs(log_format)
    service = make_service()
    client = TestClient(create_app(service, service.settings))
    client.post("/v1/ask", json={"question": SECRET})
    client.get("/", params={"question": SECRET})
    client.get(f"/documents/{SECRET}")
    client.get(f"/{SECRET}")
    service.failure = RuntimeError(SECRET)
    client.post("/v1/ask", json={"question": SECRET}, headers={"x-request-id": "r-1"})
    out, err = capsys.readouterr()
    assert out == ""
    return err


@pytest.mark.usefixtures("untouched_logging")
@pytest.mark.parametrize("log_format", ["console", "json"])
def test_no_question_is_logged(log_format: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    text = logged(log_format, capsys)

    assert "/v1/ask" in text
    assert "Rosalind" not in text
    assert "emeralds" not in text


@pytest.mark.usefixtures("untouched_logging")
def test_json_lines_tell_each_request_and_where_it_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = [json.loads(line) for line in logged("json", capsys).splitlines()]

    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [
        ("/v1/ask", 200),
        ("/", 200),
        ("/documents/{document_id}", 404),
        ("unmatched", 404),
        ("/v1/ask", 500),
    ]
    (failure,) = [line for line in lines if line["event"] == "failure"]
    assert failure["error"] == "RuntimeError"
    assert failure["request_id"] == requests[-1]["request_id"] == "r-1"
    assert any("fakes.py" in place for place in failure["where"])
