from __future__ import annotations

from starlette.testclient import TestClient

from api.schemas import JobOut, SubmittedOut
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


def test_an_upload_that_nobody_waits_for_becomes_a_job(
    client: TestClient, service: FakeService
) -> None:
    files = [("files", ("one.txt", TALKS.encode())), ("files", ("two.txt", b""))]

    reply = client.post("/v1/documents", params={"wait": "false"}, files=files)

    assert reply.status_code == 202
    job_id = SubmittedOut.model_validate(reply.json()).job_id
    assert reply.headers["location"] == f"/v1/jobs/{job_id}"
    job = JobOut.model_validate(client.get(reply.headers["location"]).json())
    assert [each.document_id for each in job.documents] == ["one"]
    assert [each.name for each in job.refused] == ["two.txt"]


def test_what_is_wrong_with_a_job_is_said_before_it_is_one(
    client: TestClient, service: FakeService
) -> None:
    files = {"files": ("one.txt", TALKS.encode())}

    reply = client.post("/v1/documents?wait=false", files=files, data={"format": "stone"})

    check_problem(reply, 422, "format")
    assert service.library.jobs == {}


def test_a_job_can_be_dropped(client: TestClient, service: FakeService) -> None:
    job_id = service.library.submit([Source("one.txt", TALKS.encode())])

    assert client.delete(f"/v1/jobs/{job_id}").status_code == 204

    check_problem(client.get(f"/v1/jobs/{job_id}"), 404, "unknown_job")
    check_problem(client.delete(f"/v1/jobs/{job_id}"), 404, "unknown_job")
