"""``/``: the form, and with a question its answer; works without JavaScript, better with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.context import MetricsDep, ServiceDep
from api.examples import questions_for
from api.inputs import make_filters
from api.media import wants_html
from api.ports import QuestionService
from api.problems import ProblemDetails, problem_of
from api.web import pages
from api.web.templating import render
from index.errors import InputError, TranscriptQAError
from index.records import DocumentInfo, Filters
from qa.question.check import clean_question
from qa.records import Answer, Ask

router = APIRouter(include_in_schema=False)

# Transcripts and speakers that a filter offers; an address may name any.
OFFERED = 200

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
    def filters(self) -> Filters:
        """Return the filters as they were sent, not yet checked."""
        return Filters(
            self.documents,
            self.speakers,
            self.since or None,
            self.until or None,
            self.collection or None,
        )


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
        closest = answer.abstention.closest if answer.abstention else ()
        others = answer.abstention.others if answer.abstention else ()
        close = pages.citation_cards(closest, service.library)
        near = pages.citation_cards(others, service.library)
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
        closest=close,
        nearest=near,
        confidence=pages.confidence_words(answer),
        degraded=pages.degraded_words(answer),
        remarks=pages.remarks(answer),
        reason=pages.reason_words(answer),
        unfiltered=pages.question_href(text, Filters()),
    )


def _page(
    service: QuestionService,
    form: FormState,
    *,
    answer: Answer | None = None,
    problem: ProblemDetails | None = None,
    **values: object,
) -> Response:
    """Return the form with whatever came of it."""
    listed = service.library.documents(limit=OFFERED)
    titles = _titles(service, form.documents, listed)
    speakers = service.library.speakers()
    blank: dict[str, object] = {
        "cards": {},
        "closest": (),
        "nearest": (),
        "confidence": "",
        "degraded": (),
        "remarks": (),
        "reason": "",
        "unfiltered": "/",
    }
    return render(
        "ask.html",
        problem.status if problem else 200,
        **{
            **blank,
            **values,
            "form": form,
            "answer": answer,
            "problem": problem,
            "exchange_json": _exchange_json(form, answer, problem),
            "filters_json": json.dumps(_filters_object(form.filters)),
            "filters_said": pages.describe_filters(form.filters, list(titles.values()), speakers),
            "chosen": pages.chosen_filters(form.question.strip(), form.filters, titles, speakers),
            "firm": pages.FIRM,
            "documents": listed,
            "speakers": speakers[:OFFERED],
            "examples": questions_for(listed),
            "max_question_chars": service.settings.max_question_chars,
        },
    )


def _exchange_json(
    form: FormState, answer: Answer | None, problem: ProblemDetails | None
) -> str | None:
    """Return what the page shows as data, for the script that takes it over."""
    if answer is None and problem is None:
        return None
    return json.dumps(
        {
            "question": form.question.strip(),
            "filters": _filters_object(form.filters),
            "answer": answer.to_json() if answer else None,
            "problem": problem.to_json() if problem else None,
        }
    )


def _filters_object(filters: Filters) -> dict[str, object]:
    return {name: value for name, value in asdict(filters).items() if value}


def _titles(
    service: QuestionService, wanted: Sequence[str], listed: Sequence[DocumentInfo]
) -> dict[str, str]:
    """Return the titles of the documents of a filter; one that isn't there keeps its id."""
    known = {info.document_id: info.metadata.title for info in listed}
    titles = {}
    for document_id in wanted:
        title = known.get(document_id)
        if title is None:
            try:
                title = service.library.document(document_id).metadata.title
            except InputError:
                title = document_id
        titles[document_id] = title
    return titles


def _given(values: Sequence[str]) -> tuple[str, ...]:
    """Return the values that were really chosen; an empty choice means any."""
    return tuple(value for value in values if value.strip())
