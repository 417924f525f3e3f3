"""The conversations written to learn from are what ``seeds/README.md`` promises."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

# As in ``tests.conftest``; pytest names a test for each file before any fixture exists.
_LESSONS = Path(__file__).resolve().parents[3] / "seeds" / "lessons"
FILES = sorted(_LESSONS.glob("*.jsonl"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def conversations(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    path = request.param
    assert isinstance(path, Path)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_every_quote_is_verbatim_in_a_turn(conversations: list[dict[str, Any]]) -> None:
    for row in conversations:
        texts = [text for _, text in row["turns"]]
        for question in row["questions"]:
            for quote in question["quotes"]:
                assert any(quote in text for text in texts), (row["title"], quote)


def test_every_short_answer_stands_in_a_quote(conversations: list[dict[str, Any]]) -> None:
    for row in conversations:
        for question in row["questions"]:
            for answer in question["answers"]:
                assert any(answer in quote for quote in question["quotes"]), question["q"]


def test_a_quarter_to_a_half_of_the_questions_have_no_answer(
    conversations: list[dict[str, Any]],
) -> None:
    for row in conversations:
        assert len(row["questions"]) == len({question["q"] for question in row["questions"]})
    asked = [question for row in conversations for question in row["questions"]]
    share = sum(not question["quotes"] for question in asked) / len(asked)
    assert 0.25 < share <= 0.5
