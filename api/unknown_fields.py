"""Parameters that a route doesn't know → a problem that names them, not silence.

A misspelt ``limt=5`` that is ignored looks as if it had worked. The web pages and the routes of
the OpenAI protocol do ignore what they don't know: others add what they like to those addresses.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request
from fastapi.routing import APIRoute

from api.problems import MAX_ERRORS, SHOWN_NAME, FieldError, ProblemDetails, ProblemError


async def refuse_unknown(request: Request) -> None:
    """Refuse query parameters and fields of a form that the route doesn't declare.

    Raises:
        ProblemError: 422.
    """
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    declared = route.dependant
    _refuse(request.query_params, (field.alias for field in declared.query_params), "parameter")
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        # Read already by the time that dependencies are asked; this is the same form.
        form = await request.form()
        _refuse(form, (field.alias for field in declared.body_params), "field")


def _refuse(given: Iterable[str], known: Iterable[str], kind: str) -> None:
    names = tuple(known)
    unknown = [name for name in dict.fromkeys(given) if name not in names]
    if not unknown:
        return
    takes = f"this address takes {', '.join(names)}" if names else "this address takes none"
    detail = f"this {kind} is unknown; {takes}"
    errors = tuple(FieldError(_shown(name), detail) for name in unknown[:MAX_ERRORS])
    listed = "; ".join(f"{error.field}: {error.detail}" for error in errors[:3])
    raise ProblemError(
        ProblemDetails(422, "validation_error", f"The request is invalid: {listed}.", errors)
    )


def _shown(name: str) -> str:
    cut = name[:SHOWN_NAME].encode("utf-8", "backslashreplace").decode("utf-8")
    return cut or "(no name)"
