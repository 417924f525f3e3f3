"""What every route needs, kept on the application and handed in by FastAPI."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.metrics import Metrics
from api.ports import QuestionService
from api.problems import ProblemDetails, ProblemError


@dataclass(slots=True)
class Context:
    """The service (null until it is opened) and the counters of one application."""

    metrics: Metrics
    service: QuestionService | None = None


def get_context(request: Request) -> Context:
    """Return the application's context."""
    context: Context = request.app.state.context
    return context


def get_service(request: Request) -> QuestionService:
    """Return the service.

    Raises:
        ProblemError: it isn't open yet, or no longer.
    """
    service = get_context(request).service
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


def get_metrics(request: Request) -> Metrics:
    """Return the counters."""
    return get_context(request).metrics


ServiceDep = Annotated[QuestionService, Depends(get_service)]
MetricsDep = Annotated[Metrics, Depends(get_metrics)]
