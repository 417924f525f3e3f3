"""What of an instruct model's reply is stated as it ships: words of the sources, and no others."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from qa.generation.instruct.writer import InstructWriter
from qa.llm.cancellation import Cancellation, Cancelled
from qa.records import Answer, Ask, Evidence
from qa.verify import Verdict, Verifier
from tests.builders import FakeRetriever, make_hit
from tests.qa.generation.instruct.test_writer import BERLIN, PARIS, QUESTION, WEEKS, talking, texts
from tests.qa.llm.scripted_server import Says, ScriptedServer, statements

FALSE = {"text": "The next round in Berlin was cancelled.", "cites": ["S2"]}
S1 = "There was a promise to meet again in two weeks."
S2 = "The next round will be in Berlin."


def asked(*replies: str, limit: int | None = None) -> tuple[Answer, ScriptedServer]:
    server = ScriptedServer(*map(Says, replies))
    with talking(server, free=False) as talk:
        return talk.ask("generate", limit), server


def test_free_wording_is_replaced_by_the_quote_of_what_it_cites() -> None:
    for false in (FALSE, PARIS):
        answer, server = asked(statements(false, WEEKS))
        assert texts(answer) == [S2, S1]
        assert {(s.origin, s.support) for s in answer.statements} == {("quoted", 1.0)}
        assert answer.answer.startswith(f"MAYNES: “{S2}” [1]\nMAYNES: “{S1}” [2]")
        assert len(server.requests) == 1


def test_a_sentence_without_its_fillers_is_stated_and_one_as_it_stands_quoted() -> None:
    spoken = make_hit(("MAYNES", "Well, you know, the next round of talks will be in Berlin."))
    cut = {"text": "The next round of talks will be in Berlin.", "cites": ["S1"]}
    with talking(ScriptedServer(Says(statements(cut))), free=False) as talk:
        talk.engine._retriever = FakeRetriever(spoken)
        (statement,) = talk.ask().statements
    assert (statement.text, statement.origin) == (cut["text"], "generated")
    answer, _ = asked(statements(BERLIN))
    assert [(s.text, s.origin) for s in answer.statements] == [(S2, "quoted")]


def test_a_quote_is_a_whole_sentence_even_where_the_model_copied_a_part() -> None:
    part = {
        "text": "A response was positive.",
        "cites": ["S5"],
        "quote": "positive in the response",
    }
    answer, _ = asked(statements(part))
    assert texts(answer) == ["Lavrov said there was nothing positive in the response."]


def test_the_sentence_that_was_copied_comes_first_and_two_are_quoted_at_most() -> None:
    many = {
        "text": "All of that happened.",
        "cites": ["S1", "S5", "S2"],
        "quote": "The next round will be",
    }
    answer, _ = asked(statements(many), limit=5)
    assert texts(answer) == [S2, S1]
    assert texts(asked(statements(many, FALSE, WEEKS), limit=1)[0]) == [S2]


def test_no_sentence_is_told_twice() -> None:
    answer, _ = asked(statements(BERLIN, FALSE, PARIS), limit=5)
    assert texts(answer) == [S2]


def test_what_cites_nothing_is_told_back_once_and_goes() -> None:
    nothing = {**FALSE, "cites": ["S77"]}
    answer, server = asked(statements(nothing), statements(nothing))
    assert answer.abstention is not None
    assert (answer.abstention.reason, len(server.requests)) == ("unsupported", 2)


class Counting:
    """Lets nothing pass and counts; the client leaves at one of the statements."""

    def __init__(self, cancellation: Cancellation | None = None, leaves_at: int = 0) -> None:
        self.seen = 0
        self._cancellation = cancellation
        self._leaves_at = leaves_at

    def verify(self, statement: str, cited: Sequence[Evidence]) -> Verdict:
        self.seen += 1
        if self._cancellation is not None and self.seen == self._leaves_at:
            self._cancellation.cancel()
        return Verdict(False, 0.0, ("weak",))


def six_hundred() -> str:
    return statements(*({**BERLIN, "text": f"It was in Berlin {n} times."} for n in range(600)))


def test_of_six_hundred_statements_few_are_verified() -> None:
    server = ScriptedServer(always=Says(six_hundred(), size=2000))
    with talking(server, claims=20) as talk:
        check = Counting()
        talk.engine._writer = InstructWriter(talk.model, check, free=True, claims=20)
        assert talk.ask().abstention is not None
    assert check.seen == 40, "twenty of the reply and twenty of its repair"
    assert max(len(prompt) for prompt in server.prompts) < 5000


def test_nothing_more_is_verified_once_the_client_has_left() -> None:
    cancellation = Cancellation()
    check = Counting(cancellation, leaves_at=3)
    with talking(ScriptedServer(always=Says(six_hundred(), size=40_000))) as talk:
        talk.engine._writer = InstructWriter(talk.model, check, free=True)
        with pytest.raises(Cancelled):
            talk.engine.ask(Ask(QUESTION), cancellation)
    assert check.seen == 3


def test_a_model_that_is_trusted_may_use_its_own_words() -> None:
    with talking(ScriptedServer(Says(statements(WEEKS))), free=True) as talk:
        (statement,) = talk.ask().statements
    assert (statement.text, statement.origin) == (WEEKS["text"], "generated")


def test_the_counts_of_a_server_that_lies_cost_few_requests() -> None:
    class Lying:
        name = "m"
        counted = 0

        def context_tokens(self) -> int:
            return 4096

        def count_tokens(self, text: str) -> int:
            self.counted += 1
            return 3073  # one more than there is room for

    model = Lying()
    many = make_hit(*(f"Sentence {n} is about the next round of talks." for n in range(200)))
    with talking(ScriptedServer()) as talk:
        talk.engine._retriever = FakeRetriever(many)
        talk.engine._writer = InstructWriter(model, Verifier())  # type: ignore[arg-type]
        started = time.monotonic()
        with pytest.raises(AttributeError):  # it is asked for the reply then
            talk.ask()
    assert model.counted <= 12
    assert time.monotonic() - started < 20
