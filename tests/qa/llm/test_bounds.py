"""An endpoint that drips, swells, nests and lies costs little, and never more than an outage."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from index.errors import ModelUnavailable
from qa.answer.engine import Engine
from qa.generation.instruct.writer import InstructWriter
from qa.llm.cancellation import Cancellation
from qa.llm.chat import ChatRequest, Message
from qa.llm.lease import ServerState
from qa.llm.streaming import StreamingEndpoint, StreamLimits, imported
from qa.llm.supervisor import Endpoint
from qa.llm.tokens import ASK_AGAIN_S, TIMEOUT_S, UNKNOWN_CONTEXT, ServerTokens
from qa.records import Ask, Mode
from qa.verify import Verifier
from tests.qa.answer.test_engine import make_engine
from tests.qa.generation.instruct.test_writer import BERLIN, QUESTION, TALKS
from tests.qa.llm.scripted_server import chunk, events, statements

HELLO = ChatRequest((Message("user", "Hello"),), max_tokens=10)
DEEP = b"[" * 100_000
GOOD = events(chunk({"content": statements(BERLIN)}), chunk({}, "stop"))
Says = Callable[[BaseHTTPRequestHandler], None]


def sends(body: bytes, kind: str = "application/json", status: int = 200, **headers: str) -> Says:
    def say(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("content-type", kind)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return say


def drips(handler: BaseHTTPRequestHandler) -> None:
    """Send one byte now and then, each of them in time, for ten minutes."""
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.end_headers()
    for _ in range(3000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.2)


def swells(handler: BaseHTTPRequestHandler) -> None:
    """Send 700 MB of one line."""
    handler.send_response(200)
    handler.send_header("content-type", "text/event-stream")
    handler.end_headers()
    for _ in range(700):
        handler.wfile.write(b"x" * 1_000_000)


def bomb() -> bytes:
    """Return 70 kB that unpack to 70 MB."""
    return gzip.compress(b"data: " + b" " * 70_000_000, compresslevel=9, mtime=0)


@contextmanager
def serving(paths: dict[str, Says]) -> Iterator[tuple[Endpoint, list[str]]]:
    """Serve until the block ends; what has no path is not found. Paths asked for are noted."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            asked.append(self.path)
            try:
                paths.get(self.path, sends(b"{}", status=404))(self)
            except OSError:
                self.close_connection = True  # the client has gone

        do_GET = do_POST = _answer

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1", "key"), asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def engine_at(
    paths: dict[str, Says], deadline_s: float = 30.0, most_bytes: int = 1_000_000
) -> Iterator[Engine]:
    imported()

    async def pause(seconds: float) -> None:
        """Take no time."""

    with serving(paths) as (endpoint, _):
        tokens = ServerTokens(lambda: endpoint, "m", None, most_bytes=most_bytes)
        limits = StreamLimits(10.0, 4, deadline_s, most_bytes)
        model = StreamingEndpoint("m", lambda: endpoint, tokens, limits, pause)
        engine = make_engine(TALKS)
        engine._writer = InstructWriter(model, Verifier())
        try:
            yield engine
        finally:
            model.close()


def ask(engine: Engine, mode: Mode = "auto") -> tuple[str, ...]:
    """Return what an answer is degraded by; there is an answer whatever the endpoint does."""
    answer = engine.ask(Ask(QUESTION, mode=mode))
    assert answer.status == "answered"
    return answer.degraded


CHAT = "/v1/chat/completions"


@pytest.mark.parametrize(
    "reply",
    [
        swells,
        sends(bomb(), "text/event-stream", content_encoding="gzip"),
        sends(bomb(), "application/json", 500, content_encoding="gzip"),
        sends(b"{" + b" " * 2_000_000, "application/json", 400),
        sends(b"data: " + DEEP + b"\n\n", "text/event-stream"),
        sends(b"data: " + b'{"a":' * 100_000 + b"\n\n", "text/event-stream"),
        sends(b'data: {"choices": ' + b"9" * 10_000 + b"}\n\n", "text/event-stream"),
        sends(b"", status=307, location="http://127.0.0.1:9/v1/chat/completions"),
    ],
    ids=["swells", "bomb", "bomb in an error", "long error", "deep", "deep", "number", "elsewhere"],
)
def test_a_reply_out_of_bounds_is_an_outage(reply: Says) -> None:
    with engine_at({CHAT: reply}) as engine:
        started = time.process_time()
        assert ask(engine) == ("llm_unavailable",)
        with pytest.raises(ModelUnavailable):
            ask(engine, "generate")
        assert time.process_time() - started < 20


def test_a_reply_that_drips_ends_at_its_deadline() -> None:
    with engine_at({CHAT: drips}, deadline_s=1.0) as engine:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable, match="didn't end in 1 s"):
            ask(engine, "generate")
        assert time.monotonic() - started < 15


def test_sixteen_drips_of_props_and_tokens_stop_nobody() -> None:
    paths = {"/props": drips, "/tokenize": drips, "/v1/models": drips}
    with engine_at({**paths, CHAT: sends(GOOD, "text/event-stream")}) as engine:
        took: list[float] = []

        def one() -> None:
            started = time.monotonic()
            assert ask(engine) == ()
            took.append(time.monotonic() - started)

        threads = [threading.Thread(target=one) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(took) == 16
        assert max(took) < 4 * TIMEOUT_S + 20
        started = time.monotonic()
        assert ask(engine) == ()
        assert time.monotonic() - started < TIMEOUT_S, "nobody waits for it a second time"


@pytest.mark.parametrize("told", [0, -5, 1, 511, True, 1e9, "4096", None, [1], 10**400])
def test_a_context_that_cannot_be_is_unknown(told: object) -> None:
    body = json.dumps({"default_generation_settings": {"n_ctx": told}}).encode()
    with serving({"/props": sends(body)}) as (endpoint, _):
        tokens = ServerTokens(lambda: endpoint, "m", None)
        assert tokens.context_tokens() == UNKNOWN_CONTEXT
        tokens.close()


@pytest.mark.parametrize("told", [0, -1, True, 10**6, 2.5, "3", None])
def test_a_count_that_cannot_be_is_estimated(told: object) -> None:
    with serving({"/tokenize": sends(json.dumps({"count": told}).encode())}) as (endpoint, asked):
        tokens = ServerTokens(lambda: endpoint, "m", None)
        assert tokens.count("x" * 100) == 41
        assert tokens.count("x" * 100) == 41
        assert asked == ["/tokenize"]
        tokens.close()


def test_no_context_and_no_tokens_are_no_error_of_ours() -> None:
    nothing = json.dumps({"default_generation_settings": {"n_ctx": 0}, "tokens": [], "count": 0})
    paths = dict.fromkeys(("/props", "/tokenize", "/v1/models"), sends(nothing.encode()))
    with engine_at({**paths, CHAT: sends(GOOD, "text/event-stream")}) as engine:
        assert ask(engine) == ()


@pytest.mark.parametrize(
    "reply", [sends(DEEP), sends(bomb(), content_encoding="gzip"), swells, sends(b"\xff\xfe")]
)
def test_what_a_server_tells_of_itself_is_bounded_too(reply: Says) -> None:
    paths = dict.fromkeys(("/props", "/tokenize", "/v1/models"), reply)
    with serving(paths) as (endpoint, _):
        tokens = ServerTokens(lambda: endpoint, "m", None, most_bytes=1_000_000)
        assert tokens.context_tokens() == UNKNOWN_CONTEXT
        assert tokens.count("x" * 100) == 41
        tokens.close()


def test_a_server_that_told_nothing_is_asked_again_after_a_while() -> None:
    now = [0.0]
    paths: dict[str, Says] = {}
    with serving(paths) as (endpoint, _):
        tokens = ServerTokens(lambda: endpoint, "m", None, clock=lambda: now[0])
        assert tokens.context_tokens() == UNKNOWN_CONTEXT
        assert tokens.count("three tokens here") == 7
        paths["/props"] = sends(b'{"default_generation_settings": {"n_ctx": 2048}}')
        paths["/tokenize"] = sends(b'{"tokens": [1, 2, 3]}')
        assert tokens.context_tokens() == UNKNOWN_CONTEXT
        now[0] = ASK_AGAIN_S
        assert tokens.context_tokens() == 2048
        assert tokens.count("three tokens here") == 3
        tokens.close()


def test_a_model_that_drips_can_be_closed_at_once() -> None:
    imported()
    with serving({CHAT: drips}) as (endpoint, asked):
        tokens = ServerTokens(lambda: endpoint, "m", 4096)
        model = StreamingEndpoint("m", lambda: endpoint, tokens, StreamLimits())
        stream = model.stream(HELLO, Cancellation())
        ends: list[str] = []

        def wait() -> None:
            with pytest.raises(ModelUnavailable) as told:
                list(stream)
            ends.append(str(told.value))

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        while not asked:
            time.sleep(0.01)
        started = time.monotonic()
        model.close()
        assert time.monotonic() - started < 5
        thread.join(5)
        assert ends == ["the language model 'm' was closed"]


def test_no_representation_shows_a_key() -> None:
    endpoint = Endpoint("http://model/v1", "hush-hush")
    state = ServerState(1, 1.0, "http://model", 9, "hush-hush")
    for shown in (repr(endpoint), str(endpoint), repr(state), f"{(endpoint, state)}"):
        assert "hush" not in shown
    assert endpoint.key == "hush-hush"
