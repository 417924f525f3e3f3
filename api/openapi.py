"""The application's routes → an OpenAPI description, and the older dialect that ``/docs`` reads."""

from __future__ import annotations

from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api.chat_schemas import ChunkOut
from api.problems import MEDIA_TYPE
from api.schemas import ProblemOut, SearchOut, StatementEventOut

Json = dict[str, Any]

_WHEN = {
    400: "The body can't be read.",
    404: "There is no such document or job.",
    409: "There is such a document with other content, which isn't to be replaced.",
    410: "The document was deleted.",
    413: "The request is too large.",
    415: "The body has the wrong content type.",
    422: "The request can't be answered as it stands; `detail` says what to change.",
    429: "Too much at once; `Retry-After` says when to come back.",
    503: "A part that is needed is out of order; try again.",
}
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

# What only streams send, which no response of a route names.
STREAMED: tuple[type[BaseModel], ...] = (SearchOut, StatementEventOut, ChunkOut)

DESCRIPTION = """\
Ask interviews, broadcasts and meetings; every statement of an answer is cited to the exact words,
the speaker and the moment. Whatever isn't 2xx is a problem (RFC 9457) with a stable `code`.

All offsets count Unicode code points, end exclusive: `text[char_start:char_end] == quote`.
"""


def stream(events: dict[str, str], *, named: bool = True, example: str) -> Json:
    """Return the description of server-sent events: each event's data by a component's name.

    OpenAPI 3.1 has no word for the events of a stream; JSON Schema has ``contentSchema`` for what a
    text holds. Events that aren't ``named`` differ by their data alone.
    """
    items = []
    for name, component in events.items():
        data = {
            "type": "string",
            "contentMediaType": "application/json",
            "contentSchema": {"$ref": f"#/components/schemas/{component}"},
        }
        properties: Json = {"data": data}
        if named:
            properties = {"event": {"const": name}, **properties}
        items.append({"type": "object", "required": list(properties), "properties": properties})
    return {
        "schema": {
            "type": "string",
            "description": f"Server-sent events: {', '.join(events)}. The last of a stream that "
            "goes wrong, or that a stopping server can't end, is the problem.",
            "contentMediaType": "text/event-stream",
            "contentSchema": {"type": "array", "items": {"oneOf": items}},
        },
        "example": example,
    }


def problems(*statuses: int) -> dict[int | str, Json]:
    """Return the ``responses`` of a route for the statuses it can answer with."""
    return {status: {"description": _WHEN[status], "content": _PROBLEM} for status in statuses}


def describe(app: FastAPI) -> Json:
    """Return the OpenAPI 3.1 description, made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=DESCRIPTION,
            routes=app.routes,
        )
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        for streamed in STREAMED:
            made = streamed.model_json_schema(ref_template="#/components/schemas/{model}")
            for name, part in made.pop("$defs", {}).items():
                schemas.setdefault(name, part)
            schemas[streamed.__name__] = made
        for path, item in schema["paths"].items():
            for method, operation in item.items():
                _refine(path, method, operation)
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema


def _refine(path: str, method: str, operation: Json) -> None:
    """State the problems that every operation of a kind can answer with."""
    responses = operation["responses"]
    responses.pop("422", None) if "422" in responses and not _is_problem(responses["422"]) else None
    takes_input = bool(operation.get("requestBody") or operation.get("parameters"))
    expected = ([400, 413, 415] if method in {"post", "put"} else []) + (
        [422] if takes_input else []
    )
    for status in expected:
        responses.setdefault(str(status), problems(status)[status])
    operation["responses"] = dict(sorted(responses.items()))


def _is_problem(response: Json) -> bool:
    return MEDIA_TYPE in response.get("content", {})


def as_openapi_30(schema: Json) -> Json:
    """Return the description in OpenAPI 3.0, the newest that the bundled Swagger UI draws.

    ``anyOf`` with null becomes ``nullable``, ``const`` an ``enum`` of one, and the first of
    ``examples`` the ``example``.
    """
    return {**cast(Json, _older(schema)), "openapi": "3.0.3"}


# Words of JSON Schema that OpenAPI 3.0 doesn't know.
_NEWER = frozenset({"examples", "contentMediaType", "contentSchema"})


def _older(node: object) -> object:
    if isinstance(node, list):
        return [_older(item) for item in node]
    if not isinstance(node, dict):
        return node
    older = {key: _older(value) for key, value in node.items() if key not in _NEWER}
    examples = node.get("examples")
    if isinstance(examples, list) and examples:
        older["example"] = examples[0]
    elif examples is not None:
        older["examples"] = _older(examples)
    if "const" in older:
        older["enum"] = [older.pop("const")]
    choices = older.get("anyOf")
    if isinstance(choices, list) and {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del older["anyOf"]
        older["nullable"] = True
        if len(rest) == 1 and "$ref" not in rest[0]:
            older = {**rest[0], **older}
        elif len(rest) == 1:
            older["allOf"] = rest
        else:
            older["anyOf"] = rest
    return older
