"""Clients that go away at any moment leave nothing running behind them."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import anyio.to_thread
import httpx
import pytest
import uvicorn

from api import streaming
from api.app import create_app
from qa.answer.engine import Engine, Event
from qa.generation.instruct.writer import InstructWriter
from qa.llm.cancellation import Cancellation
from qa.llm.streaming import StreamingEndpoint, StreamLimits
from qa.llm.tokens import ServerTokens
from qa.records import Answer, Ask
from qa.verify import Verifier
from tests.api.fakes import FakeService
from tests.qa.answer.test_engine import make_engine
from tests.qa.generation.instruct.test_writer import BERLIN, QUESTION, TALKS, WEEKS, wait_until
from tests.qa.llm.scripted_server import Says, ScriptedServer, statements

pytestmark = pytest.mark.e2e

# Slots of the model: fewer than clients, so that some leave while they wait for one.
SLOTS = 3

# Threads of bounded pools: the framework's for requests, the event loop's own for name look-ups.
POOLED = re.compile(r".*AnyIO|asyncio_")


@dataclass
class EngineService(FakeService):
    """A service whose answers come from a real engine."""

    engine: Engine = field(default_factory=lambda: make_engine(TALKS))

    def ask(self, ask: Ask, cancellation: Cancellation | None = None) -> Answer:
        return self.engine.ask(ask, cancellation)

    def stream(self, ask: Ask, cancellation: Cancellation | None = None) -> Iterator[Event]:
        return self.engine.stream(ask, cancellation)


@dataclass
class Running:
    """A server in this process."""

    url: str
    loop: asyncio.AbstractEventLoop
    model: StreamingEndpoint
    scripted: ScriptedServer

    def in_loop(self, count: Callable[[], int]) -> int:
        """Return what a function counts inside the server's loop."""

        async def counted() -> int:
            return count()

        return asyncio.run_coroutine_threadsafe(counted(), self.loop).result()

    def tasks(self) -> int:
        return self.in_loop(lambda: len(asyncio.all_tasks()))

    def workers(self) -> int:
        """Return how many worker threads are at work."""
        limiter = anyio.to_thread.current_default_thread_limiter
        return self.in_loop(lambda: limiter().borrowed_tokens)


@contextmanager
def serving(scripted: ScriptedServer) -> Iterator[Running]:
    with scripted.running() as endpoint:
        tokens = ServerTokens(lambda: endpoint, "m", None)
        model = StreamingEndpoint("m", lambda: endpoint, tokens, StreamLimits(60.0, SLOTS))
        service = EngineService()
        service.engine._writer = InstructWriter(model, Verifier(), free=True)
        listener = socket.create_server(("127.0.0.1", 0))
        loops: list[asyncio.AbstractEventLoop] = []
        config = uvicorn.Config(create_app(service, service.settings), log_config=None)
        server = uvicorn.Server(config)

        async def run() -> None:
            loops.append(asyncio.get_running_loop())
            await server.serve(sockets=[listener])

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        wait_until(lambda: server.started)
        try:
            port = listener.getsockname()[1]
            yield Running(f"http://127.0.0.1:{port}", loops[0], model, scripted)
        finally:
            server.should_exit = True
            thread.join()
            listener.close()
            model.close()


def leave_early(url: str, seed: int) -> None:
    """Ask, read for a random while, and go away."""
    chance = random.Random(seed)
    streamed = chance.random() < 0.8
    body = {"question": QUESTION, "stream": streamed}
    patience = httpx.Timeout(20, read=chance.choice([0.005, 0.05, 0.3, 1.0]))
    lines = chance.randrange(12)
    with (
        suppress(httpx.TimeoutException),
        httpx.Client(timeout=patience, trust_env=False) as client,
        client.stream("POST", f"{url}/v1/ask", json=body) as reply,
    ):
        for number, _ in enumerate(reply.iter_lines()):
            if number >= lines:
                break


def test_a_hundred_clients_that_leave_at_random_leak_nothing() -> None:
    whole, cut = statements(BERLIN, WEEKS), statements(BERLIN, WEEKS)[:-30]
    chance = random.Random(3)
    steps = [
        Says(whole, size=20) if chance.random() < 0.5 else Says(cut, then="stall")
        for _ in range(100)
    ]
    with serving(ScriptedServer(*steps, always=Says(whole))) as running:
        httpx.get(f"{running.url}/healthz")
        for seed in range(5):  # the first stream starts what watches for the server's end
            leave_early(running.url, seed)
        wait_until(lambda: running.model.running == 0)
        wait_until(lambda: running.workers() == 0)
        tasks = running.tasks()
        threads = {t.name for t in threading.enumerate() if not POOLED.match(t.name)}
        with ThreadPoolExecutor(10) as pool:
            list(pool.map(lambda seed: leave_early(running.url, seed), range(100)))
        wait_until(lambda: running.model.running == 0)
        wait_until(lambda: running.scripted.open == 0)
        wait_until(lambda: running.workers() == 0)
        wait_until(lambda: running.tasks() <= tasks)
        left = {t.name for t in threading.enumerate() if not POOLED.match(t.name)}
        assert {name for name in left - threads if "process_request" not in name} == set()
        # and every slot of the model is free again
        running.scripted.steps = [Says(whole)] * SLOTS
        with ThreadPoolExecutor(SLOTS) as pool:
            body = {"question": QUESTION}
            told = pool.map(
                lambda _: httpx.post(f"{running.url}/v1/ask", json=body, timeout=60).json(),
                range(SLOTS),
            )
            assert {answer["answer"].count("[1]") for answer in told} == {1}


def test_a_stream_tells_what_was_retrieved_and_keeps_alive_while_the_model_thinks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_S", 0.2)
    with serving(ScriptedServer(Says("", then="stall"))) as running:
        body = {"question": QUESTION, "stream": True}
        seen: list[str] = []
        with (
            httpx.Client(timeout=30, trust_env=False) as client,
            client.stream("POST", f"{running.url}/v1/ask", json=body) as reply,
        ):
            for line in reply.iter_lines():
                seen.append(line)
                if sum(entry.startswith(": ping") for entry in seen) == 2:
                    break
        assert seen[0] == "event: retrieval"
        wait_until(lambda: running.model.running == 0)


def test_a_statement_leaves_as_soon_as_it_is_whole_and_is_never_taken_back() -> None:
    cut = statements(BERLIN, WEEKS)[:-40]
    scripted = ScriptedServer(Says(cut, then="stall"))
    with serving(scripted) as running:
        body = {"question": QUESTION, "stream": True, "mode": "generate"}
        events: list[str] = []
        with (
            httpx.Client(timeout=30, trust_env=False) as client,
            client.stream("POST", f"{running.url}/v1/ask", json=body) as reply,
        ):
            for line in reply.iter_lines():
                events += [line] if line.startswith(("event", "data")) else []
                if len(events) == 4:
                    break
        assert [events[0], events[2]] == ["event: retrieval", "event: statement"]
        assert '"text": "The next round will be in Berlin."' in events[3]
