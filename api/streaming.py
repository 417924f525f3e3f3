"""Events of the engine → server-sent events: ``retrieval``, ``statement``, ``answer``, ``error``.

A statement leaves only when it is whole and verified, so nothing is ever taken back. Once the
stream has begun the status can't change any more: what goes wrong then is the event ``error``,
whose data is the same problem object that a failed request gets.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import iterate_in_threadpool

from api.logs import get_logger, where
from api.metrics import Metrics
from api.problems import problem_of
from api.render import hits_json
from index.errors import TranscriptQAError
from qa.engine import AnswerEvent, Event, RetrievalEvent, StatementEvent

# Comment lines that keep proxies from closing a stream in which a slow model thinks.
HEARTBEAT_S = 10


def event_stream(events: Iterator[Event], metrics: Metrics) -> EventSourceResponse:
    """Return a response that sends the events as they come, computed in the thread pool."""
    return EventSourceResponse(_sent(events, metrics), ping=HEARTBEAT_S)


async def _sent(events: Iterator[Event], metrics: Metrics) -> AsyncIterator[ServerSentEvent]:
    try:
        async for event in iterate_in_threadpool(events):
            if isinstance(event, AnswerEvent):
                metrics.answer(event.answer)
            yield _encode(event)
    except Exception as error:
        if not isinstance(error, TranscriptQAError):
            get_logger().error("failure", error=type(error).__name__, where=where(error))
        yield _event("error", problem_of(error).to_json())


def _encode(event: Event) -> ServerSentEvent:
    match event:
        case RetrievalEvent(hits):
            return _event("retrieval", hits_json(hits))
        case StatementEvent(statement, citations):
            return _event(
                "statement",
                {
                    "statement": asdict(statement),
                    "citations": [asdict(citation) for citation in citations],
                },
            )
        case AnswerEvent(answer):
            return _event("answer", answer.to_json())


def _event(name: str, data: object) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event=name)
