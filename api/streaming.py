"""Events of the engine → server-sent events.

A statement leaves only when it is whole and verified, so nothing is ever taken back. Once the
stream has begun the status can't change any more: what goes wrong then is an event whose data is
the same problem object that a failed request gets. A client that goes away cancels the work.
"""

from __future__ import annotations

import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Protocol

import anyio.to_thread
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.logs import get_logger, where
from api.metrics import Metrics
from api.problems import ProblemDetails, problem_of
from api.render import hits_json
from index.errors import TranscriptQAError
from qa.cancellation import Cancellation, Cancelled
from qa.engine import AnswerEvent, Event, RetrievalEvent, StatementEvent

# Comment lines that keep proxies from closing a stream in which a slow model thinks.
HEARTBEAT_S = 10


class Encoding(Protocol):
    """A protocol on top of server-sent events."""

    def start(self) -> Iterable[ServerSentEvent]:
        """Return what is sent at once."""

    def event(self, event: Event) -> Iterable[ServerSentEvent]:
        """Return what is sent for an event of the engine."""

    def error(self, problem: ProblemDetails) -> Iterable[ServerSentEvent]:
        """Return what is sent last when something went wrong."""


class AskEncoding:
    """The events of ``/v1/ask``: ``retrieval``, ``statement``, ``answer``, ``error``."""

    def start(self) -> Iterable[ServerSentEvent]:
        """Return nothing."""
        return ()

    def event(self, event: Event) -> Iterable[ServerSentEvent]:
        """Return the event of the same name."""
        match event:
            case RetrievalEvent(hits):
                yield named_event("retrieval", hits_json(hits))
            case StatementEvent(statement, citations):
                yield named_event(
                    "statement",
                    {
                        "statement": asdict(statement),
                        "citations": [asdict(citation) for citation in citations],
                    },
                )
            case AnswerEvent(answer):
                yield named_event("answer", answer.to_json())

    def error(self, problem: ProblemDetails) -> Iterable[ServerSentEvent]:
        """Return the problem."""
        yield named_event("error", problem.to_json())


def event_stream(
    events: Iterator[Event], metrics: Metrics, cancellation: Cancellation, encoding: Encoding
) -> EventSourceResponse:
    """Return a response that sends the events as they come, computed in the thread pool."""
    return EventSourceResponse(_sent(events, metrics, cancellation, encoding), ping=HEARTBEAT_S)


async def _sent(
    events: Iterator[Event], metrics: Metrics, cancellation: Cancellation, encoding: Encoding
) -> AsyncIterator[ServerSentEvent]:
    try:
        for sent in encoding.start():
            yield sent
        async with aclosing(_watched(events, cancellation)) as watched:
            async for event in watched:
                if isinstance(event, AnswerEvent):
                    metrics.answer(event.answer)
                for sent in encoding.event(event):
                    yield sent
    except Cancelled:
        return
    except Exception as error:
        if not isinstance(error, TranscriptQAError):
            get_logger().error("failure", error=type(error).__name__, where=where(error))
        for sent in encoding.error(problem_of(error)):
            yield sent


async def _watched(events: Iterator[Event], cancellation: Cancellation) -> AsyncGenerator[Event]:
    """Yield the events, each computed in a thread; a client that leaves meanwhile cancels it.

    The thread isn't waited for then: it ends by itself as soon as it notices.
    """
    lock = threading.Lock()
    busy = closed = False

    def step() -> Event | None:
        nonlocal busy
        with lock:
            if closed:
                return None
            busy = True
        try:
            return next(events, None)
        finally:
            with lock:
                busy = False
            if cancellation.cancelled:
                close()

    def close() -> None:
        """Close the events, unless a thread is at work on them: it will see to that."""
        nonlocal closed
        with lock:
            if closed or busy:
                return
            closed = True
        if isinstance(events, Generator):
            events.close()

    try:
        while (event := await anyio.to_thread.run_sync(step, abandon_on_cancel=True)) is not None:
            yield event
    finally:
        cancellation.cancel()
        close()


def named_event(name: str, data: object) -> ServerSentEvent:
    """Return an event with a name and JSON as its data."""
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)
