from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.web.assets import asset
from tests.api.fakes import FakeService


@pytest.mark.parametrize(
    "path", ["/", "/documents", "/docs", "/healthz", "/nope", "/static/style.css", "/v1/speakers"]
)
def test_every_response_carries_the_safe_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-request-id"]


def test_a_bug_carries_them_too(client: TestClient, service: FakeService) -> None:
    service.failure = RuntimeError()

    reply = client.post("/v1/ask", json={"question": "who"})

    assert reply.status_code == 500
    assert "content-security-policy" in reply.headers


def test_pages_run_our_own_files_only_and_never_make_markup_of_text(client: TestClient) -> None:
    policy = client.get("/").headers["content-security-policy"]

    assert "script-src 'self';" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "trusted-types 'none'" in policy
    assert "script-src 'self';" in client.get("/docs").headers["content-security-policy"]


def test_a_request_id_that_is_one_is_kept(client: TestClient) -> None:
    assert (
        client.get("/healthz", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    )
    odd = client.get("/healthz", headers={"x-request-id": "<b>"}).headers["x-request-id"]
    assert odd != "<b>"


def test_head_is_get_without_a_body(client: TestClient) -> None:
    reply = client.head("/")

    assert (reply.status_code, reply.content) == (200, b"")


def test_only_what_cannot_change_is_kept(client: TestClient) -> None:
    def caching(path: str) -> str:
        value: str = client.get(path).headers["cache-control"]
        return value

    assert "immutable" in caching(asset("style.css"))
    assert caching("/static/style.css") == "no-store"
    assert caching(asset("nope.css")) == "no-store"
    assert caching("/static/nope.css") == "no-store"
    assert caching("/v1/speakers") == "no-store"
    assert caching("/") == "private, no-cache"
