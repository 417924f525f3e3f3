"""``/v1/jobs``: progress of uploads made in the background."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from api.context import ServiceDep
from api.openapi import problems
from api.render import job_json
from api.schemas import JobOut

router = APIRouter(tags=["documents"])


@router.get(
    "/v1/jobs/{job_id}",
    summary="Show an upload's progress",
    response_model=JobOut,
    responses=problems(404, 503),
)
def show_job(job_id: str, service: ServiceDep) -> Response:
    """Return the state of an upload made with `wait=false`; jobs survive a restart.

    `running` files are being taken in; `encoding` means that all can be found by their words and
    vectors are being made.
    """
    return JSONResponse(job_json(service.library.job(job_id)))


@router.delete(
    "/v1/jobs/{job_id}",
    summary="Drop an upload",
    status_code=204,
    response_class=Response,
    responses=problems(404, 503),
)
def delete_job(job_id: str, service: ServiceDep) -> Response:
    """Forget a job: what it took in is kept, files that wait are dropped."""
    service.library.delete_job(job_id)
    return Response(status_code=204)
