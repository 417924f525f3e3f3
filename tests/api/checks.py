"""What holds for every problem, whatever went wrong."""

from __future__ import annotations

from typing import Any, Protocol

from api.schemas import ProblemOut


class Reply(Protocol):
    """A response of either HTTP client."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Any: ...
    def json(self) -> Any: ...


def check_problem(reply: Reply, status: int, code: str) -> dict[str, Any]:
    """Hold a response against RFC 9457 and the expected status and code."""
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = reply.json()
    problem = ProblemOut.model_validate(body)
    assert (problem.status, problem.code) == (status, code)
    assert problem.detail.endswith((".", "!", "?"))
    assert "Traceback" not in problem.detail
    return body
