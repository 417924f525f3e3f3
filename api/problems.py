"""Everything that goes wrong → RFC 9457 ``application/problem+json`` with a stable ``code``.

=====  ======================================================================================
400    ``invalid_json``, ``invalid_body`` (a body that can't be parsed), ``bad_request``
403    ``cross_site`` (another site's page tried to change something here), ``unknown_host``
404    ``not_found`` (no such route), ``unknown_document``, ``unknown_job``, ``model_not_found``
405    ``method_not_allowed``
409    ``document_exists`` (an upload would replace it)
410    ``deleted_document``
413    ``too_large``
415    ``unsupported_media_type``
422    ``validation_error``, ``invalid_query``, ``invalid_alias``, and the codes of refused
       sources
429    ``too_many_requests`` (ratings), ``queue_full`` (uploads that wait as jobs)
500    ``internal``
503    ``not_ready``, ``busy``, ``stopping``, ``cancelled``, ``storage``, ``storage_full``,
       ``encoder_unavailable``, ``llm_unavailable``
=====  ======================================================================================

No message repeats a secret, a path of the server or a stack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from index.errors import (
    DeletedDocument,
    EncoderMismatch,
    EncoderUnavailable,
    InputError,
    InvalidQuery,
    ModelError,
    ModelUnavailable,
    RefusedSource,
    StorageError,
    StoredUnindexed,
    TranscriptQAError,
    UnknownDocument,
    UnknownJob,
)

MEDIA_TYPE = "application/problem+json"

# A broken request can break at every field; the first few say enough.
MAX_ERRORS = 20

_STATUS_OF: tuple[tuple[type[TranscriptQAError], int], ...] = (
    (UnknownDocument, 404),
    (UnknownJob, 404),
    (DeletedDocument, 410),
    (InvalidQuery, 422),
    (RefusedSource, 422),
    (InputError, 422),
    (StorageError, 503),
    (ModelError, 503),
)

_CODE_OF_STATUS = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    422: "validation_error",
    429: "too_many_requests",
    503: "not_ready",
}

_OUTAGES: tuple[tuple[type[TranscriptQAError], str], ...] = (
    (
        EncoderMismatch,
        "The index was made by another encoder; run `transcript-qa reindex` or set the former one.",
    ),
    (
        StoredUnindexed,
        "The transcripts are stored, don't send them again; they are found once the index can be "
        "written. `transcript-qa doctor` tells why it can't.",
    ),
    (
        StorageError,
        "The data directory can't be read or written right now; `transcript-qa doctor` tells why.",
    ),
    (
        EncoderUnavailable,
        "The encoder can't be loaded; `transcript-qa doctor` tells why.",
    ),
    (
        ModelUnavailable,
        "The language model is unavailable; try again, or ask in mode `quote`, which needs none.",
    ),
)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a request: where, and what is expected there."""

    field: str
    detail: str


@dataclass(frozen=True, slots=True)
class ProblemDetails:
    """A problem before it is rendered; ``extra`` holds further members of the JSON object."""

    status: int
    code: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Return the short name of the status."""
        return HTTPStatus(self.status).phrase

    def to_json(self) -> dict[str, object]:
        """Return the members of the problem object."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "errors": [{"field": error.field, "detail": error.detail} for error in self.errors],
            **self.extra,
        }

    def response(self) -> JSONResponse:
        """Return the problem as an HTTP response."""
        return JSONResponse(
            self.to_json(),
            status_code=self.status,
            headers=dict(self.headers),
            media_type=MEDIA_TYPE,
        )


class ProblemError(HTTPException):
    """Raise to answer with a problem that none of our exceptions covers.

    It is one of Starlette's because those alone pass through FastAPI's reading of a body.
    """

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__(problem.status, problem.detail)
        self.problem = problem


def problem_of(error: Exception) -> ProblemDetails:
    """Return what to tell the caller about an exception; unknown ones stay unnamed."""
    if isinstance(error, ProblemError):
        return error.problem
    if isinstance(error, TranscriptQAError):
        return _own(error)
    if isinstance(error, RequestValidationError):
        return _validation(error)
    if isinstance(error, HTTPException):
        return _http(error)
    return ProblemDetails(
        500,
        "internal",
        "Internal error; the request isn't at fault. The log has more under the request id.",
    )


OPENAI_PATHS = ("/v1/chat/", "/v1/models")


def openai_problem(problem: ProblemDetails) -> ProblemDetails:
    """Return a problem that clients of the OpenAI protocol understand too, by member ``error``."""
    kind = "invalid_request_error" if problem.status < 500 else "server_error"
    param = problem.errors[0].field if problem.errors else None
    error = {"message": problem.detail, "type": kind, "param": param, "code": problem.code}
    return replace(problem, extra={**problem.extra, "error": error})


def problem_at(path: str, problem: ProblemDetails) -> ProblemDetails:
    """Return a problem in the form that clients of an address understand."""
    return openai_problem(problem) if path.startswith(OPENAI_PATHS) else problem


def _own(error: TranscriptQAError) -> ProblemDetails:
    status = next((status for kind, status in _STATUS_OF if isinstance(error, kind)), 500)
    if isinstance(error, InputError):
        return ProblemDetails(status, error.code, _sentence(str(error)))
    headers = {"Retry-After": "5"} if status == 503 else {}
    detail = next(
        (text for kind, text in _OUTAGES if isinstance(error, kind)),
        "The service can't do this right now; `transcript-qa doctor` tells why.",
    )
    return ProblemDetails(status, error.code, detail, headers=headers)


def _http(error: HTTPException) -> ProblemDetails:
    status = error.status_code
    headers = dict(error.headers or {})
    if status == 404:
        detail = "There is nothing at this address; `/docs` lists what there is."
    elif status == 405:
        allowed = headers.get("Allow") or headers.get("allow")
        detail = "This address doesn't take that method"
        detail += f"; it takes {allowed}." if allowed else "."
    elif status == 400:
        detail = _sentence(error.detail)
        if error.detail == "There was an error parsing the body":
            detail = "The body can't be parsed; send valid JSON in UTF-8 or a valid form."
        return ProblemDetails(400, "invalid_body", detail, headers=headers)
    else:
        detail = _sentence(error.detail)
    code = _CODE_OF_STATUS.get(status, "error" if status < 500 else "internal")
    return ProblemDetails(status, code, detail, headers=headers)


def _validation(error: RequestValidationError) -> ProblemDetails:
    found: Sequence[Any] = error.errors()
    if found and found[0]["type"] == "json_invalid":
        position = found[0]["loc"][-1]
        reason = found[0].get("ctx", {}).get("error", "not JSON")
        return ProblemDetails(
            400, "invalid_json", f"The body isn't JSON: {reason} at character {position}."
        )
    errors = tuple(
        FieldError(_path(item["loc"]), _reason(str(item["type"]), str(item["msg"])))
        for item in found[:MAX_ERRORS]
    )
    listed = "; ".join(f"{error.field}: {error.detail}" for error in errors[:3])
    return ProblemDetails(422, "validation_error", f"The request is invalid: {listed}.", errors)


def _path(location: Sequence[str | int]) -> str:
    """Return where a value stands, ``filters.speakers[0]``, without saying body or query."""
    parts = location[1:] if location and location[0] in {"body", "query", "path"} else location
    path = ""
    for part in parts:
        name = str(part)[:SHOWN_NAME].encode("utf-8", "backslashreplace").decode("utf-8")
        path += f"[{part}]" if isinstance(part, int) else f".{name}" if path else name
    return path or "body"


# Names of unknown fields come from the caller; a long one is cut.
SHOWN_NAME = 80


# The libraries' messages that don't tell a caller what to do, by their type, and ours instead.
_REASONS = {
    "missing": "this is required",
    "extra_forbidden": "this field is unknown",
    "model_attributes_type": "send a JSON object",
    "dict_type": "send a JSON object",
    "tuple_type": "send a list",
    "list_type": "send a list",
    "string_type": "send a string",
    "string_unicode": "send valid text, no half characters",
    "int_type": "send a whole number",
    "int_parsing": "send a whole number",
    "bool_type": "send true or false",
}


def _reason(kind: str, message: str) -> str:
    if message.startswith("Value error, Expected UploadFile"):
        return "send a file"
    return _REASONS.get(kind, message.removeprefix("Value error, "))


def _sentence(text: str) -> str:
    """Return a message as a sentence that people read: a capital first, a full stop last."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else text + "."
