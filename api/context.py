"""What every route needs, kept on the application and handed in by FastAPI.

All of it is async: a plain function would wait for one of the threads that answers are made in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.admission import Admission
from api.concurrency import Turn, Turns
from api.metrics import Metrics
from api.ports import QuestionService
from api.problems import ProblemDetails, ProblemError

# Where answers are asked for; the form is one only with a question.
ANSWERING = frozenset({"/", "/v1/ask", "/v1/chat/completions"})


@dataclass(slots=True)
class Context:
    """The service (null until it is opened), the counters and the bounds of one application."""

    metrics: Metrics
    turns: Turns
    admission: Admission
    service: QuestionService | None = None


def context_of(request: Request) -> Context:
    """Return the application's context."""
    context: Context = request.app.state.context
    return context


async def get_service(request: Request) -> QuestionService:
    """Return the service.

    Raises:
        ProblemError: it isn't open yet, or no longer.
    """
    service = context_of(request).service
    if service is None:
        raise ProblemError(
            ProblemDetails(
                503,
                "not_ready",
                "The service is starting; try again in a moment.",
                headers={"Retry-After": "2"},
            )
        )
    return service


async def get_metrics(request: Request) -> Metrics:
    """Return the counters."""
    return context_of(request).metrics


async def take_turn(request: Request) -> AsyncIterator[None]:
    """Hold a turn until the answer is sent, where one is asked for; raises like ``Turns.turn``."""
    asks = request.method == "POST" or bool(request.query_params.get("question", "").strip())
    if not (asks and request.url.path in ANSWERING):
        yield
        return
    async with context_of(request).turns.turn(request) as turn:
        request.state.turn = turn
        yield


def give_turn_back(request: Request) -> None:
    """Give the turn of a request back: its answer is made, and only has to be sent."""
    turn: Turn = request.state.turn
    turn.release()


ServiceDep = Annotated[QuestionService, Depends(get_service)]
MetricsDep = Annotated[Metrics, Depends(get_metrics)]
