"""What happens to every request: an id, a log line, counts, safe headers, limits on size.

Plain ASGI, so that streams pass through unbuffered.
"""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.admission import UPLOAD_PATHS
from api.logs import get_logger, where
from api.metrics import Metrics
from api.problems import ProblemDetails, ProblemError, problem_at, problem_of
from api.web.assets import RELEASED

REQUEST_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")

# The longest history that a question may have fits (see ``api.schemas``); uploads have their own
# limit.
MAX_JSON_BYTES = 4 * 1024 * 1024

# No script but our own files, and none of it may turn text into markup (`trusted-types 'none'`).
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# Swagger UI draws its icons from data: addresses in its style sheet.
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Observe:
    """Outermost: request id, security headers, one log line and the counts of each request.

    An exception that nothing else caught becomes a problem here; HEAD is answered as GET without
    a body.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics
        self._log = get_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        method = scope["method"]
        request_id = _request_id(scope)
        status = 500
        headers_sent = False
        if method == "HEAD":
            scope["method"] = "GET"

        async def send_decorated(message: Message) -> None:
            nonlocal status, headers_sent
            if message["type"] == "http.response.start":
                status, headers_sent = message["status"], True
                _decorate(MutableHeaders(scope=message), scope["path"], status, request_id)
            elif method == "HEAD":
                message = {**message, "body": b""}
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_decorated)
            except Exception as error:
                self._log.error("failure", error=type(error).__name__, where=where(error))
                if headers_sent:
                    raise
                problem = problem_at(scope["path"], problem_of(error))
                await problem.response()(scope, receive, send_decorated)
            finally:
                seconds = time.perf_counter() - started
                route = route_of(scope)
                self._metrics.request(method, route, status, seconds)
                self._log.info(
                    "request",
                    method=method,
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                )


class LimitBody:
    """Refuse bodies beyond the limit, counted while they are read, whatever their headers say."""

    def __init__(self, app: ASGIApp, max_upload_bytes: int) -> None:
        self._app = app
        self._max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        upload = scope["path"] in UPLOAD_PATHS
        limit = self._max_upload_bytes if upload else min(MAX_JSON_BYTES, self._max_upload_bytes)
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            if "expect" not in headers:
                await _discard(receive, self._max_upload_bytes)
            problem = problem_at(scope["path"], _too_large(limit))
            await problem.response()(scope, receive, send)
            return
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                if taken > limit:
                    if message.get("more_body", False):
                        await _discard(receive, self._max_upload_bytes)
                    raise ProblemError(_too_large(limit))
            return message

        await self._app(scope, receive_counted, send)


async def _discard(receive: Receive, at_most: int) -> None:
    """Read on without keeping, so that a client that is still sending gets to see the answer."""
    dropped = 0
    while dropped <= at_most:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
        dropped += len(message.get("body", b""))


def _too_large(limit: int) -> ProblemDetails:
    return ProblemDetails(
        413,
        "too_large",
        f"The request is larger than {limit:,} bytes; send less at a time.",
        headers={"Connection": "close"},
    )


def route_of(scope: Scope) -> str:
    """Return the template of the route that took the request, never its values."""
    path = getattr(scope.get("route"), "path", None)
    if isinstance(path, str):
        return path
    return "/static" if scope["path"].startswith("/static/") else "unmatched"


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _decorate(headers: MutableHeaders, path: str, status: int, request_id: str) -> None:
    headers["X-Request-ID"] = request_id
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = DOCS_POLICY if path == "/docs" else PAGE_POLICY
    headers.setdefault("Cache-Control", _caching(path, status, headers.get("content-type", "")))


def _caching(path: str, status: int, content_type: str) -> str:
    """Return how long a response may be kept.

    Static files whose address carries their release's hash may be kept; a page may be kept for the
    way back to it; nothing else is.
    """
    if RELEASED.match(path) and status == 200:
        return "public, max-age=31536000, immutable"
    return "private, no-cache" if content_type.startswith("text/html") else "no-store"
