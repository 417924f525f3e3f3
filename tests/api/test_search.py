from __future__ import annotations

from typing import Any

import anyio.to_thread
import pytest
from starlette.testclient import TestClient

from api.schemas import SearchOut
from tests.api.checks import check_problem
from tests.api.fakes import FakeService


def test_hits_stand_where_they_say(client: TestClient, service: FakeService) -> None:
    reply = client.post("/v1/search", json={"query": "the next round will be in Berlin"})

    hits = SearchOut.model_validate(reply.json()).hits
    assert hits
    for hit in hits:
        text = service.library.text(hit.document_id, hit.document_version)
        assert text[hit.char_start : hit.char_end] == hit.text


def test_the_limit_bounds_the_hits(client: TestClient) -> None:
    reply = client.post("/v1/search", json={"query": "they talk next round in weeks", "limit": 1})

    assert len(reply.json()["hits"]) == 1


@pytest.mark.parametrize("limit", [0, -1, 101, "3", 1.5, True])
def test_a_limit_out_of_bounds_is_refused(client: TestClient, limit: object) -> None:
    reply = client.post("/v1/search", json={"query": "talks", "limit": limit})

    check_problem(reply, 422, "validation_error")


def test_a_request_takes_one_thread_and_its_checks_none(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[object] = []
    run_sync = anyio.to_thread.run_sync

    async def counted(work: Any, *arguments: Any, **how: Any) -> Any:
        taken.append(work)
        return await run_sync(work, *arguments, **how)

    monkeypatch.setattr(anyio.to_thread, "run_sync", counted)

    assert client.post("/v1/search", json={"query": "next round Berlin"}).status_code == 200
    assert len(taken) == 1
