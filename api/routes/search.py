"""``POST /v1/search``: a query → passages with their scores, no answer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from api.context import ServiceDep
from api.inputs import check_question
from api.openapi import problems
from api.render import hits_json
from api.routes.filters import filters_of
from api.schemas import SearchIn, SearchOut

router = APIRouter(tags=["questions"])


@router.post(
    "/v1/search",
    summary="Find passages",
    response_model=SearchOut,
    responses=problems(404, 410, 422, 503),
)
def search(body: SearchIn, service: ServiceDep) -> Response:
    """Return the passages that fit best, with the scores of each way they were found."""
    query = check_question(body.query, service.settings.max_question_chars, "query")
    hits = service.search(query, filters_of(service, body.filters), body.limit)
    return JSONResponse(hits_json(hits))
