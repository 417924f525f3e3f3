"""The main job over real HTTP with the real encoder: ask the seeds, check every citation."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.schemas import AnswerOut
from tests.api.checks import check_problem
from tests.api.server import PATIENCE_S, Served, command, serve

pytestmark = pytest.mark.e2e

SEEDS = Path(__file__).parents[2] / "seeds"
QUESTIONS: list[dict[str, Any]] = [
    json.loads(line) for line in (SEEDS / "questions.jsonl").read_text("utf-8").splitlines()
]
TALKS = "Talks\n20220127\nhttps://radio.example/t\nANNA: The ferry leaves at noon from Gate 7.\n"


def ask(http: httpx.Client, question: str, **more: object) -> AnswerOut:
    reply = http.post("/v1/ask", json={"question": question, **more})
    assert reply.status_code == 200, reply.text
    return AnswerOut.model_validate(reply.json())


@pytest.mark.parametrize(
    ("question", "holds", "speaker"),
    [
        ("Where will the next round of talks be held?", "in Berlin", "MAYNES"),
        ("What did Lavrov say about NATO expansion?", "nothing positive", "MAYNES"),
        ("Which foreign minister did Blinken speak with?", "Wang Yi", "MAYNES"),
        ("How many Russian troops are near Ukraine's border?", "hundred thousand", "MAYNES"),
        ("When are the Olympic opening ceremonies?", "February 4", "MAYNES"),
        ("Who hosted the peace talks in Paris?", "France and Germany host", "MAYNES"),
    ],
)
def test_the_first_citation_holds_the_answer(
    http: httpx.Client, question: str, holds: str, speaker: str
) -> None:
    answer = ask(http, question)

    assert answer.status == "answered"
    assert holds in answer.citations[0].quote
    assert answer.citations[0].speaker == speaker


@pytest.mark.parametrize(
    "question", ["What is the capital of Australia?", "Who won the World Cup?"]
)
def test_what_the_transcripts_do_not_say_is_not_answered(http: httpx.Client, question: str) -> None:
    answer = ask(http, question)

    assert answer.status == "abstained"
    assert answer.abstention is not None


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked["id"])
def test_every_citation_is_verbatim_and_attributed_as_in_the_source(
    http: httpx.Client, asked: dict[str, Any]
) -> None:
    answer = ask(http, asked["question"])

    cited = {number for statement in answer.statements for number in statement.citations}
    assert cited == {citation.number for citation in answer.citations}
    for statement in answer.statements:
        assert statement.citations
        assert answer.answer[statement.char_start : statement.char_end] == statement.text
    nearest = answer.abstention.nearest if answer.abstention else []
    assert bool(answer.statements) == (answer.status == "answered")
    for citation in [*answer.citations, *nearest]:
        version = {"version": citation.document_version}
        base = f"/v1/documents/{citation.document_id}"
        text = http.get(f"{base}/text", params=version).content.decode("utf-8")
        turns = http.get(f"{base}/turns", params=version).json()["turns"]
        turn = turns[citation.turn]
        assert text[citation.char_start : citation.char_end] == citation.quote
        assert turn["char_start"] <= citation.char_start < citation.char_end <= turn["char_end"]
        assert (turn["number"], turn["speaker"]) == (citation.turn, citation.speaker)


@pytest.mark.parametrize("speaker", ["MAYNES", "INSKEEP", "maynes"])
def test_a_speaker_filter_never_leaks(http: httpx.Client, speaker: str) -> None:
    for asked in QUESTIONS:
        answer = ask(http, asked["question"], filters={"speakers": [speaker]})
        nearest = answer.abstention.nearest if answer.abstention else []
        for citation in [*answer.citations, *nearest]:
            assert citation.speaker == speaker.upper()
        hits = http.post(
            "/v1/search",
            json={"query": asked["question"], "filters": {"speakers": [speaker]}},
        ).json()["hits"]
        assert all(speaker.upper() in hit["speakers"] for hit in hits)


def without_what_may_differ(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key not in {"id", "timings_ms"}}


def test_identical_requests_get_identical_answers(http: httpx.Client) -> None:
    for asked in QUESTIONS:
        body = {"question": asked["question"], "mode": "quote"}
        first, second = (http.post("/v1/ask", json=body).json() for _ in range(2))
        assert without_what_may_differ(first) == without_what_may_differ(second)


@pytest.mark.parametrize(
    ("question", "options", "filters"),
    [
        ("Where will the next round of talks be held?", [], {}),
        ("Who won the World Cup?", [], {}),
        (
            "What did Lavrov say about NATO expansion?",
            ["--speaker", "MAYNES", "--since", "2022-01-01"],
            {"speakers": ["MAYNES"], "since": "2022-01-01"},
        ),
    ],
)
def test_the_command_line_and_http_give_the_same_json(
    http: httpx.Client,
    served: Served,
    question: str,
    options: list[str],
    filters: dict[str, object],
) -> None:
    ran = command(served.data_dir, "ask", question, *options, "--json")
    reply = http.post("/v1/ask", json={"question": question, "filters": filters})

    assert ran.returncode == 0, ran.stderr
    printed = json.loads(ran.stdout)
    assert list(printed) == list(reply.json())
    assert without_what_may_differ(printed) == without_what_may_differ(reply.json())


def test_a_stream_ends_with_the_answer_that_is_given_whole(http: httpx.Client) -> None:
    question = {"question": "Where will the next round of talks be held?"}
    events: list[tuple[str, Any]] = []
    with http.stream("POST", "/v1/ask", json={**question, "stream": True}) as reply:
        name = ""
        for line in reply.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((name, json.loads(line.removeprefix("data: "))))

    assert (events[0][0], events[-1][0]) == ("retrieval", "answer")
    whole = http.post("/v1/ask", json=question).json()
    assert without_what_may_differ(events[-1][1]) == without_what_may_differ(whole)
    stated = [data["statement"] for name, data in events if name == "statement"]
    assert stated == whole["statements"]


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/ask", {"question": ""}, 422, "invalid_query"),
        ("/v1/ask", {"question": "x" * 20_000}, 422, "invalid_query"),
        ("/v1/ask", {"question": "—?!"}, 422, "invalid_query"),
        ("/v1/ask", {"question": "who\0"}, 422, "invalid_query"),
        ("/v1/ask", {"question": "who", "filters": {"since": "2022-02-30"}}, 422, "invalid_query"),
        (
            "/v1/ask",
            {"question": "who", "filters": {"document_ids": ["no"]}},
            404,
            "unknown_document",
        ),
        ("/v1/ask", {"question": "who", "speakers": ["A"]}, 422, "validation_error"),
        ("/v1/ask", b"{", 400, "invalid_json"),
        ("/v1/search", {"query": '"(*:^~ AND'}, None, None),
        ("/v1/search", {"query": "?*"}, 422, "invalid_query"),
        ("/v1/search", {"query": "a\0"}, 422, "invalid_query"),
    ],
)
def test_bad_questions_get_a_clear_error(
    http: httpx.Client, path: str, body: object, status: int | None, code: str | None
) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    reply = http.post(path, content=content, headers=JSON)

    if status is None or code is None:
        assert reply.status_code == 200
    else:
        check_problem(reply, status, code)


def test_bad_uploads_are_refused_with_a_reason_and_lose_nothing(http: httpx.Client) -> None:
    before = http.get("/v1/documents").json()
    files = [
        ("files", ("empty.txt", b"")),
        ("files", ("blank.txt", b" \n\n ")),
        ("files", ("image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0")),
        ("files", ("latin.txt", "Café crème\nANNA: déjà vu".encode("latin-1"))),
    ]

    problem = check_problem(http.post("/v1/documents", files=files), 422, "all_refused")

    assert problem["documents"] == []
    assert [each["name"] for each in problem["refused"]] == [name for _, (name, _) in files]
    assert all(each["code"] and each["detail"] for each in problem["refused"])
    assert http.get("/v1/documents").json() == before


def test_a_file_of_one_line_gets_an_outcome_that_says_what_it_became(http: httpx.Client) -> None:
    reply = http.post("/v1/documents", files=[("files", ("line.txt", b"Only one line"))])

    outcome = reply.json()
    assert len(outcome["documents"]) + len(outcome["refused"]) == 1
    for document in outcome["documents"]:
        http.delete(f"/v1/documents/{document['document_id']}")


def test_an_upload_is_searchable_on_return_and_gone_once_deleted(http: httpx.Client) -> None:
    question = "When does the ferry leave?"
    files = [("files", ("ferry.txt", TALKS.encode())), ("files", ("bad.txt", b""))]

    reply = http.post("/v1/documents", files=files)

    assert reply.status_code == 201
    (document,) = reply.json()["documents"]
    assert document["status"] == "new"
    answer = ask(http, question)
    assert answer.citations[0].quote == "The ferry leaves at noon from Gate 7."
    assert answer.citations[0].speaker == "ANNA"
    again = http.post("/v1/documents", files=files[:1]).json()["documents"]
    assert [each["status"] for each in again] == ["unchanged"]

    address = f"/v1/documents/{document['document_id']}"
    assert http.delete(address).status_code == 204
    check_problem(http.get(address), 410, "deleted_document")
    cited = ask(http, question).citations
    assert document["document_id"] not in {citation.document_id for citation in cited}


def chunks(of: bytes, times: int) -> Iterator[bytes]:
    for _ in range(times):
        yield of


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_beyond_the_limit_is_answered_while_it_is_sent(
    http: httpx.Client, declared: bool
) -> None:
    part, times = b" " * 65536, 128
    headers = JSON | ({"content-length": str(len(part) * times)} if declared else {})

    reply = http.post("/v1/ask", content=chunks(part, times), headers=headers)

    check_problem(reply, 413, "too_large")


@pytest.mark.parametrize(
    "path", ["/v1/documents/nope", "/v1/documents/nope/text", "/documents/nope"]
)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_what_is_not_there_names_no_command_to_whoever_has_no_terminal(
    http: httpx.Client, served: Served, path: str, accept: str
) -> None:
    reply = http.get(path, headers={"accept": accept})

    assert reply.status_code == 404
    assert "transcript-qa documents" not in reply.text
    assert "the list of documents shows what there is" in reply.text


def test_what_is_not_there_names_the_command_in_a_terminal(served: Served) -> None:
    ran = command(served.data_dir, "documents", "show", "nope")

    assert ran.returncode == 1
    assert "`transcript-qa documents list`" in ran.stderr


def test_readiness_metrics_and_the_description_are_there(http: httpx.Client) -> None:
    assert http.get("/readyz").json()["status"] == "ready"
    assert "transcript_qa_requests_total" in http.get("/metrics").text
    assert http.get("/openapi.json").json()["openapi"].startswith("3.1")


def test_doctor_finds_everything_fine(served: Served) -> None:
    ran = command(served.data_dir, "doctor", "--json")

    assert ran.returncode == 0, ran.stdout
    assert json.loads(ran.stdout)["ok"] is True


def test_a_port_that_is_taken_is_said_clearly(served: Served, tmp_path: Path) -> None:
    port = served.url.rpartition(":")[2]

    ran = command(tmp_path, "serve", "--port", port)

    assert ran.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_a_reader_that_has_seen_enough_is_no_error(served: Served) -> None:
    # A pipe whose reading end is closed already, as after `| head -0`.
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ran = command(served.data_dir, "documents", "list", stdout=writing)
    finally:
        os.close(writing)

    assert "Traceback" not in ran.stderr


def test_a_library_is_empty_until_the_first_upload(tmp_path: Path) -> None:
    def why(client: httpx.Client, **filters: str) -> str:
        body = {"question": "When does the ferry leave?", "filters": filters, "mode": "quote"}
        answer = client.post("/v1/ask", json=body).json()
        return str(answer["abstention"]["reason"] if answer["abstention"] else answer["status"])

    with (
        serve(tmp_path / "data") as server,
        httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client,
    ):
        assert why(client) == "empty_library"
        ferry = ("files", ("ferry.txt", b"ANNA: The ferry leaves at noon."))
        assert client.post("/v1/documents", files=[ferry]).status_code == 201
        assert why(client) == "answered"
        assert why(client, collection="elsewhere") == "nothing_matches"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_stop_ends(tmp_path: Path, how: signal.Signals) -> None:
    with serve(tmp_path / "data") as server:
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        server.process.send_signal(how)
        server.process.wait(timeout=PATIENCE_S)
    assert server.process.returncode in {0, -how, 130}
