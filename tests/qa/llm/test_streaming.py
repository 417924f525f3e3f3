from __future__ import annotations

import json
import threading
from pathlib import Path

import httpx
import pytest

from index.errors import ModelUnavailable
from qa.answer.engine import Engine
from qa.generation.instruct.writer import InstructWriter
from qa.llm.breaker import FAILURES, PAUSE_S, CircuitBreaker
from qa.llm.cancellation import Cancellation, Cancelled
from qa.llm.chat import ChatRequest, FormatRefused, Message
from qa.llm.gguf import locate
from qa.llm.instruct_model import InstructModel
from qa.llm.models import open_language_model
from qa.llm.streaming import StreamingEndpoint, StreamLimits
from qa.llm.supervisor import Endpoint
from qa.llm.tokens import ServerTokens
from qa.records import Ask
from qa.settings import Settings
from qa.verify import Verifier
from tests.qa.answer.test_engine import make_engine
from tests.qa.generation.instruct.test_writer import QUESTION, TALKS, check_citations, wait_until
from tests.qa.llm.scripted_server import Says, ScriptedServer

HELLO = ChatRequest((Message("user", "Hello"),), max_tokens=10)


def streaming(endpoint: Endpoint, concurrency: int = 4) -> StreamingEndpoint:
    tokens = ServerTokens(lambda: endpoint, "m", None)
    return StreamingEndpoint("m", lambda: endpoint, tokens, StreamLimits(5.0, concurrency))


def test_a_reply_streams_in_with_its_end_and_its_usage() -> None:
    with ScriptedServer(Says("Hello there, you.")).running() as endpoint:
        model = streaming(endpoint)
        pieces = list(model.stream(HELLO, Cancellation()))
        model.close()
    assert "".join(piece.text for piece in pieces) == "Hello there, you."
    assert [p.finish_reason for p in pieces if p.finish_reason] == ["stop"]
    assert [p.usage.completion_tokens for p in pieces if p.usage] == [10]


def test_no_more_requests_run_at_once_than_are_allowed() -> None:
    server = ScriptedServer(always=Says("x" * 400, size=1))
    with server.running() as endpoint:
        model = streaming(endpoint, concurrency=2)
        threads = [
            threading.Thread(target=lambda: list(model.stream(HELLO, Cancellation())))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert model.running == 0
        model.close()
    assert len(server.requests) == 8
    assert server.most_open <= 2


def test_closing_the_generator_or_cancelling_ends_the_request() -> None:
    server = ScriptedServer(always=Says("Hello", then="stall"))
    with server.running() as endpoint:
        model = streaming(endpoint)
        pieces = model.stream(HELLO, Cancellation())
        next(pieces)
        pieces.close()
        cancellation = Cancellation()
        pieces = model.stream(HELLO, cancellation)
        next(pieces)
        cancellation.cancel()
        with pytest.raises(Cancelled):
            list(pieces)
        with pytest.raises(Cancelled):
            next(model.stream(HELLO, cancellation))
        wait_until(lambda: model.running == 0)
        wait_until(lambda: server.open == 0)
        model.close()


def test_a_model_that_is_closed_ends_its_thread_and_starts_again_when_asked() -> None:
    with ScriptedServer(always=Says("Hello")).running() as endpoint:
        model = streaming(endpoint)
        list(model.stream(HELLO, Cancellation()))
        model.close()
        assert "llm-requests" not in {thread.name for thread in threading.enumerate()}
        model.close()


def test_a_form_that_the_server_does_not_take_is_told_apart_from_an_outage() -> None:
    asked = ChatRequest(HELLO.messages, 10, schema={"type": "object"})
    with ScriptedServer(forms=()).running() as endpoint:
        model = streaming(endpoint)
        with pytest.raises(FormatRefused):
            list(model.stream(asked, Cancellation()))
        assert model.last_error is None
        model.close()


def test_an_address_where_nothing_listens_is_an_outage() -> None:
    async def pause(seconds: float) -> None:
        """Take no time."""

    endpoint = Endpoint("http://127.0.0.1:9/v1", "key")
    tokens = ServerTokens(lambda: endpoint, "m", None)
    model = StreamingEndpoint("m", lambda: endpoint, tokens, StreamLimits(), pause)
    with pytest.raises(ModelUnavailable, match="can't be reached"):
        list(model.stream(HELLO, Cancellation()))
    assert model.last_error is not None
    model.close()


def test_outages_in_a_row_open_the_circuit_for_a_while() -> None:
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0])
    for _ in range(FAILURES):
        assert breaker.open_for() == 0
        breaker.failed()
    assert breaker.open_for() == PAUSE_S
    now[0] = PAUSE_S
    assert breaker.open_for() == 0, "one tries"
    assert breaker.open_for() == PAUSE_S, "the others wait for it"
    breaker.succeeded()
    assert breaker.open_for() == 0


def served(path: str, body: object) -> httpx.AsyncClient:
    def answer(request: httpx.Request) -> httpx.Response:
        found = request.url.path == path
        return httpx.Response(200, json=body) if found else httpx.Response(404)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer))


@pytest.mark.parametrize(
    ("path", "body", "context"),
    [
        ("/props", {"default_generation_settings": {"n_ctx": 2048}}, 2048),
        ("/v1/models", {"data": [{"id": "m", "max_model_len": 9000}]}, 9000),
        ("/v1/models", {"data": [{"id": "m"}]}, 4096),
        ("/props", ["nonsense"], 4096),
    ],
)
def test_the_context_is_what_the_server_says(path: str, body: object, context: int) -> None:
    endpoint = Endpoint("http://model/v1/", "key")
    assert ServerTokens(lambda: endpoint, "m", None, served(path, body)).context_tokens() == context
    assert ServerTokens(lambda: endpoint, "m", 700, served(path, body)).context_tokens() == 700


def test_tokens_are_counted_by_the_server_or_estimated_from_above() -> None:
    endpoint = Endpoint("http://model/v1", "key")
    for body in ({"tokens": [1, 2, 3]}, {"count": 3, "tokens": None}):
        tokens = ServerTokens(lambda: endpoint, "m", None, served("/tokenize", body))
        assert tokens.count("three tokens here") == 3
    unknown = ServerTokens(lambda: endpoint, "m", None, served("/nothing", {}))
    assert unknown.count("x" * 100) == 41
    assert unknown.count("語" * 10) == 13


@pytest.mark.e2e
def test_the_embedded_server_takes_the_same_path_with_its_schema(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, llm_gguf=locate().path, threads=1)
    model = open_language_model(settings)
    assert isinstance(model, InstructModel)
    try:
        assert model.streaming.context_tokens() == 2048
        assert 0 < model.streaming.count_tokens("How is Russia taking it?") < 12
        schema = {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": ["Berlin", "Paris"]}},
            "required": ["city"],
        }
        asked = ChatRequest((Message("user", "Name a city."),), 32, schema=schema)
        said = "".join(p.text for p in model.streaming.stream(asked, Cancellation()))
        assert json.loads(said)["city"] in ("Berlin", "Paris")
        engine: Engine = make_engine(TALKS)
        engine._writer = InstructWriter(model.streaming, Verifier())
        answer = engine.ask(Ask(QUESTION, limit=1))
        check_citations(answer)
        if answer.status == "answered" and not answer.degraded:
            assert answer.usage.prompt_tokens > 100
        assert answer.status == "answered" or answer.abstention is not None
    finally:
        model.close()
