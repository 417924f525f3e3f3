from __future__ import annotations

from starlette.testclient import TestClient

from api.schemas import ReadyOut
from index.records import CheckResult
from tests.api.checks import check_problem
from tests.api.fakes import FakeService


def test_the_process_is_alive(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def test_ready_when_every_check_is_fine(client: TestClient) -> None:
    reply = client.get("/readyz")

    assert reply.status_code == 200
    assert [check.name for check in ReadyOut.model_validate(reply.json()).checks] == ["database"]


def test_not_ready_says_what_is_wrong_and_no_path(client: TestClient, service: FakeService) -> None:
    service.checks += (
        CheckResult(
            "index", False, "'/srv/x' is full", "free /srv", (("dense", "3"), ("at", "/srv"))
        ),
    )

    problem = check_problem(client.get("/readyz"), 503, "not_ready")

    assert "index" in problem["detail"]
    assert problem["checks"][1] == {
        "name": "index",
        "ok": False,
        "detail": "not fine; `transcript-qa doctor` tells why",
        "remedy": None,
        "values": {"dense": "3"},
    }
    assert "/srv" not in str(problem)


def test_ready_without_the_language_model_since_quotes_need_none(
    client: TestClient, service: FakeService
) -> None:
    service.checks += (CheckResult("llm", False, "no route to /srv/model.gguf"),)

    reply = client.get("/readyz")

    assert reply.status_code == 200
    checks = {check.name: check for check in ReadyOut.model_validate(reply.json()).checks}
    assert not checks["llm"].ok
    assert "/srv" not in reply.text


def test_metrics_count_requests_by_template_and_answers_by_status(client: TestClient) -> None:
    client.post("/v1/ask", json={"question": "Where will the next round be held?"})
    client.post("/v1/ask", json={"question": "What is the capital of Australia?"})
    client.get("/v1/documents/secret-name")

    text = client.get("/metrics").text

    assert 'transcript_qa_answers_total{degraded="no",status="answered"} 1.0' in text
    assert 'transcript_qa_answers_total{degraded="no",status="abstained"} 1.0' in text
    assert 'route="/v1/documents/{document_id}",status="404"' in text
    assert 'transcript_qa_request_seconds_count{route="/v1/ask"} 2.0' in text
    assert "secret-name" not in text


def test_metrics_know_a_bounded_number_of_methods(client: TestClient) -> None:
    for n in range(3):
        client.request(f"BREW{n}", "/")

    text = client.get("/metrics").text

    assert 'method="other",route="/",status="405"} 3.0' in text
    assert "BREW" not in text
