"""``/v1/documents`` and ``/v1/speakers``: what the answers are taken from."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import JSONResponse, Response

from api.admission import require_room, take_upload_turn
from api.context import MetricsDep, ServiceDep
from api.inputs import DOCUMENT_ID, check_document_id, shown
from api.media import require_json, require_multipart
from api.openapi import problems
from api.problems import ProblemDetails, ProblemError
from api.render import (
    accepted_json,
    aliases_json,
    document_json,
    refused_json,
    speakers_json,
    turns_json,
)
from api.schemas import (
    AliasesIn,
    AliasesOut,
    DocumentOut,
    DocumentPage,
    SpeakersOut,
    SubmittedOut,
    TurnsOut,
    UploadOut,
)
from api.uploads import submit_uploads, take_uploads, upload_options
from index.formats import format_names

router = APIRouter(tags=["documents"])

# A page that a client shows at once, and the most that one answer carries.
DEFAULT_PAGE = 100
MAX_PAGE = 500

Version = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=64,
        description="A version that a citation names; the current one if left out.",
    ),
]


@router.post(
    "/v1/documents",
    summary="Upload transcripts",
    status_code=201,
    response_model=UploadOut,
    responses={
        202: {
            "model": SubmittedOut,
            "description": "With `wait=false`: the files are on disk and will be taken in.",
            "headers": {
                "Location": {
                    "description": "Where to see how far they are.",
                    "schema": {"type": "string"},
                }
            },
        },
        **problems(409, 413, 422, 429, 503),
    },
    dependencies=[Depends(require_multipart), Depends(take_upload_turn)],
)
def upload(
    files: Annotated[list[UploadFile], File(description="Transcripts, one field per file.")],
    service: ServiceDep,
    metrics: MetricsDep,
    source_format: Annotated[
        str | None,
        Form(
            alias="format",
            description="Read the files as this; told by what is in them if left out. "
            f"One of {', '.join(format_names())}.",
        ),
    ] = None,
    collection: Annotated[
        str | None, Form(description="Put the documents in this collection.")
    ] = None,
    wait: Annotated[
        bool,
        Query(description="`false`: answer 202 once the files are on disk; a job takes them in."),
    ] = True,
    replace: Annotated[
        bool,
        Query(description="`true`: a file takes the place of the document of its id or name."),
    ] = False,
    replace_field: Annotated[
        bool, Form(alias="replace", description="The same as the parameter.")
    ] = False,
) -> Response:
    """Store transcripts; what is accepted is searchable when the response comes.

    The answer is 201 when any file was accepted. When none was, it is a problem that carries the
    same `documents` and `refused`: 409 when a file has the id or name of a document with other
    content, whose `document_id` is named (`replace=true` puts the file in its place), else 422.
    A document sent again as it is stays `unchanged`, in its collection.

    For many or long files, `wait=false` answers 202 at once; `/v1/jobs/{job_id}` tells the rest.
    """
    wanted = upload_options(source_format, collection, replace=replace or replace_field)
    require_room(service, files, queued=not wait)
    if not wait:
        job_id = submit_uploads(service, files, wanted)
        return JSONResponse(
            {"job_id": job_id}, status_code=202, headers={"Location": f"/v1/jobs/{job_id}"}
        )
    report = take_uploads(service, files, metrics, wanted)
    body: dict[str, object] = {
        "documents": [accepted_json(accepted) for accepted in report.accepted],
        "refused": [refused_json(refused) for refused in report.refused],
    }
    if report.status == 201:
        return JSONResponse(body, status_code=201)
    if report.status == 409:
        return ProblemDetails(
            409,
            "document_exists",
            "There are documents of that id or name with other content; `refused` names them. "
            "Send `replace=true` to replace them.",
            extra=body,
        ).response()
    return ProblemDetails(
        422,
        "all_refused",
        "None of the files was accepted; `refused` says why.",
        extra=body,
    ).response()


@router.get(
    "/v1/documents",
    summary="List documents",
    response_model=DocumentPage,
    responses=problems(422, 503),
)
def list_documents(
    service: ServiceDep,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="Most documents.")] = DEFAULT_PAGE,
) -> Response:
    """Return a page of documents, ordered by id."""
    after = None if cursor is None else _decode_cursor(cursor)
    found = service.library.documents(after=after, limit=limit + 1)
    page = found[:limit]
    more = len(found) > limit
    return JSONResponse(
        {
            "documents": [document_json(info) for info in page],
            "next_cursor": _encode_cursor(page[-1].document_id) if more else None,
        }
    )


@router.get(
    "/v1/documents/{document_id}",
    summary="Show a document",
    response_model=DocumentOut,
    responses=problems(404, 410, 503),
)
def show_document(document_id: str, service: ServiceDep) -> Response:
    """Return what is known about a document's current version."""
    info = service.library.document(check_document_id(document_id))
    return JSONResponse(document_json(info))


@router.delete(
    "/v1/documents/{document_id}",
    summary="Delete a document",
    status_code=204,
    response_class=Response,
    responses=problems(404, 410, 503),
)
def delete_document(document_id: str, service: ServiceDep) -> Response:
    """Delete a document; searches no longer see it, and its address answers 410."""
    service.library.delete(check_document_id(document_id))
    return Response(status_code=204)


@router.get(
    "/v1/documents/{document_id}/text",
    summary="Read the canonical text",
    response_class=Response,
    responses={
        200: {
            "content": {"text/plain; charset=utf-8": {"schema": {"type": "string"}}},
            "description": "The text that citations address, unchanged. "
            "Offsets count Unicode code points.",
        },
        **problems(404, 410, 503),
    },
)
def document_text(document_id: str, service: ServiceDep, version: Version = None) -> Response:
    """Return the text in which `text[char_start:char_end] == quote` holds for every citation."""
    text = service.library.text(check_document_id(document_id), version)
    return Response(text.encode("utf-8"), headers={"Content-Type": "text/plain; charset=utf-8"})


@router.get(
    "/v1/documents/{document_id}/turns",
    summary="List the turns",
    response_model=TurnsOut,
    responses=problems(404, 410, 503),
)
def document_turns(document_id: str, service: ServiceDep, version: Version = None) -> Response:
    """Return who spoke where, with char ranges and, where the source gives them, times."""
    info = service.library.document(check_document_id(document_id))
    shown_version = version or info.document_version
    turns = service.library.turns(document_id, shown_version)
    return JSONResponse(turns_json(document_id, shown_version, turns, info.aliases))


@router.get(
    "/v1/documents/{document_id}/aliases",
    summary="List the speakers' names",
    response_model=AliasesOut,
    responses=problems(404, 410, 503),
)
def list_aliases(
    document_id: str,
    service: ServiceDep,
    suggest: Annotated[
        bool, Query(description="Look for names in the transcript that labels may stand for.")
    ] = False,
) -> Response:
    """Return which label stands for whom; what is suggested is for a person to set."""
    aliases = service.library.aliases(check_document_id(document_id))
    suggestions = service.library.suggest_aliases(document_id) if suggest else ()
    return JSONResponse(aliases_json(document_id, aliases, suggestions))


@router.put(
    "/v1/documents/{document_id}/aliases",
    summary="Set the speakers' names",
    response_model=AliasesOut,
    responses=problems(404, 410, 503),
    dependencies=[Depends(require_json)],
)
def set_aliases(document_id: str, wanted: AliasesIn, service: ServiceDep) -> Response:
    """Give the document these names and no others; filters and searches know them on return.

    Citations keep the labels of the source.
    """
    aliases = service.library.set_aliases(check_document_id(document_id), wanted.aliases)
    return JSONResponse(aliases_json(document_id, aliases))


@router.get(
    "/v1/speakers", summary="List speakers", response_model=SpeakersOut, responses=problems(503)
)
def list_speakers(service: ServiceDep) -> Response:
    """Return the speakers' labels with aliases and counts, for filters."""
    return JSONResponse(speakers_json(service.library.speakers()))


def _encode_cursor(document_id: str) -> str:
    return base64.urlsafe_b64encode(document_id.encode("ascii")).decode("ascii")


def _decode_cursor(cursor: str) -> str:
    try:
        document_id = base64.b64decode(cursor.encode("ascii"), b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        document_id = ""
    if not DOCUMENT_ID.fullmatch(document_id):
        raise ProblemError(
            ProblemDetails(
                422,
                "invalid_cursor",
                f"cursor is {shown(cursor)}: pass the next_cursor of a page unchanged.",
            )
        )
    return document_id
