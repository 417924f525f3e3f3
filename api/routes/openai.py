"""``/v1/chat/completions`` and ``/v1/models``: the OpenAI protocol, for chat front ends."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.chat import (
    Json,
    ask_of,
    closest_markers,
    completion,
    content,
    model_json,
    models_json,
    place_markers,
    usage_json,
)
from api.chat_schemas import CompletionIn, CompletionOut, ModelOut, ModelsOut
from api.context import MetricsDep, ServiceDep, give_turn_back
from api.media import require_json
from api.openapi import problems, stream
from api.problems import ProblemDetails, openai_problem
from api.streaming import event_stream
from api.waiting import wait_for
from qa.answer.engine import AnswerEvent, Event, RetrievalEvent, StatementEvent
from qa.llm.cancellation import Cancellation

router = APIRouter(tags=["OpenAI protocol"])

_STREAM = stream(
    {"chunk": "ChunkOut", "problem": "Problem"},
    named=False,
    example='data: {"object": "chat.completion.chunk", …}\n\ndata: [DONE]\n\n',
)


@router.post(
    "/v1/chat/completions",
    summary="Answer in a chat",
    response_model=CompletionOut,
    responses={200: {"content": {"text/event-stream": _STREAM}}, **problems(404, 410, 422, 503)},
    dependencies=[Depends(require_json)],
)
async def complete(
    request: Request, body: CompletionIn, service: ServiceDep, metrics: MetricsDep
) -> Response:
    """Answer the last user message of a chat; what was said before it is history.

    Each `[1]` in the message has an annotation of type `url_citation` whose `citation` is the exact
    address and words. Whether the transcripts answer is in `answer.status`. Sampling parameters,
    `stop`, `max_tokens`, `response_format`, tools and system messages change nothing. Indexes
    count Unicode code points, end exclusive.
    """
    ask = ask_of(body, service.settings.max_question_chars)
    created, base_url = int(time.time()), str(request.base_url)
    if body.stream:
        cancellation = Cancellation()
        events = await run_in_threadpool(service.stream, ask, cancellation)
        usage = body.stream_options is not None and body.stream_options.include_usage is True
        encoding = ChunkEncoding(body.model, created, base_url, usage=usage)
        done = partial(give_turn_back, request)
        return event_stream(events, metrics, cancellation, encoding, done)
    answer = await wait_for(request, partial(service.ask, ask))
    give_turn_back(request)
    metrics.answer(answer)
    return JSONResponse(completion(answer, body.model, created, base_url))


@router.get("/v1/models", summary="List the ways of answering as models", response_model=ModelsOut)
def models() -> JSONResponse:
    """List the names that `model` can have: one for each mode of answering."""
    return JSONResponse(models_json())


@router.get(
    "/v1/models/{model}",
    summary="Show one model",
    response_model=ModelOut,
    responses=problems(404),
)
def model(model: str) -> JSONResponse:
    """Show one of them."""
    return JSONResponse(model_json(model))


class ChunkEncoding:
    """An answer as chunks of a chat completion: one for each statement, whole and verified."""

    def __init__(self, model: str, created: int, base_url: str, *, usage: bool) -> None:
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "object": "chat.completion.chunk",
            "created": created,
            "model": model,
        }
        self._base_url = base_url
        self._usage = usage
        self._sent = ""
        self._marks = 0

    def start(self) -> Iterable[ServerSentEvent]:
        """Return the chunk that says who speaks."""
        yield self._chunk({"role": "assistant", "content": ""})

    def event(self, event: Event) -> Iterable[ServerSentEvent]:
        """Return the chunks of an event."""
        match event:
            case RetrievalEvent():
                return
            case StatementEvent(statement, citations, text):
                after = text[statement.char_end - len(self._sent) :]
                self._sent += text
                marks = self._numbered(place_markers(after, statement, citations, self._base_url))
                yield self._chunk({"content": text, "annotations": marks})
            case AnswerEvent(answer):
                text = content(answer, self._base_url)
                if rest := text[len(self._sent) :]:
                    marks = closest_markers(text, answer, self._base_url)
                    noted = {"annotations": self._numbered(marks)} if marks else {}
                    yield self._chunk({"content": rest, **noted})
                yield self._chunk({}, finish="stop", answer=answer.to_json())
                if self._usage:
                    yield _data({**self._head, "choices": [], "usage": usage_json(answer.usage)})
                yield ServerSentEvent("[DONE]")

    def error(self, problem: ProblemDetails) -> Iterable[ServerSentEvent]:
        """Return the problem with the member by which the protocol's clients know an error."""
        yield _data(openai_problem(problem).to_json())

    def _numbered(self, marks: list[Json]) -> list[Json]:
        """Return annotations with their places in the whole list, by which clients put it together.

        Without them the official client's streaming helper fails at the second piece.
        """
        first, self._marks = self._marks, self._marks + len(marks)
        return [{"index": first + n, **mark} for n, mark in enumerate(marks)]

    def _chunk(
        self, delta: dict[str, Any], finish: str | None = None, **more: object
    ) -> ServerSentEvent:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return _data({**self._head, "choices": [choice], **more})


def _data(body: dict[str, Any]) -> ServerSentEvent:
    return ServerSentEvent(json.dumps(body, ensure_ascii=False))
