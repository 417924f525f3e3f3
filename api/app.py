"""A service → the HTTP application: routes, problems, middleware, and who opens and closes what."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Mount

from api.admission import Admission, LimitUploads
from api.concurrency import Turns, answers_at_once
from api.context import Context, take_turn
from api.logs import get_logger, where
from api.media import require_json, wants_html
from api.metrics import METHODS, Metrics
from api.middleware import LimitBody, Observe
from api.origins import RefuseForeignOrigins, allowed_hosts
from api.ports import QuestionService
from api.problems import ProblemError, problem_at, problem_of
from api.routes import (
    ask,
    docs,
    documents,
    feedback,
    health,
    jobs,
    openai,
    search,
    web,
    web_documents,
)
from api.unknown_fields import refuse_unknown
from api.web.assets import MOUNT, Assets
from api.web.templating import error_page
from index.errors import InputError, TranscriptQAError
from qa.settings import Settings

# Spans would carry request bodies; counts and log lines are enough.
_NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
}


def create_app(
    service: QuestionService | Callable[[], QuestionService], settings: Settings
) -> FastAPI:
    """Return the application.

    Args:
        service: what answers. A service is used and left open; a factory is called when the
            server starts, and what it returned is closed when the server stops.
        settings: limits of requests.
    """
    metrics = Metrics()
    admission = Admission.of(settings)
    turns = Turns(answers_at_once(settings), max_wait_s=settings.max_wait_s)
    context = Context(metrics, turns, admission)
    opener: Callable[[], QuestionService] | None = None
    if callable(service):
        opener = service
    else:
        context.service = service

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if opener is None:
            yield
            return
        opened = await run_in_threadpool(opener)
        context.service = opened
        try:
            yield
        finally:
            context.service = None
            await run_in_threadpool(opened.close)

    app = FastAPI(
        title="transcript-qa",
        version=_version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=_NO_TELEMETRY,
    )
    app.state.context = context
    _add_routes(app)
    for kind in (ProblemError, TranscriptQAError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _answer_with_problem)
    app.add_middleware(LimitUploads, admission=admission, at_once=settings.uploads_at_once)
    app.add_middleware(LimitBody, max_upload_bytes=settings.max_request_bytes)
    app.add_middleware(RefuseForeignOrigins, hosts=allowed_hosts(settings))
    app.add_middleware(Observe, metrics=metrics)
    return app


def _add_routes(app: FastAPI) -> None:
    json_only, known_only = Depends(require_json), Depends(refuse_unknown)
    in_turn = Depends(take_turn)
    app.include_router(ask.router, dependencies=[json_only, known_only, in_turn])
    app.include_router(search.router, dependencies=[json_only, known_only])
    app.include_router(openai.router, dependencies=[in_turn])
    app.include_router(documents.router, dependencies=[known_only])
    app.include_router(jobs.router, dependencies=[known_only])
    app.include_router(feedback.router, dependencies=[json_only, known_only])
    app.include_router(health.router)
    app.include_router(docs.router)
    app.include_router(web.router, dependencies=[in_turn])
    app.include_router(web_documents.router)
    app.mount(MOUNT, Assets(), name="static")


async def _answer_with_problem(request: Request, error: Exception) -> Response:
    """Answer programs with a problem, and a person's browser with a page that says the same."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        allowed = _methods(request) or [(error.headers or {}).get("Allow", "GET")]
        error = HTTPException(405, headers={"Allow": ", ".join(allowed)})
    problem = problem_at(request.url.path, problem_of(error))
    if isinstance(error, TranscriptQAError) and not isinstance(error, InputError):
        get_logger().error("failure", error=type(error).__name__, where=where(error))
    return error_page(problem) if wants_html(request) else problem.response()


def _methods(request: Request) -> list[str]:
    """Return every method that works at an address: the framework names those of one route.

    Nothing for mounted files, which refuse by themselves.
    """
    routes = [route for route in request.app.routes if not isinstance(route, Mount)]
    works = [
        method
        for method in sorted(METHODS)
        if any(r.matches({**request.scope, "method": method})[0] == Match.FULL for r in routes)
    ]
    # HEAD is answered as GET, before any route sees it.
    return sorted({*works, "HEAD"}) if "GET" in works else works


def _version() -> str:
    try:
        return version("transcript-qa")
    except PackageNotFoundError:
        return "0"
