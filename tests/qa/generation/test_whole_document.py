"""Summaries of transcripts that are longer than the model's context, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelUnavailable
from index.library import Library
from index.records import Filters, Source
from qa.answer.engine import AnswerEvent, Engine, StatementEvent
from qa.generation.instruct.writer import InstructWriter
from qa.generation.whole_document import asks_for_summary, in_turns, split, spread, whole
from qa.llm.cancellation import Cancellation, Cancelled
from qa.llm.streaming import StreamingEndpoint, StreamLimits
from qa.llm.tokens import ServerTokens
from qa.records import Ask, Mode
from qa.verify import Verifier
from tests.builders import FakeEncoder
from tests.qa.answer.test_engine import make_engine
from tests.qa.generation.instruct.test_writer import cancel_when, wait_until
from tests.qa.llm.scripted_server import Fails, Says, ScriptedServer, Step, statements

PLACES = ("harbour", "library", "market", "school", "museum", "station", "garden", "theatre")
WORDS = [f"The council talked about the {place} in hour {n}." for n, place in enumerate(PLACES, 2)]
LONG = "\n".join(
    ["Council", "20240312", "https://ellery.example/1"]
    + [
        line
        for words in WORDS
        for line in (
            f"ANN: {words}",
            *(f"BEN: Somebody went on and on about nothing at all, number {n}." for n in range(20)),
        )
    ]
)
SUMMARY = "Summarise the meeting."


class Reader(ScriptedServer):
    """States the first sentence of the council that it is shown; fails where it is told to."""

    def __init__(self, *, failing: str | None = None, choice: Step | None = None) -> None:
        super().__init__(context=1200)
        self.failing = failing
        self.choice = choice
        self.parts: list[str] = []

    def next_step(self, body: dict[str, object]) -> Step:
        self.requests.append(body)
        shown = self.prompts[-1]
        if shown.startswith("NOTES"):
            return self.choice or Fails(500)
        self.parts.append(shown)
        if self.failing is not None and self.failing in shown:
            return Fails(401)
        found = re.findall(r"\[(S\d+) \| ANN [^\]]*\] (.+)", shown)
        return Says(statements(*({"text": text, "cites": [id_]} for id_, text in found)))


@contextmanager
def summing(server: ScriptedServer, folder: Path, parts: int = 8) -> Iterator[Engine]:
    library = Library.open(folder, FakeEncoder())
    list(library.ingest([Source("long.txt", LONG.encode(), document_id="long")]))

    async def pause(seconds: float) -> None:
        """Take no time."""

    with server.running() as endpoint:
        tokens = ServerTokens(lambda: endpoint, "m", None)
        model = StreamingEndpoint("m", lambda: endpoint, tokens, StreamLimits(20.0), pause)
        engine = make_engine()
        engine._retriever = engine._documents = library
        engine._writer = InstructWriter(model, Verifier(), parts=parts, free=True)
        try:
            yield engine
        finally:
            model.close()
            library.close()


def ask(mode: Mode = "auto", limit: int | None = None) -> Ask:
    return Ask(SUMMARY, Filters(document_ids=("long",)), mode=mode, limit=limit)


def test_a_long_transcript_is_gone_through_in_parts_and_every_citation_survives(
    tmp_path: Path,
) -> None:
    server = Reader()
    with summing(server, tmp_path) as engine:
        answer = engine.ask(ask(limit=10))
        assert len(server.parts) > 1
        shown = "\n".join(server.parts)
        assert all(words in shown for words in WORDS)
        assert [s.text for s in answer.statements] == WORDS
        assert isinstance(engine._documents, Library)
        text = engine._documents.text("long")
        for statement, citation in zip(answer.statements, answer.citations, strict=True):
            assert statement.citations == (citation.number,)
            assert text[citation.char_start : citation.char_end] == statement.text
    assert answer.answer.endswith("(Looked at 168 of 168 sentences, in 1 transcript.)")
    assert answer.degraded == ()
    assert answer.usage.requests == len(server.requests) == len(server.parts)
    assert answer.usage.prompt_tokens == 100 * len(server.requests)


def test_the_model_chooses_among_verified_notes_by_number(tmp_path: Path) -> None:
    server = Reader(choice=Says("N8, N99, N3 and N3: The council was abolished."))
    with summing(server, tmp_path) as engine:
        answer = engine.ask(ask(limit=4))
    assert [s.text for s in answer.statements] == [WORDS[7], WORDS[2]]
    assert answer.usage.requests == len(server.parts) + 1


@pytest.mark.parametrize("choice", [Fails(400), Says("None of them."), Says("", refusal="No.")])
def test_a_choice_that_fails_takes_notes_of_every_part(tmp_path: Path, choice: Step) -> None:
    server = Reader(choice=choice)
    with summing(server, tmp_path) as engine:
        answer = engine.ask(ask(limit=4))
    assert len(answer.statements) == 4
    assert {s.text for s in answer.statements} <= set(WORDS)
    assert answer.statements[0].text == WORDS[0]
    assert answer.statements[1].text in server.parts[1]


def test_a_part_that_fails_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    with summing(Reader(failing="the library"), tmp_path) as engine:
        answer = engine.ask(ask(limit=10))
    told = [s.text for s in answer.statements]
    assert WORDS[1] not in told
    assert told[-1] == WORDS[-1]
    assert answer.degraded == ("llm_unavailable",)
    found = re.search(r"Looked at (\d+) of 168 sentences", answer.answer)
    assert found is not None
    assert 0 < int(found[1]) < 168


def test_when_every_part_fails_it_is_an_outage_and_no_abstention(tmp_path: Path) -> None:
    with summing(Reader(failing="S1"), tmp_path) as engine:
        with pytest.raises(ModelUnavailable):
            engine.ask(ask("generate"))
        assert engine.ask(ask()).degraded == ("llm_unavailable",)


def test_no_more_parts_are_read_than_are_allowed_and_the_answer_says_so(tmp_path: Path) -> None:
    server = Reader()
    with summing(server, tmp_path, parts=2) as engine:
        answer = engine.ask(ask(limit=10))
    assert len(server.parts) == 2
    told = [s.text for s in answer.statements]
    assert (told[0], told[-1]) == (WORDS[0], WORDS[-1])
    assert "(Looked at 168 of 168" not in answer.answer


def test_a_part_without_support_states_nothing(tmp_path: Path) -> None:
    false = Says(statements({"text": "They will meet in Paris.", "cites": ["S1"]}))
    with summing(ScriptedServer(always=false, context=1200), tmp_path) as engine:
        answer = engine.ask(ask())
    assert (answer.status, answer.degraded) == ("abstained", ())


def test_statements_leave_only_verified_and_cancelling_ends_the_parts(tmp_path: Path) -> None:
    server = ScriptedServer(always=Says("", then="stall"), context=1200)
    with summing(server, tmp_path) as engine:
        cancellation = Cancellation()
        events = engine.stream(ask(), cancellation)
        next(events)
        cancel_when(lambda: server.open == 1, cancellation)
        with pytest.raises(Cancelled):
            list(events)
        wait_until(lambda: server.open == 0)
    assert len(server.requests) == 1
    with summing(Reader(), tmp_path / "again") as engine:
        streamed = list(engine.stream(ask(limit=10)))
    assert isinstance(streamed[-1], AnswerEvent)
    told = [e.statement for e in streamed if isinstance(e, StatementEvent)]
    assert tuple(told) == streamed[-1].answer.statements


@pytest.mark.parametrize(
    ("question", "ids", "asks"),
    [
        (SUMMARY, ("a",), True),
        ("What are the main points of both?", ("a", "b"), True),
        ("What was the meeting about?", ("a",), True),
        (SUMMARY, (), False),
        (SUMMARY, ("a", "b", "c", "d"), False),
        ("When did they meet?", ("a",), False),
    ],
)
def test_a_summary_is_of_a_few_named_documents(
    question: str, ids: tuple[str, ...], asks: bool
) -> None:
    assert asks_for_summary(question, Filters(document_ids=ids)) is asks


def test_a_filter_binds_every_sentence_of_a_whole_document(tmp_path: Path) -> None:
    with summing(Reader(), tmp_path) as engine:
        assert isinstance(engine._documents, Library)
        kept = whole(engine._documents, Filters(document_ids=("long",), speakers=("ann",)))
    assert [item.text for item in kept] == WORDS


@given(st.lists(st.integers(1, 50)), st.integers(1, 60))
def test_parts_hold_everything_once_and_no_more_than_fits(sizes: list[int], room: int) -> None:
    items = list(range(len(sizes)))
    parts = split(items, sizes, room)
    assert [item for part in parts for item in part] == items
    assert all(sum(sizes[i] for i in part) <= room or len(part) == 1 for part in parts)


def test_a_spread_keeps_both_ends_and_turns_take_from_every_group() -> None:
    assert spread(range(10), 3) == (0, 4, 9)
    assert spread(range(2), 3) == (0, 1)
    assert spread(range(5), 1) == (0,)
    assert in_turns([[1, 2], [], [3]]) == (1, 3, 2)
