"""An overview and a count on every way in, by a service over a real library."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.cli import run
from api.schemas import AnswerOut
from qa.service import Service
from qa.settings import Settings
from tests.qa.answer.test_whole_transcripts import COUNCIL, SCHOOL, serve, transcript

LOOKED = "Looked at all 25 turns of “Council” (2024-03-12)."


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Service]:
    service = serve(tmp_path, ("council", transcript("Council", *COUNCIL)))
    yield service
    service.close()


def test_an_overview_is_an_ordinary_answer_over_http_in_a_chat_and_on_the_page(
    real: Service,
) -> None:
    question = "Summarize this meeting"
    with TestClient(create_app(real, real.settings), "http://127.0.0.1") as client:
        answer = AnswerOut.model_validate(
            client.post("/v1/ask", json={"question": question}).json()
        )
        counted = AnswerOut.model_validate(
            client.post("/v1/ask", json={"question": "Who spoke most?"}).json()
        )
        chat = client.post(
            "/v1/chat/completions",
            json={
                "model": "transcript-qa",
                "messages": [{"role": "user", "content": question}],
            },
        ).json()["choices"][0]["message"]
        page = client.get("/", params={"question": question}).text
        count_page = client.get("/", params={"question": "Who spoke most?"}).text
    assert answer.status == "answered"
    assert answer.answer.startswith(LOOKED)
    assert {statement.origin for statement in answer.statements} == {"quoted"}
    assert chat["content"] == answer.answer
    assert len(chat["annotations"]) == len(answer.citations)
    assert f'<p class="looked">{LOOKED}' in page
    assert SCHOOL in page
    assert {statement.origin for statement in counted.statements} == {"counted"}
    assert "BEN spoke 266 words" in count_page
    assert "in the model’s words" not in count_page


def test_the_command_line_shows_what_was_looked_at(
    real: Service, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")

    def opened(settings: Settings) -> Service:
        return real

    with pytest.raises(SystemExit) as end:
        run(("ask", "tl;dr"), opened)
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(LOOKED)
    with pytest.raises(SystemExit):
        run(("ask", "who spoke", "--json"), opened)
    assert json.loads(capsys.readouterr().out)["confidence"] == 1.0
