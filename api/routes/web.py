"""``/`` and ``/documents``: the web form, transcripts and upload, all without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, File, Query, Request, UploadFile
from fastapi.responses import Response

from api.context import MetricsDep, ServiceDep
from api.examples import questions_for
from api.inputs import check_document_id, make_filters
from api.media import require_multipart, wants_html
from api.ports import QuestionService
from api.problems import ProblemDetails, ProblemError, problem_of
from api.render import refused_detail
from api.uploads import UploadReport, take_uploads
from api.web import pages
from api.web.templating import render
from index.errors import InvalidQuery, TranscriptQAError
from index.records import Filters, Refused
from qa.question import clean_question
from qa.records import Ask

router = APIRouter(include_in_schema=False)

# Transcripts that a page lists and a filter offers, and speakers; more transcripts are on the next
# page, and an address may name any.
LISTED = 200

Values = Annotated[list[str], Query(default_factory=list)]


@dataclass(frozen=True, slots=True)
class FormState:
    """What the form was sent with, shown again in it."""

    question: str = ""
    speakers: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    collection: str = ""

    @property
    def filtered(self) -> bool:
        """Tell whether any filter is set."""
        return bool(self.speakers or self.documents or self.since or self.until or self.collection)


@router.get("/")
def home(
    request: Request,
    service: ServiceDep,
    metrics: MetricsDep,
    speaker: Values,
    document: Values,
    question: str = "",
    since: str = "",
    until: str = "",
    collection: str = "",
) -> Response:
    """Show the form; with a question, its answer too."""
    form = FormState(
        question=question,
        speakers=_given(speaker),
        documents=_given(document),
        since=since.strip(),
        until=until.strip(),
        collection=collection.strip(),
    )
    if not question.strip():
        return _page(service, form)
    try:
        text = clean_question(question, service.settings.max_question_chars)
        filters = make_filters(
            document_ids=form.documents,
            speakers=form.speakers,
            since=form.since or None,
            until=form.until or None,
            collection=form.collection or None,
        )
        answer = service.ask(Ask(question=text, filters=filters))
        cited = pages.citation_cards(answer.citations, service.library)
        nearest = answer.abstention.nearest if answer.abstention else ()
        near = pages.citation_cards(nearest, service.library)
    except TranscriptQAError as error:
        if not wants_html(request):
            raise
        return _page(service, form, problem=problem_of(error))
    metrics.answer(answer)
    return _page(
        service,
        form,
        answer=answer,
        cards={card.citation.number: card for card in cited},
        nearest=near,
        confidence=pages.confidence_words(answer),
        filters_said=_filters_said(service, filters),
        unfiltered=pages.unfiltered_href(text),
    )


@router.get("/documents")
def documents(service: ServiceDep, after: str | None = None) -> Response:
    """List the transcripts, with the form to upload more."""
    return _documents_page(service, after=after)


@router.post("/documents", dependencies=[Depends(require_multipart)])
def upload(
    request: Request,
    service: ServiceDep,
    metrics: MetricsDep,
    files: Annotated[list[UploadFile] | None, File()] = None,
) -> Response:
    """Take an upload and say what became of each file."""
    chosen = [file for file in files or () if file.filename]
    if chosen:
        report = take_uploads(service, chosen, metrics)
    else:
        nothing = Refused("no file", "empty", "Choose at least one file, then press Upload.")
        report = UploadReport((), (nothing,))
    if not report.accepted and not wants_html(request):
        refused = report.refused[0]
        raise ProblemError(
            ProblemDetails(422, "all_refused", f"{refused.name}: {refused_detail(refused)}")
        )
    return _documents_page(service, report=report, status=200 if report.accepted else 422)


@router.get("/documents/{document_id}")
def document(
    document_id: str,
    service: ServiceDep,
    version: str | None = None,
    start: int | None = None,
    end: int | None = None,
) -> Response:
    """Show a transcript, readable, with a cited span highlighted to the character."""
    info = service.library.document(check_document_id(document_id))
    shown_version = version or info.document_version
    text = service.library.text(document_id, shown_version)
    turns = service.library.turns(document_id, shown_version)
    cited = _cited(start, end, len(text))
    return render(
        "document.html",
        info=info,
        metadata=service.library.metadata(document_id, shown_version),
        version=shown_version,
        current=shown_version == info.document_version,
        turns=pages.turn_views(text, turns, cited),
        cited=cited,
        form=FormState(documents=(document_id,)),
    )


def _cited(start: int | None, end: int | None, length: int) -> tuple[int, int] | None:
    if start is None and end is None:
        return None
    if start is None or end is None or not 0 <= start < end <= length:
        raise InvalidQuery(
            f"start and end are {start} and {end}: this transcript has characters 0 to {length}."
        )
    return start, end


def _page(
    service: QuestionService,
    form: FormState,
    *,
    problem: ProblemDetails | None = None,
    **values: object,
) -> Response:
    """Return the form with whatever came of it."""
    listed = service.library.documents(limit=LISTED)
    blank: dict[str, object] = {
        "answer": None,
        "cards": {},
        "nearest": (),
        "confidence": "",
        "filters_said": (),
        "unfiltered": "/",
    }
    return render(
        "ask.html",
        problem.status if problem else 200,
        **{
            **blank,
            **values,
            "form": form,
            "problem": problem,
            "documents": listed,
            "speakers": service.library.speakers()[:LISTED],
            "examples": questions_for(listed),
            "max_question_chars": service.settings.max_question_chars,
        },
    )


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
        max_file_megabytes=max(1, service.settings.max_file_bytes // 2**20),
    )


def _filters_said(service: QuestionService, filters: Filters) -> tuple[str, ...]:
    titles = [service.library.document(each).metadata.title for each in filters.document_ids]
    return pages.describe_filters(filters, titles)


def _given(values: Sequence[str]) -> tuple[str, ...]:
    """Return the values that were really chosen; an empty choice means any."""
    return tuple(value for value in values if value.strip())
