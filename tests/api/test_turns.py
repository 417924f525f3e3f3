"""Slow answers take turns, and nothing that watches over the service waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import anyio.to_thread
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.turns import RETRY_AFTER_S, Turns
from qa.cancellation import Cancellation
from qa.records import Answer, Ask
from tests.api.checks import Reply, check_problem
from tests.api.fakes import SEED_NAME, TALKS, FakeService, make_settings, read

QUESTION = "Where will the next round be held?"
PATIENCE_S = 20


@dataclass
class SlowService(FakeService):
    """Holds every answer back until it is told to go on."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def ask(self, ask: Ask, cancellation: Cancellation | None = None) -> Answer:
        self.begun.release()
        assert self.go.wait(PATIENCE_S)
        return super().ask(ask)


@pytest.fixture
def slow() -> Iterator[SlowService]:
    service = SlowService(settings=make_settings())
    service.library.add(SEED_NAME, read(TALKS))
    yield service
    service.go.set()


@pytest.fixture
def client(slow: SlowService) -> Iterator[TestClient]:
    app = create_app(slow, slow.settings)
    app.state.context.turns = Turns(at_once=2, waiting=1)
    with TestClient(app) as client:
        yield client


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread is about to bring about."""
    pause = threading.Event()
    for _ in range(PATIENCE_S * 100):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never happened")


ASKERS: list[Callable[[TestClient], Reply]] = [
    lambda client: client.post("/v1/ask", json={"question": QUESTION}),
    lambda client: client.post("/v1/ask", json={"question": QUESTION, "stream": True}),
    lambda client: client.get("/", params={"question": QUESTION}),
    lambda client: client.post(
        "/v1/chat/completions",
        json={"model": "transcript-qa", "messages": [{"role": "user", "content": QUESTION}]},
    ),
]


@pytest.mark.parametrize("ask", ASKERS)
def test_a_few_are_answered_at_once_one_waits_and_the_next_is_told_to_come_back(
    client: TestClient,
    slow: SlowService,
    crowd: ThreadPoolExecutor,
    ask: Callable[[TestClient], Reply],
) -> None:
    answered: list[Any] = [crowd.submit(ask, client) for _ in range(2)]
    for _ in answered:
        assert slow.begun.acquire(timeout=PATIENCE_S)
    answered.append(crowd.submit(ask, client))
    app: Any = client.app
    until(lambda: app.state.context.turns.waiting == 1)

    refused = ask(client)

    check_problem(refused, 503, "busy")
    assert refused.headers["retry-after"] == str(RETRY_AFTER_S)
    assert client.get("/v1/documents").status_code == 200
    assert client.get("/").status_code == 200
    slow.go.set()
    assert [each.result().status_code for each in answered] == [200, 200, 200]
    assert ask(client).status_code == 200


def test_health_and_metrics_need_no_thread(client: TestClient) -> None:
    async def starve() -> float:
        limiter = anyio.to_thread.current_default_thread_limiter()
        before, limiter.total_tokens = limiter.total_tokens, 1
        await limiter.acquire_on_behalf_of("a model that never answers")
        return before

    assert client.portal is not None
    client.portal.call(starve)

    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/metrics").status_code == 200
