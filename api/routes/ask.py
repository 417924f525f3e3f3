"""``POST /v1/ask``: a question → a cited answer, whole or as a stream."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from api.context import MetricsDep, ServiceDep, give_turn_back
from api.filters import filters_of
from api.openapi import problems, stream
from api.schemas import AnswerOut, AskIn
from api.streaming import AskEncoding, event_stream
from api.waiting import wait_for
from qa.llm.cancellation import Cancellation
from qa.question.check import clean_question
from qa.records import Ask, CitedSpan, Exchange

router = APIRouter(tags=["questions"])

_STREAM = stream(
    {
        "retrieval": "SearchOut",
        "statement": "StatementEventOut",
        "answer": "AnswerOut",
        "error": "Problem",
    },
    example='event: retrieval\ndata: {"hits": […]}\n\n'
    'event: statement\ndata: {"statement": {…}, "citations": […]}\n\n'
    "event: answer\ndata: {…}\n\n",
)


@router.post(
    "/v1/ask",
    summary="Ask a question",
    response_model=AnswerOut,
    responses={200: {"content": {"text/event-stream": _STREAM}}, **problems(404, 410, 422, 503)},
)
async def ask(
    request: Request,
    body: AskIn,
    service: ServiceDep,
    metrics: MetricsDep,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Answer from the transcripts, every statement cited to the exact words that support it.

    Whether the transcripts answer is part of the result: `status` is `answered` or `abstained`.
    With `stream: true`, or `Accept: text/event-stream`, the answer comes as server-sent events.
    """
    question = Ask(
        question=clean_question(body.question, service.settings.max_question_chars),
        filters=filters_of(body.filters),
        history=tuple(
            Exchange(
                question=exchange.question,
                answer=exchange.answer,
                citations=tuple(
                    CitedSpan(
                        cited.document_id, cited.document_version, cited.char_start, cited.char_end
                    )
                    for cited in exchange.citations
                ),
            )
            for exchange in body.history
        ),
        mode=body.mode,
        limit=body.limit,
    )
    if body.stream or "text/event-stream" in accept:
        cancellation = Cancellation()
        events = await run_in_threadpool(service.stream, question, cancellation)
        done = partial(give_turn_back, request)
        return event_stream(events, metrics, cancellation, AskEncoding(), done)
    answer = await wait_for(request, partial(service.ask, question))
    give_turn_back(request)
    metrics.answer(answer)
    return JSONResponse(answer.to_json())
