"""Uploads and ratings have bounds of their own, and take nothing from those who ask."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.admission import QUEUE_RETRY_S, RECEIVED_FOR_EACH, Rate
from api.app import create_app
from api.problems import ProblemError
from index.ingest.progress import OnProgress
from index.records import Accepted, Refused, Source
from tests.api.checks import Reply, check_problem
from tests.api.fakes import (
    SEED_NAME,
    TALKS,
    FakeLibrary,
    FakeService,
    make_service,
    make_settings,
    read,
)
from tests.api.test_concurrency import QUESTION, until
from tests.api.test_feedback import body

PATIENCE_S = 20


@dataclass
class SlowLibrary(FakeLibrary):
    """Holds every upload back until it is told to go on; counts those at work."""

    go: threading.Event = field(default_factory=threading.Event)
    at_work: int = 0

    def ingest(
        self,
        sources: Iterable[Source],
        *,
        wait: bool = True,
        on_progress: OnProgress | None = None,
    ) -> Iterator[Accepted | Refused]:
        self.at_work += 1
        assert self.go.wait(PATIENCE_S)
        yield from super().ingest(sources, wait=wait)


def upload(client: TestClient, where: str = "/v1/documents", **params: str) -> Reply:
    return client.post(where, params=params, files={"files": ("new.txt", TALKS.encode())})


@pytest.mark.parametrize("where", ["/v1/documents", "/documents"])
def test_a_crowd_of_uploads_leaves_the_threads_to_those_who_ask(where: str) -> None:
    library = SlowLibrary()
    library.add(SEED_NAME, read(TALKS))
    service = FakeService(make_settings(uploads_at_once=2), library)
    app = create_app(service, service.settings)
    admission = app.state.context.admission
    with TestClient(app) as client, ThreadPoolExecutor(44) as crowd:
        uploads: list[Any] = [crowd.submit(upload, client, where) for _ in range(44)]
        until(lambda: sum(each.done() for each in uploads) == 44 - 2 * RECEIVED_FOR_EACH)

        assert library.at_work == 2
        assert client.get("/readyz").status_code == 200
        assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
        library.go.set()
        replies = [each.result(PATIENCE_S) for each in uploads]

    refused = [each for each in replies if each.status_code == 503]
    assert len(refused) == 44 - 2 * RECEIVED_FOR_EACH
    assert all(each.headers["retry-after"] == str(QUEUE_RETRY_S) for each in refused)
    assert admission.receiving == 0


@pytest.mark.parametrize("waiting", [(5, 0), (1, 10_000)], ids=["jobs", "bytes"])
def test_a_full_queue_takes_no_more_jobs(waiting: tuple[int, int]) -> None:
    service = make_service(settings=make_settings(max_jobs=5, max_job_bytes=10_000))
    service.library.waiting_jobs = waiting
    with TestClient(create_app(service, service.settings)) as client:
        refused = upload(client, wait="false")

        check_problem(refused, 429, "queue_full")
        assert int(refused.headers["retry-after"]) > 0
        assert service.library.jobs == {}
        assert upload(client).status_code == 201
        service.library.waiting_jobs = (0, 0)
        assert upload(client, wait="false").status_code == 202


@pytest.mark.parametrize("where", ["/v1/documents", "/documents"])
def test_uploads_leave_the_disk_some_room(where: str) -> None:
    service = make_service(settings=make_settings(min_free_bytes=2**60))
    with TestClient(create_app(service, service.settings)) as client:
        refused = upload(client, where)

        check_problem(refused, 503, "storage_full")
        assert int(refused.headers["retry-after"]) > 0
        assert service.library.taken == []


def test_ratings_come_at_a_rate(tmp_path: Any) -> None:
    service = make_service(settings=make_settings(data_dir=tmp_path, feedback_per_minute=3))
    with TestClient(create_app(service, service.settings)) as client:
        statuses = [client.post("/v1/feedback", json=body()).status_code for _ in range(4)]
        refused = client.post("/v1/feedback", json=body())

    assert statuses == [201, 201, 201, 429]
    check_problem(refused, 429, "too_many_requests")
    assert int(refused.headers["retry-after"]) <= 20


def test_a_rate_recovers() -> None:
    now = [0.0]
    rate = Rate(2, clock=lambda: now[0])
    for _ in range(2):
        rate.take()
    with pytest.raises(ProblemError):
        rate.take()
    now[0] = 30.0
    rate.take()
    with pytest.raises(ProblemError):
        rate.take()


def test_a_rating_is_no_place_to_store_things(client: TestClient) -> None:
    cited = {"document_id": "a", "document_version": "b", "char_start": 0, "char_end": 1}
    for long in ({"answer": "a" * 20_000}, {"citations": [cited] * 51}):
        check_problem(client.post("/v1/feedback", json=body(**long)), 422, "validation_error")
