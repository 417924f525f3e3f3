"""The client against a real HTTP server that misbehaves on purpose."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from index.errors import ModelUnavailable
from qa.llm.chat import ChatRequest, Message
from qa.llm.client import Disconnected, OpenAIClient, Stalled
from qa.llm.supervisor import Endpoint

KEY = "sk-very-secret"
REQUEST = ChatRequest((Message("user", "Hello"),), max_tokens=3, seed=5, stop=("\n",))
Behaviour = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def chat_reply(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps(
        {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    ).encode()


class Server:
    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.behave: Behaviour = lambda handler, body: reply(handler, 200, chat_reply("Hi"))
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.bodies.append(body)
                outer.behave(self, body)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.endpoint = Endpoint(f"http://127.0.0.1:{self._server.server_port}/v1", KEY)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


def test_a_chat_request_carries_what_was_asked(server: Server) -> None:
    answer = OpenAIClient("m", timeout_s=5).complete(server.endpoint, REQUEST)
    assert (answer.text, answer.finish_reason) == ("Hi", "stop")
    (body,) = server.bodies
    assert body["messages"] == [{"role": "user", "content": "Hello"}]
    assert (body["model"], body["max_tokens"], body["seed"], body["stop"]) == ("m", 3, 5, ["\n"])
    assert body["temperature"] == 0
    assert body["cache_prompt"] is True
    assert not {"grammar", "n_probs"} & body.keys()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "LLM_API_KEY"),
        (404, "LLM_BASE_URL"),
        (429, "ask again later"),
        (400, "context length"),
        (500, "server's log"),
    ],
)
def test_an_error_status_is_an_outage_that_says_what_to_do_and_no_secret(
    server: Server, status: int, advice: str
) -> None:
    server.behave = lambda handler, body: reply(handler, status, json.dumps({"key": KEY}).encode())
    with pytest.raises(ModelUnavailable, match=advice) as caught:
        OpenAIClient("m", timeout_s=5).complete(server.endpoint, REQUEST)
    assert KEY not in str(caught.value)
    assert len(server.bodies) == 1  # the client itself never repeats a request


@pytest.mark.parametrize("body", [b"", b"not json", b"{}", b'{"choices": []}', b"[1]"])
def test_nonsense_is_an_outage(server: Server, body: bytes) -> None:
    server.behave = lambda handler, _: reply(handler, 200, body)
    with pytest.raises(ModelUnavailable):
        OpenAIClient("m", timeout_s=5).complete(server.endpoint, REQUEST)


def test_a_stall_is_told_from_a_broken_connection(server: Server) -> None:
    def stall(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        time.sleep(0.6)

    server.behave = stall
    with pytest.raises(Stalled, match="LLM_TIMEOUT_S"):
        OpenAIClient("m", timeout_s=0.2).complete(server.endpoint, REQUEST)

    def hang_up(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        handler.close_connection = True

    server.behave = hang_up
    with pytest.raises(Disconnected):
        OpenAIClient("m", timeout_s=5).complete(server.endpoint, REQUEST)


def test_an_address_where_nobody_listens_is_an_outage() -> None:
    endpoint = Endpoint("http://127.0.0.1:9/v1", KEY)
    with pytest.raises(Disconnected, match="LLM_BASE_URL"):
        OpenAIClient("m", timeout_s=5).complete(endpoint, REQUEST)
