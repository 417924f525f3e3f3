"""``POST /v1/feedback``: a rating of an answer → the feedback file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, Self

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from pydantic import Field, model_validator

from api.admission import count_rating
from api.context import ServiceDep
from api.filters import filters_of
from api.openapi import problems
from api.schemas import (
    MAX_EXCHANGE_CHARS,
    CitedSpanIn,
    FiltersIn,
    Schema,
)
from index.errors import InvalidQuery
from qa.answer.feedback import Feedback, FeedbackFile
from qa.records import CitedSpan

router = APIRouter(tags=["feedback"])

# A paragraph or two.
MAX_COMMENT_CHARS = 2000
# All texts of a rating together: the longest answers have a tenth of it.
MAX_RATED_CHARS = 20_000
# Twice the statements that an answer may have, and their neighbours.
MAX_RATED_CITATIONS = 50


class FeedbackIn(Schema):
    """A rating of an answer; the answer comes along, since the service keeps none."""

    answer_id: str = Field(min_length=1, max_length=64, description="`id` of the answer.")
    rating: Literal["up", "down"]
    comment: str | None = Field(None, max_length=MAX_COMMENT_CHARS)
    question: str = Field(min_length=1, max_length=MAX_EXCHANGE_CHARS)
    rewritten_question: str | None = Field(None, max_length=MAX_EXCHANGE_CHARS)
    filters: FiltersIn | None = None
    status: Literal["answered", "abstained"]
    answer: str = Field(max_length=MAX_EXCHANGE_CHARS)
    short_answer: str | None = Field(None, max_length=MAX_EXCHANGE_CHARS)
    citations: tuple[CitedSpanIn, ...] = Field((), max_length=MAX_RATED_CITATIONS)

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        texts = (self.question, self.rewritten_question, self.answer, self.short_answer)
        chars = sum(len(text or "") for text in texts)
        if chars > MAX_RATED_CHARS:
            raise ValueError(
                f"the texts have {chars:,} characters together; "
                f"at most {MAX_RATED_CHARS:,} are taken"
            )
        return self


class FeedbackOut(Schema):
    """It is written down."""

    answer_id: str
    rating: Literal["up", "down"]


@router.post(
    "/v1/feedback",
    summary="Rate an answer",
    status_code=201,
    response_model=FeedbackOut,
    responses=problems(422, 429, 503),
    dependencies=[Depends(count_rating)],
)
def rate(body: FeedbackIn, service: ServiceDep) -> Response:
    """Write down a thumb up or down; a later one about the same answer takes its place.

    `transcript-qa feedback export` turns what was collected into evaluation questions.
    """
    for text in (body.question, body.answer, body.comment or ""):
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InvalidQuery("the text holds half a character; send whole ones") from error
    FeedbackFile(service.settings.data_dir).add(
        Feedback(
            answer_id=body.answer_id,
            rating=body.rating,
            comment=body.comment,
            question=body.question,
            rewritten_question=body.rewritten_question,
            filters=filters_of(body.filters),
            status=body.status,
            answer=body.answer,
            short_answer=body.short_answer,
            citations=tuple(
                CitedSpan(each.document_id, each.document_version, each.char_start, each.char_end)
                for each in body.citations
            ),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
    )
    return JSONResponse({"answer_id": body.answer_id, "rating": body.rating}, status_code=201)
