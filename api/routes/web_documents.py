"""``/documents``: the transcripts, each to be read, and the form to upload more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response

from api.admission import require_room, take_upload_turn
from api.context import MetricsDep, ServiceDep
from api.inputs import check_document_id
from api.media import require_multipart, wants_html
from api.ports import QuestionService
from api.problems import ProblemDetails, ProblemError
from api.render import refused_detail
from api.uploads import UploadOptions, UploadReport, take_uploads
from api.web import pages, reading
from api.web.templating import render
from index.errors import InvalidQuery
from index.records import Refused

router = APIRouter(include_in_schema=False)

# Transcripts on one page; the rest is on the next.
LISTED = 200


@router.get("/documents")
def documents(service: ServiceDep, after: str | None = None) -> Response:
    """List the transcripts, with the form to upload more."""
    return _documents_page(service, after=after)


@router.post("/documents", dependencies=[Depends(require_multipart), Depends(take_upload_turn)])
def upload(
    request: Request,
    service: ServiceDep,
    metrics: MetricsDep,
    files: Annotated[list[UploadFile] | None, File()] = None,
    replace: Annotated[bool, Form()] = False,
) -> Response:
    """Take an upload and say what became of each file."""
    chosen = [file for file in files or () if file.filename]
    if chosen:
        require_room(service, chosen, queued=False)
        report = take_uploads(service, chosen, metrics, UploadOptions(replace=replace))
    else:
        nothing = Refused("no file", "empty", "Choose at least one file, then press Upload.")
        report = UploadReport((), (nothing,))
    if not report.accepted and not wants_html(request):
        refused = report.refused[0]
        code = "document_exists" if report.status == 409 else "all_refused"
        raise ProblemError(
            ProblemDetails(report.status, code, f"{refused.name}: {refused_detail(refused)}")
        )
    return _documents_page(service, report=report, status=200 if report.accepted else report.status)


@router.get("/documents/{document_id}")
def document(
    document_id: str,
    service: ServiceDep,
    version: str | None = None,
    start: int | None = None,
    end: int | None = None,
    part: int | None = None,
) -> Response:
    """Show a transcript, readable, with a cited span highlighted to the character.

    A long one is shown in parts: the one asked for, else the one where the cited span begins.
    """
    info = service.library.document(check_document_id(document_id))
    shown_version = version or info.document_version
    text = service.library.text(document_id, shown_version)
    turns = service.library.turns(document_id, shown_version)
    cited = _cited(start, end, len(text))
    shown = reading.part_of(turns, cited, part)
    return render(
        "document.html",
        info=info,
        metadata=service.library.metadata(document_id, shown_version),
        version=shown_version,
        current=shown_version == info.document_version,
        turn_count=len(turns),
        turns=pages.turn_views(text, turns, cited, shown.first, shown.last),
        shown=shown,
        part_href=reading.part_href(document_id, shown_version, cited),
        cite_href=reading.cite_href(document_id, shown_version, cited) if cited else None,
    )


def _cited(start: int | None, end: int | None, length: int) -> tuple[int, int] | None:
    if start is None and end is None:
        return None
    if start is None or end is None or not 0 <= start < end <= length:
        raise InvalidQuery(
            f"start and end are {start} and {end}: this transcript has characters 0 to {length}."
        )
    return start, end


def _documents_page(
    service: QuestionService,
    *,
    after: str | None = None,
    report: UploadReport | None = None,
    status: int = 200,
) -> Response:
    if after is not None:
        check_document_id(after)
    listed = service.library.documents(after=after, limit=LISTED + 1)
    return render(
        "documents.html",
        status,
        documents=listed[:LISTED],
        next_after=listed[LISTED - 1].document_id if len(listed) > LISTED else None,
        report=report,
        refused=[(refused, refused_detail(refused)) for refused in report.refused]
        if report
        else [],
        max_file_bytes=service.settings.max_file_bytes,
        max_file_megabytes=max(1, service.settings.max_file_bytes // 2**20),
    )
