"""``/healthz``, ``/readyz`` and ``/metrics``: for whatever watches over the service."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.context import MetricsDep, ServiceDep
from api.openapi import problems
from api.problems import ProblemDetails
from api.render import public_check_json
from api.schemas import HealthOut, ReadyOut

router = APIRouter(tags=["operation"])

# Without the language model questions are still answered, in verbatim sentences, and answers say so
# as `degraded`; without the worker they are answered from what is there.
SPARED = frozenset({"llm", "worker"})


@router.get("/healthz", summary="Is the process alive?", response_model=HealthOut)
async def healthz() -> Response:
    """Answer as long as the process serves requests at all, however busy its threads are."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    summary="Can questions be answered?",
    response_model=ReadyOut,
    responses=problems(503),
)
def readyz(service: ServiceDep) -> Response:
    """Check database, index and models; 503 with the checks when one isn't fine.

    Without the language model (`llm`) the service stays ready: it answers in verbatim sentences.
    So it does while deferred work, jobs and vectors (`worker`), can't be done.
    """
    checks = service.check()
    listed = [public_check_json(check) for check in checks]
    failed = [check.name for check in checks if not check.ok and check.name not in SPARED]
    if failed:
        return ProblemDetails(
            503,
            "not_ready",
            f"Not fine: {', '.join(failed)}; `transcript-qa doctor` tells why.",
            headers={"Retry-After": "5"},
            extra={"checks": listed},
        ).response()
    return JSONResponse({"status": "ready", "checks": listed})


@router.get("/metrics", summary="Counters and latencies", response_class=Response)
async def metrics(counters: MetricsDep) -> Response:
    """Return the metrics in Prometheus' text format."""
    return Response(counters.render(), headers={"Content-Type": CONTENT_TYPE_LATEST})
