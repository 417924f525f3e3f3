"""Content types that a route takes; anything else is a problem 415.

The checks are async: a plain function would wait for a thread, on every request, for nothing.
"""

from __future__ import annotations

from fastapi import Request

from api.inputs import shown
from api.problems import ProblemDetails, ProblemError


async def require_json(request: Request) -> None:
    """Refuse a body that doesn't say it is JSON.

    Raises:
        ProblemError: 415.
    """
    kind = _content_type(request)
    if kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json")):
        return
    if kind or _has_body(request):
        raise _unsupported(kind, "application/json")


async def require_multipart(request: Request) -> None:
    """Refuse a body that isn't a multipart form.

    Raises:
        ProblemError: 415.
    """
    kind = _content_type(request)
    if kind != "multipart/form-data" and (kind or _has_body(request)):
        raise _unsupported(kind, "multipart/form-data")


def wants_html(request: Request) -> bool:
    """Return whether a person's browser asks: pages get pages, programs get problems."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        "/v1/"
    )


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _has_body(request: Request) -> bool:
    declared = request.headers.get("content-length", "0")
    return declared != "0" or "transfer-encoding" in request.headers


def _unsupported(kind: str, wanted: str) -> ProblemError:
    said = f"says it is {shown(kind)}" if kind else "doesn't say what it is"
    return ProblemError(
        ProblemDetails(
            415,
            "unsupported_media_type",
            f"The body {said}; send Content-Type: {wanted}.",
            headers={"Accept": wanted},
        )
    )
