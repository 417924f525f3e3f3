from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.exceptions import HTTPException
from starlette.testclient import TestClient

from api.app import create_app
from api.middleware import MAX_JSON_BYTES
from api.problems import problem_of
from index.errors import TranscriptQAError
from tests.api.checks import check_problem
from tests.api.fakes import SEED_NAME, TALKS, FakeService, make_service, make_settings

DOCUMENT = SEED_NAME.removesuffix(".txt")
JSON = {"content-type": "application/json"}


def all_kinds(kind: type[TranscriptQAError]) -> Iterator[type[TranscriptQAError]]:
    if kind.__module__ == TranscriptQAError.__module__:
        yield kind
    for sub in kind.__subclasses__():
        yield from all_kinds(sub)


def test_every_exception_of_ours_has_a_status_that_the_interface_knows() -> None:
    for kind in all_kinds(TranscriptQAError):
        if kind.__module__ != TranscriptQAError.__module__:
            continue  # Errors of the evaluation never reach the interface.
        error = kind.__new__(kind)
        Exception.__init__(error, "why")
        problem = problem_of(error)
        assert problem.status in {404, 410, 422, 500, 503}
        assert (problem.status == 500) == (kind is TranscriptQAError)
        assert problem.code == kind.code


def test_an_exception_of_nobody_is_internal() -> None:
    problem = problem_of(ValueError("secret"))

    assert (problem.status, problem.code) == (500, "internal")
    assert "secret" not in problem.detail


def test_statuses_of_the_framework_have_codes() -> None:
    assert problem_of(HTTPException(401)).code == "unauthorized"
    assert problem_of(HTTPException(429)).code == "too_many_requests"


def test_many_errors_are_cut(client: TestClient) -> None:
    reply = client.post("/v1/ask", json={"question": "who"} | {f"x{n}": n for n in range(500)})

    assert len(check_problem(reply, 422, "validation_error")["errors"]) == 20


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nope", 404, "not_found"),
        ("GET", "/v1/ask/", 404, "not_found"),
        ("GET", "/static/nope.css", 404, "not_found"),
        ("GET", "/static/..%2f..%2fapp.py", 404, "not_found"),
        ("GET", "/v1/ask", 405, "method_not_allowed"),
        ("PUT", "/v1/documents", 405, "method_not_allowed"),
        ("POST", "/", 405, "method_not_allowed"),
        ("OPTIONS", "/v1/ask", 405, "method_not_allowed"),
    ],
)
def test_unmatched_routes_and_methods_are_problems(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    reply = client.request(method, path)

    check_problem(reply, status, code)
    assert ("allow" in reply.headers) == (status == 405)


@pytest.mark.parametrize(
    ("path", "works"),
    [
        ("/", ["GET", "HEAD"]),
        ("/v1/ask", ["POST"]),
        ("/v1/documents", ["GET", "HEAD", "POST"]),
        (f"/v1/documents/{DOCUMENT}", ["DELETE", "GET", "HEAD"]),
        (f"/v1/documents/{DOCUMENT}/aliases", ["GET", "HEAD", "PUT"]),
        ("/documents", ["GET", "HEAD", "POST"]),
        ("/static/style.css", ["GET", "HEAD"]),
    ],
)
def test_a_wrong_method_is_told_every_method_that_works(
    client: TestClient, path: str, works: list[str]
) -> None:
    problem = check_problem(client.request("PATCH", path), 405, "method_not_allowed")

    listed = ", ".join(works)
    assert client.request("PATCH", path).headers["allow"] == listed
    assert problem["detail"] == f"This address doesn't take that method; it takes {listed}."
    for method in works:
        assert client.request(method, path).status_code != 405
    page = client.request("PATCH", path, headers={"accept": "text/html"})
    assert (page.status_code, page.headers["allow"]) == (405, listed)


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/search"])
@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", JSON, 400, "invalid_json"),
        (b"{'a': 1}", JSON, 400, "invalid_json"),
        (b'{"question": "\xff"}', JSON, 400, "invalid_body"),
        (b"[" * 100_000, JSON, 400, "invalid_body"),
        (b"[]", JSON, 422, "validation_error"),
        (b"null", JSON, 422, "validation_error"),
        (b"", JSON, 422, "validation_error"),
        (b"{}", {}, 415, "unsupported_media_type"),
        (b"{}", {"content-type": "text/plain"}, 415, "unsupported_media_type"),
        (
            b"q=1",
            {"content-type": "application/x-www-form-urlencoded"},
            415,
            "unsupported_media_type",
        ),
    ],
)
def test_broken_bodies_are_problems(
    client: TestClient,
    path: str,
    content: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    check_problem(client.post(path, content=content, headers=headers), status, code)


@pytest.mark.parametrize("declared", [True, False])
def test_a_question_that_is_too_large_is_413(client: TestClient, declared: bool) -> None:
    body = b'{"question": "' + b"x" * MAX_JSON_BYTES + b'"}'
    content = body if declared else iter([body[:1000], body[1000:]])

    check_problem(client.post("/v1/ask", content=content, headers=JSON), 413, "too_large")


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("path", ["/v1/documents", "/documents"])
def test_an_upload_that_is_too_large_is_413(declared: bool, path: str) -> None:
    service = make_service(settings=make_settings(max_request_bytes=1000))
    client = TestClient(create_app(service, service.settings))
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n'
    body += TALKS.encode() * 5 + b"\r\n--x--\r\n"
    content = body if declared else iter([body[:600], body[600:1200], body[1200:]])
    headers = {"content-type": "multipart/form-data; boundary=x"}

    check_problem(client.post(path, content=content, headers=headers), 413, "too_large")


def test_another_sites_page_cannot_change_anything(client: TestClient) -> None:
    for site in ("cross-site", "same-site"):
        reply = client.post(
            "/v1/documents",
            files=[("files", ("a.txt", TALKS.encode()))],
            headers={"sec-fetch-site": site},
        )
        check_problem(reply, 403, "cross_site")


def test_requests_before_the_service_is_open_wait_for_it() -> None:
    opened = make_service()
    client = TestClient(create_app(lambda: opened, opened.settings))

    check_problem(client.get("/v1/speakers"), 503, "not_ready")
    assert client.get("/healthz").status_code == 200
    with client:
        assert client.get("/v1/speakers").status_code == 200
    assert opened.closed


def test_a_service_given_open_stays_open(service: FakeService) -> None:
    with TestClient(create_app(service, service.settings)):
        pass
    assert not service.closed
