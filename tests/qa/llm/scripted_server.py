"""A real HTTP server that speaks the OpenAI protocol and plays a script, one step a request."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from qa.llm.supervisor import Endpoint

Trouble = Literal["none", "stall", "disconnect"]


@dataclass(frozen=True)
class Says:
    """A reply that streams in, in pieces; ``then`` is what happens after the last piece."""

    text: str
    then: Trouble = "none"
    finish: str = "stop"
    refusal: str = ""
    size: int = 7


@dataclass(frozen=True)
class Fails:
    """An HTTP error."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


@dataclass(frozen=True)
class Sends:
    """Bytes as they stand, ``size`` at a time; the connection ends after them."""

    body: bytes
    kind: str = "text/event-stream"
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 1 << 20


Step = Says | Fails | Sends


def chunk(delta: object, finish: str | None = None, **more: object) -> dict[str, Any]:
    """Return a chunk of a reply as the protocol has it."""
    head = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {**head, "choices": [choice], **more}


def events(*bodies: object, line_end: str = "\n", done: bool = True) -> bytes:
    """Return bodies as server-sent events."""
    lines = [f"data: {json.dumps(body, ensure_ascii=False)}" for body in bodies]
    lines += ["data: [DONE]"] if done else []
    return "".join(line + 2 * line_end for line in lines).encode()


def statements(*items: dict[str, Any], insufficient: bool = False) -> str:
    """Return a good reply."""
    whole = [{"quote": None, "short": None, **item} for item in items]
    return json.dumps({"statements": whole, "insufficient": insufficient}, ensure_ascii=False)


class ScriptedServer:
    """Plays its steps; past the last one, or with ``always``, it repeats that one.

    Args:
        steps: what it answers, one step a request.
        forms: which forms of reply it takes; others get status 400.
        context: what it says its context is, as llama.cpp does; None for a server without that.
    """

    def __init__(
        self,
        *steps: Step,
        always: Step | None = None,
        forms: Sequence[str] = ("json_schema", "json_object"),
        context: int | None = None,
    ) -> None:
        self.steps = list(steps)
        self.always = always
        self.forms = forms
        self.context = context
        self.requests: list[dict[str, Any]] = []
        self.open = 0
        self.most_open = 0
        self.lock = threading.Lock()
        self.released = threading.Event()

    @property
    def prompts(self) -> list[str]:
        """Return the last message of each request."""
        return [request["messages"][-1]["content"] for request in self.requests]

    def next_step(self, body: dict[str, Any]) -> Step:
        """Note a request and return what to answer."""
        with self.lock:
            self.requests.append(body)
            form = (body.get("response_format") or {}).get("type")
            if form is not None and form not in self.forms:
                return Fails(400)
            if self.steps:
                return self.steps.pop(0)
            if self.always is None:
                raise AssertionError("the script is at its end")
            return self.always

    @contextmanager
    def running(self) -> Iterator[Endpoint]:
        """Serve until the block ends."""
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                """Stay quiet."""

            def do_GET(self) -> None:
                if self.path == "/props" and scripted.context is not None:
                    self._json({"default_generation_settings": {"n_ctx": scripted.context}})
                else:
                    self._status(404)

            def do_POST(self) -> None:
                sent = self.rfile.read(int(self.headers["content-length"]))
                if not sent:
                    return  # the client went away before it had asked
                body = json.loads(sent)
                if self.path == "/tokenize" and scripted.context is not None:
                    self._json({"tokens": body["content"].split()})
                elif self.path == "/v1/chat/completions":
                    self._play(scripted.next_step(body))
                else:
                    self._status(404)

            def _play(self, step: Step) -> None:
                if isinstance(step, Fails):
                    self._status(step.status, step.headers, step.body)
                    return
                with scripted.lock:
                    scripted.open += 1
                    scripted.most_open = max(scripted.most_open, scripted.open)
                try:
                    self._send(step) if isinstance(step, Sends) else self._stream(step)
                except OSError:
                    pass  # the client has gone
                finally:
                    with scripted.lock:
                        scripted.open -= 1

            def _send(self, step: Sends) -> None:
                self.send_response(200)
                for name, value in {"content-type": step.kind, **step.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                for start in range(0, len(step.body), step.size):
                    self.wfile.write(step.body[start : start + step.size])
                    self.wfile.flush()
                self.close_connection = True

            def _stream(self, step: Says) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.end_headers()
                self._chunk({"role": "assistant", "content": ""})
                for start in range(0, len(step.text), step.size):
                    self._chunk({"content": step.text[start : start + step.size]})
                if step.refusal:
                    self._chunk({"refusal": step.refusal})
                if step.then == "stall":
                    self._wait_until_gone()
                if step.then != "none":
                    self.close_connection = True
                    return
                self._chunk({}, step.finish)
                usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
                self._data(chunk({}) | {"choices": [], "usage": usage})
                self.wfile.write(b"data: [DONE]\n\n")

            def _wait_until_gone(self) -> None:
                """Be silent until the client gives up or the test ends."""
                while not scripted.released.wait(0.05):
                    self.wfile.write(b"")
                    self.connection.settimeout(0.01)
                    try:
                        if self.connection.recv(1) == b"":
                            return
                    except TimeoutError:
                        continue

            def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> None:
                self._data(chunk(delta, finish))

            def _data(self, body: dict[str, Any]) -> None:
                self.wfile.write(b"data: " + json.dumps(body).encode() + b"\n\n")
                self.wfile.flush()

            def _json(self, body: dict[str, Any]) -> None:
                self._status(200, body=json.dumps(body).encode())

            def _status(
                self, status: int, headers: dict[str, str] | None = None, body: bytes = b"{}"
            ) -> None:
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield Endpoint(f"http://127.0.0.1:{server.server_address[1]}/v1", "key")
        finally:
            self.released.set()
            server.shutdown()
            server.server_close()
            thread.join()
