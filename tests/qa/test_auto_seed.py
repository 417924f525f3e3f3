"""Mode ``auto`` with the real models on the seed transcript, and every statement read by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from index.records import Accepted, Source
from qa.language.tokens import tokens
from qa.records import Answer, Ask, Statement
from qa.service import Service
from qa.settings import Settings

pytestmark = pytest.mark.e2e

TRANSCRIPT = "000_fac1b7b31968a60e.txt"
QUESTIONS = 24
LEAST_GENERATED = 12

REVIEWED = {
    "seed-02": "Maynes says that the next round will be in Berlin.",
    "seed-03": "Yesterday we also saw France and Germany host officials from Russia and Ukraine in "
    "Paris for peace talks focused on the war in East Ukraine.",
    "seed-04": "Blinken also spoke yesterday with China's foreign minister, Wang Yi, who urged all "
    "parties involved in the Ukraine crisis to refrain from inflammatory actions.",
    "seed-05": "Putin has said he will join for the opening ceremonies on February 4.",
    "seed-06": "Let's not forget those hundred thousand Russian troops near Ukraine's border.",
    "seed-07": "Lavrov says that when it came to the main Russian demands regarding NATO expansion "
    "into Eastern Europe and Ukraine, there was nothing positive in the U.S. response.",
    "seed-09": "Blinken says the ball is in Russia's court, and that means it's in Russian "
    "President Vladimir's - Vladimir Putin's court.",
    "seed-10": "That seems to be a reference to suggestions outlined by Secretary of State Antony "
    "Blinken yesterday, in which Blinken said the two sides could meet halfway on issues such as "
    "arms control or general risk reduction.",
    "seed-11": "Maynes says that there was a promise to meet again in two weeks.",
    "seed-12": "There have been reports - denied by the Kremlin - that China's leadership has "
    "asked Putin not to do anything in Ukraine that would upstage the games.",
    "seed-14": "Russia's been carrying out large-scale exercises all week with them.",
    "seed-15": "The two foreign ministers - or the secretary of state and the foreign minister - "
    "have indicated they intend to talk again.",
}
"""Each was compared with the transcript: it is true, and it answers the question.

A change of ranking, prompts or model changes this list: read new statements before adding them.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of the seed with the answers of two modes."""

    question: dict[str, Any]
    auto: Answer
    quote: Answer

    @property
    def generated(self) -> list[Statement]:
        return [s for s in self.auto.statements if s.origin == "generated"]


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, cache_dir: Path, seeds: Path
) -> Iterator[Service]:
    data_dir = tmp_path_factory.mktemp("auto")
    service = Service.open(Settings(data_dir=data_dir, cache_dir=cache_dir))
    source = Source(TRANSCRIPT, (seeds / "transcripts" / TRANSCRIPT).read_bytes())
    (outcome,) = service.library.ingest([source])
    assert isinstance(outcome, Accepted)
    yield service
    service.close()


@pytest.fixture(scope="module")
def asked(service: Service, seeds: Path) -> tuple[Asked, ...]:
    lines = (seeds / "questions.jsonl").read_text(encoding="utf-8").splitlines()[:QUESTIONS]
    questions = [json.loads(line) for line in lines]
    return tuple(
        Asked(
            question,
            service.ask(Ask(question["question"], mode="auto")),
            service.ask(Ask(question["question"], mode="quote")),
        )
        for question in questions
    )


def test_generated_statements_are_the_ones_that_were_read(asked: tuple[Asked, ...]) -> None:
    found = {
        item.question["id"]: statement.text
        for item in asked
        if item.question["answerable"]
        for statement in item.generated
    }
    assert len(found) >= LEAST_GENERATED
    assert found == REVIEWED


def test_generated_statements_have_only_words_of_what_they_cite(asked: tuple[Asked, ...]) -> None:
    for item in asked:
        assert not item.auto.degraded
        for statement in item.generated:
            found = [item.auto.citations[n - 1] for n in statement.citations]
            cited = " ".join(f"{each.speaker or ''}: {each.quote}" for each in found)
            known = {token.stem for token in tokens(cited)}
            words = [token for token in tokens(statement.text) if token.content]
            assert words
            assert [token.text for token in words if token.stem not in known] == []


def test_a_model_changes_nothing_about_abstaining(asked: tuple[Asked, ...]) -> None:
    assert [item.auto.status for item in asked] == [item.quote.status for item in asked]
    assert all(item.auto.confidence == item.quote.confidence for item in asked)


def test_the_same_question_gives_the_same_answer_after_others(
    service: Service, asked: tuple[Asked, ...]
) -> None:
    for item in (asked[2], asked[8], asked[4]):
        again = service.ask(Ask(item.question["question"], mode="auto"))
        assert (again.answer, again.short_answer) == (item.auto.answer, item.auto.short_answer)
