"""Events of the engine → server-sent events.

A statement leaves only when it is whole and verified, so nothing is ever taken back. Once the
stream has begun the status can no longer change: what goes wrong then is an event whose data is
the same problem object that a failed request gets. A client that goes away cancels the work.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Protocol

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup
from sse_starlette import EventSourceResponse, ServerSentEvent

from api.logs import get_logger, where
from api.metrics import Metrics
from api.problems import ProblemDetails, problem_of
from api.render import hits_json
from index.errors import TranscriptQAError
from qa.answer.engine import AnswerEvent, Event, RetrievalEvent, StatementEvent
from qa.llm.cancellation import Cancellation, Cancelled

# Comment lines that keep proxies from closing a stream in which a slow model thinks.
HEARTBEAT_S = 10
# When the server is asked to stop, answers that are being made get this long to end; the rest are
# told, which gets a moment too. Both together are less than the server waits (``serve``).
FINISH_S = 5.0
SAY_S = 3.0
STOPPING = ProblemDetails(
    503, "stopping", "The service is stopping; ask again when it is back in a moment."
)


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
    events: Iterator[Event],
    metrics: Metrics,
    cancellation: Cancellation,
    encoding: Encoding,
    on_made: Callable[[], None] = lambda: None,
) -> EventSourceResponse:
    """Return a response that sends the events as they come, computed in the thread pool.

    They are made as fast as they can be and wait for their client, not the other way round.
    ``on_made`` is called when all are made.
    """
    made: asyncio.Queue[ServerSentEvent | None] = asyncio.Queue()
    stopping = anyio.Event()

    async def make() -> None:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(break_off, group)
                await _make(events, metrics, cancellation, encoding, made)
                group.cancel_scope.cancel()
        finally:
            on_made()
            made.put_nowait(None)

    async def break_off(group: TaskGroup) -> None:
        await stopping.wait()
        await anyio.sleep(FINISH_S)
        for sent in encoding.error(STOPPING):
            made.put_nowait(sent)
        group.cancel_scope.cancel()

    async def sent() -> AsyncIterator[ServerSentEvent]:
        while (event := await made.get()) is not None:
            yield event

    return EventSourceResponse(
        sent(),
        ping=HEARTBEAT_S,
        data_sender_callable=make,
        shutdown_event=stopping,
        shutdown_grace_period=FINISH_S + SAY_S,
    )


async def _make(
    events: Iterator[Event],
    metrics: Metrics,
    cancellation: Cancellation,
    encoding: Encoding,
    made: asyncio.Queue[ServerSentEvent | None],
) -> None:
    try:
        for sent in encoding.start():
            made.put_nowait(sent)
        async with aclosing(_watched(events, cancellation)) as watched:
            async for event in watched:
                if isinstance(event, AnswerEvent):
                    metrics.answer(event.answer)
                for sent in encoding.event(event):
                    made.put_nowait(sent)
    except Cancelled:
        return
    except Exception as error:
        if not isinstance(error, TranscriptQAError):
            get_logger().error("failure", error=type(error).__name__, where=where(error))
        for sent in encoding.error(problem_of(error)):
            made.put_nowait(sent)


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
