from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.cli import run
from api.feedback_export import export
from eval.dataset import load
from eval.validate import validate
from index.records import Filters
from qa.answer.feedback import Feedback, FeedbackFile
from qa.records import CitedSpan
from tests.api.checks import check_problem
from tests.api.fakes import SEED_NAME, TALKS, FakeService, make_service, make_settings, read

DOCUMENT = SEED_NAME.removesuffix(".txt")
BERLIN = "The next round will be in Berlin."
Q = "Where will the next round be held?"


@pytest.fixture
def service(tmp_path: Path) -> FakeService:
    return make_service(settings=make_settings(data_dir=tmp_path))


@pytest.fixture
def client(service: FakeService) -> Iterator[TestClient]:
    with TestClient(create_app(service, service.settings)) as client:
        yield client


def span(service: FakeService, quote: str) -> CitedSpan:
    start = service.library.text(DOCUMENT).index(quote)
    version = service.library.document(DOCUMENT).document_version
    return CitedSpan(DOCUMENT, version, start, start + len(quote))


def body(**changed: object) -> dict[str, object]:
    return {
        "answer_id": "a1",
        "rating": "up",
        "question": Q,
        "status": "answered",
        "answer": f"{BERLIN} [1]",
        **changed,
    }


def make_feedback(service: FakeService, **changed: Any) -> Feedback:
    return replace(
        Feedback(
            answer_id="a1",
            rating="up",
            comment=None,
            question=Q,
            rewritten_question=None,
            filters=Filters(),
            status="answered",
            answer=f"{BERLIN} [1]",
            short_answer="Berlin",
            citations=(span(service, BERLIN),),
            at="2026-01-05T09:30:00+00:00",
        ),
        **changed,
    )


def test_a_rating_is_written_down(client: TestClient, service: FakeService) -> None:
    cited = span(service, BERLIN)
    sent = body(
        comment="Well done 🎉",
        filters={"speakers": ["MAYNES"]},
        citations=[
            {
                "document_id": cited.document_id,
                "document_version": cited.document_version,
                "char_start": cited.char_start,
                "char_end": cited.char_end,
            }
        ],
    )
    reply = client.post("/v1/feedback", json=sent)

    assert (reply.status_code, reply.json()) == (201, {"answer_id": "a1", "rating": "up"})
    (found,) = FeedbackFile(service.settings.data_dir).all()
    assert (found.rating, found.comment, found.citations) == ("up", "Well done 🎉", (cited,))
    assert found.filters == Filters(speakers=("MAYNES",))
    assert found.at.endswith("+00:00")


@pytest.mark.parametrize(
    "changed",
    [
        {"rating": "sideways"},
        {"answer_id": ""},
        {"question": ""},
        {"status": "lost"},
        {"comment": "x" * 2001},
        {"unknown": 1},
        {"filters": {"since": "2022-02-30"}},
    ],
)
def test_what_is_no_rating_is_refused(client: TestClient, changed: dict[str, object]) -> None:
    reply = client.post("/v1/feedback", json=body(**changed))
    check_problem(reply, 422, reply.json()["code"])


def test_half_a_character_is_refused(client: TestClient) -> None:
    content = json.dumps(body(comment="x")).replace('"x"', '"\\ud800"')
    reply = client.post(
        "/v1/feedback", content=content, headers={"content-type": "application/json"}
    )
    check_problem(reply, 422, reply.json()["code"])


def test_a_full_disk_is_an_outage(client: TestClient, service: FakeService) -> None:
    (service.settings.data_dir / "feedback.jsonl").mkdir()
    check_problem(client.post("/v1/feedback", json=body()), 503, "storage")


def test_what_was_found_right_becomes_a_sound_data_set(
    service: FakeService, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = FeedbackFile(service.settings.data_dir)
    file.add(make_feedback(service))
    file.add(make_feedback(service, answer_id="a2", rating="down", comment="No."))
    file.add(
        make_feedback(service, answer_id="a3", status="abstained", citations=(), short_answer=None)
    )
    target = tmp_path / "set"
    with pytest.raises(SystemExit) as end:
        run(["feedback", "export", str(target), "--json"], lambda _: service)

    assert end.value.code in (0, None)
    counts = json.loads(capsys.readouterr().out)
    assert (counts["questions"], counts["documents"], counts["review"]) == (2, 1, 1)
    data = load(target)
    assert validate(data) == ()
    right, unanswerable = data.questions
    assert (right.question, right.answers, right.answerable) == (Q, ("Berlin",), True)
    assert right.evidence[0].quote == BERLIN
    assert (unanswerable.answerable, unanswerable.document_id) == (False, DOCUMENT)
    (review,) = (target / "review.jsonl").read_text("utf-8").splitlines()
    assert json.loads(review)["comment"] == "No."


def test_what_a_transcript_said_before_it_changed_is_to_be_looked_at(service: FakeService) -> None:
    feedback = make_feedback(service)
    service.library.add(SEED_NAME, read(TALKS + "MAYNES: More.\n"))
    assert "changed" in str(export([feedback], service.library).review[0]["why"])
    service.library.delete(DOCUMENT)
    assert "gone" in str(export([feedback], service.library).review[0]["why"])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"citations": ()}, "no citations"),
        ({"filters": Filters(speakers=("NOBODY",))}, "'NOBODY'"),
        ({"filters": Filters(collection="news")}, "collection"),
        ({"status": "abstained", "filters": Filters(speakers=("NOBODY",))}, "no transcript"),
        ({"status": "abstained", "filters": Filters(since="2999-01-01")}, "no transcript"),
        (
            {"status": "abstained", "filters": Filters((DOCUMENT,), ("NOBODY",))},
            "'NOBODY'",
        ),
        ({"status": "abstained", "filters": Filters(("a", "b"))}, "several"),
        ({"rating": "down"}, "wrong"),
    ],
)
def test_what_nobody_vouched_for_is_to_be_looked_at(
    service: FakeService, changed: dict[str, Any], why: str
) -> None:
    exported = export([make_feedback(service, **changed)], service.library)
    assert exported.questions == ()
    assert why in str(exported.review[0]["why"])


@pytest.mark.parametrize("status", ["answered", "abstained"])
def test_a_question_keeps_the_filters_it_was_asked_with(
    service: FakeService, tmp_path: Path, status: str
) -> None:
    service.library.set_aliases(DOCUMENT, {"MAYNES": "Charles Maynes, reporter"})
    given = Filters(speakers=("charles maynes",), since="2022-01-01", until="2022-12-31")
    exported = export([make_feedback(service, status=status, filters=given)], service.library)
    assert exported.review == ()
    for name, rows in (("questions", exported.questions), ("documents", exported.documents)):
        lines = "\n".join(json.dumps(row) for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines, "utf-8")
    data = load(tmp_path)
    assert validate(data) == ()
    assert data.questions[0].filters == replace(given, speakers=("MAYNES",))
    assert data.questions[0].document_id == DOCUMENT


def test_a_follow_up_is_exported_as_what_it_was_understood_as(service: FakeService) -> None:
    asked = make_feedback(service, question="And where?", rewritten_question=Q, short_answer=None)
    (row,) = export([asked], service.library).questions
    assert (row["question"], row["answers"]) == (Q, [BERLIN])


def test_the_list_shows_thumbs_and_comments(
    service: FakeService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRANSCRIPT_QA_DATA_DIR", str(service.settings.data_dir))
    for expected in ("There is no feedback yet", "[bold]not markup"):
        with pytest.raises(SystemExit):
            run(["feedback", "list"], lambda _: service)
        assert expected in capsys.readouterr().out
        FeedbackFile(service.settings.data_dir).add(
            make_feedback(service, rating="down", comment="[bold]not markup")
        )
