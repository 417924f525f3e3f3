"""Slow answers take turns, and nothing that watches over the service waits for them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import anyio
import anyio.to_thread
import pytest
from sse_starlette.sse import AppStatus
from starlette.testclient import TestClient

from api import streaming
from api.app import create_app
from api.concurrency import ANSWERS_AT_ONCE, RETRY_AFTER_S, Turns, answers_at_once
from api.problems import ProblemError
from qa.llm.cancellation import Cancellation
from qa.records import Answer, Ask
from tests.api.checks import Reply, check_problem
from tests.api.fakes import SEED_NAME, TALKS, FakeService, make_service, make_settings, read

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


def chat_stream(client: TestClient) -> Reply:
    message = {"role": "user", "content": QUESTION}
    body = {"model": "transcript-qa", "messages": [message], "stream": True}
    return client.post("/v1/chat/completions", json=body)


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


@dataclass
class Asking:
    """A request whose client stays."""

    async def receive(self) -> dict[str, str]:
        await anyio.sleep_forever()
        raise AssertionError


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(("took", "served"), [(2.0, True), (4.0, False)])
def test_nobody_waits_for_what_the_last_answers_say_takes_too_long(
    took: float, served: bool
) -> None:
    clock = Clock()
    asking: Any = Asking()

    async def run() -> bool:
        turns = Turns(at_once=1, waiting=10, max_wait_s=5.0, clock=clock)
        async with turns.turn(asking):
            clock.now += took
        async with turns.turn(asking), anyio.create_task_group() as group:
            with anyio.move_on_after(0.2):
                with pytest.raises(ProblemError) as refused:
                    async with turns.turn(asking):
                        pass
                assert refused.value.problem.code == "busy"
                return False
            group.cancel_scope.cancel()
        return True

    assert anyio.run(run) == served


def test_a_wait_ends_when_an_answer_takes_longer_than_the_last_ones() -> None:
    asking: Any = Asking()

    async def run() -> None:
        turns = Turns(at_once=1, max_wait_s=0.1)
        async with turns.turn(asking):
            with pytest.raises(ProblemError) as refused, anyio.fail_after(PATIENCE_S):
                async with turns.turn(asking):
                    pass
        assert refused.value.problem.code == "busy"
        assert int(refused.value.problem.headers["Retry-After"]) >= 1
        async with turns.turn(asking):
            assert turns.waiting == 0

    anyio.run(run)


def test_a_turn_that_comes_too_late_is_passed_on() -> None:
    clock = Clock()
    asking: Any = Asking()

    async def run() -> None:
        turns = Turns(at_once=1, max_wait_s=5.0, clock=clock)
        refused: list[ProblemError] = []

        async def wait() -> None:
            with pytest.raises(ProblemError) as problem:
                async with turns.turn(asking):
                    pass
            refused.append(problem.value)

        async with anyio.create_task_group() as group, turns.turn(asking):
            group.start_soon(wait)
            with anyio.fail_after(PATIENCE_S):
                while not turns.waiting:
                    await anyio.sleep(0)
            clock.now += 3.0  # one more of these would end after 6 seconds
        assert [each.problem.code for each in refused] == ["busy"]
        async with turns.turn(asking):
            assert turns.waiting == 0

    anyio.run(run)


def test_no_more_is_computed_here_at_once_than_keeps_the_processors_busy() -> None:
    here = make_settings(llm="embedded", threads=2)
    elsewhere = make_settings(llm="some-model", llm_base_url="http://127.0.0.1:1/v1")
    assert answers_at_once(here) == 4
    assert answers_at_once(elsewhere) == ANSWERS_AT_ONCE


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_does_not_read_its_answer_gives_its_turn_back(stream: bool) -> None:
    service = make_service()
    app = create_app(service, service.settings)
    app.state.context.turns = Turns(at_once=1, waiting=0)
    body = json.dumps({"question": QUESTION, "stream": stream}).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/ask",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }

    async def run() -> None:
        answered = anyio.Event()

        async def ask(read: bool) -> None:
            messages = [{"type": "http.request", "body": body}]

            async def receive() -> dict[str, Any]:
                if not messages:
                    await anyio.sleep_forever()
                return messages.pop()

            async def send(message: Any) -> None:
                if read and message["type"] == "http.response.start":
                    assert message["status"] == 200
                    answered.set()
                elif not read and message.get("body"):
                    await anyio.sleep_forever()

            await app(dict(scope), receive, send)

        async with anyio.create_task_group() as group:
            group.start_soon(ask, False)
            await anyio.sleep(0)
            turns = app.state.context.turns
            with anyio.fail_after(PATIENCE_S):
                while not turns.made:
                    await anyio.sleep(0.01)
                group.start_soon(ask, True)
                await answered.wait()
            group.cancel_scope.cancel()

    anyio.run(run)


@pytest.mark.parametrize("in_time", [True, False])
@pytest.mark.parametrize("ask", [ASKERS[1], chat_stream])
def test_a_stopping_server_ends_its_streams_with_a_last_event(
    client: TestClient,
    slow: SlowService,
    crowd: ThreadPoolExecutor,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[TestClient], Reply],
    in_time: bool,
) -> None:
    monkeypatch.setattr(streaming, "FINISH_S", PATIENCE_S if in_time else 0.1)
    streamed: Any = crowd.submit(ask, client)
    assert slow.begun.acquire(timeout=PATIENCE_S)

    monkeypatch.setattr(AppStatus, "should_exit", True)
    if in_time:
        threading.Event().wait(0.7)
        slow.go.set()

    said = streamed.result(timeout=PATIENCE_S).text
    assert ('"status": "answered"' in said) == in_time
    assert ('"code": "stopping"' in said) == (not in_time)
