from __future__ import annotations

from starlette.testclient import TestClient

from api.schemas import JobOut
from index.records import Source
from tests.api.checks import check_problem
from tests.api.fakes import TALKS, FakeService


def test_a_job_says_how_far_it_is(client: TestClient, service: FakeService) -> None:
    job_id = service.library.submit([Source("one.txt", TALKS.encode()), Source("two.txt", b"")])

    job = JobOut.model_validate(client.get(f"/v1/jobs/{job_id}").json())

    assert (job.state, job.sources, job.sources_done) == ("done", 2, 2)
    assert [each.document_id for each in job.documents] == ["one"]
    assert [each.name for each in job.refused] == ["two.txt"]


def test_an_unknown_job_is_a_problem(client: TestClient) -> None:
    check_problem(client.get("/v1/jobs/nothing"), 404, "unknown_job")
