"""``POST /v1/search``: a query → passages with their scores, no answer."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from api.context import ServiceDep
from api.filters import filters_of
from api.openapi import problems
from api.render import hits_json
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
    hits = service.search(body.query, filters_of(body.filters), body.limit)
    return JSONResponse(hits_json(hits))
