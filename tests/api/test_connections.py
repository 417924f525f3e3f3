"""A client that sends nothing, or reads nothing, is let go; a slow one that goes on is not."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.connections import STEP_BYTES, protocol_of
from tests.api.fakes import make_settings

PATIENCE_S = 15.0
LIMIT_S = 0.4
# More than the system's buffers take of an answer that nobody reads.
LARGE = 64 * 1024 * 1024

HEAD = b"POST /%s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"


class App:
    """Answers with the number of bytes it was sent; ``/large`` with more than fits anywhere."""

    def __init__(self) -> None:
        self.ended = threading.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken, more = 0, True
        while more:
            message = await receive()
            taken += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"x" * LARGE if scope["path"] == "/large" else str(taken).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})
        self.ended.release()


@pytest.fixture
def app() -> App:
    return App()


@contextmanager
def serving(app: App, **limits: float) -> Iterator[int]:
    """Serve on the port that this yields."""
    settings = make_settings(**limits)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=protocol_of(settings), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join(PATIENCE_S)
    listener.close()
    assert not thread.is_alive()


@pytest.fixture
def port(app: App) -> Iterator[int]:
    with serving(app, read_timeout_s=LIMIT_S, send_timeout_s=LIMIT_S) as port:
        yield port


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)


def ended(client: socket.socket) -> bool:
    """Return whether the server ends the connection without a word."""
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTT", HEAD % (b"", 10), HEAD % (b"", 10) + b"nine byte"]
)
def test_a_client_that_stops_sending_is_let_go(port: int, sent: bytes) -> None:
    with connect(port) as client:
        client.sendall(sent)

        assert ended(client)


@pytest.mark.parametrize("begun", [b"GET / HTTP/1.1\r\nX: ", HEAD % (b"", 10_000)])
def test_a_drip_is_no_sending(port: int, begun: bytes) -> None:
    began = time.monotonic()
    with connect(port) as client:
        client.sendall(begun)
        with suppress(ConnectionError):
            while time.monotonic() - began < PATIENCE_S:
                client.sendall(b"x")
                time.sleep(LIMIT_S / 10)

    assert time.monotonic() - began < PATIENCE_S / 2


def test_an_upload_may_take_longer_than_any_of_its_steps(port: int) -> None:
    steps = 6
    with connect(port) as client:
        client.sendall(HEAD % (b"", steps * STEP_BYTES))
        for _ in range(steps):
            client.sendall(b"x" * STEP_BYTES)
            time.sleep(LIMIT_S / 3)

        assert client.makefile("rb").readline().startswith(b"HTTP/1.1 200")


def test_a_client_that_does_not_read_holds_no_answer(port: int, app: App) -> None:
    with connect(port) as client:
        client.sendall(HEAD % (b"large", 0))

        assert app.ended.acquire(timeout=PATIENCE_S)
        time.sleep(3 * LIMIT_S)  # what was made is given up only now, unread
        received = 0
        with suppress(ConnectionResetError):
            while chunk := client.recv(1 << 20):
                received += len(chunk)
        assert received < LARGE


def test_connections_beyond_the_limit_are_closed_and_a_place_comes_free(app: App) -> None:
    with serving(app, max_connections=3) as port:
        held = [connect(port) for _ in range(3)]
        for _ in range(2):
            with connect(port) as client:
                assert ended(client)
        for each in held:
            each.sendall(HEAD % (b"", 0))
            assert each.makefile("rb").readline().startswith(b"HTTP/1.1 200")
            each.close()
        time.sleep(LIMIT_S)
        with connect(port) as client:
            client.sendall(HEAD % (b"", 0))

            assert client.makefile("rb").readline().startswith(b"HTTP/1.1 200")
