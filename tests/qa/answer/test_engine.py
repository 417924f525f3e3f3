from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest

from index.errors import InvalidQuery, ModelUnavailable
from index.records import Filters, Hit
from qa.answer.compose import OTHER_LANGUAGE, REPLIES
from qa.answer.engine import AnswerEvent, Engine, Limits, RetrievalEvent, StatementEvent
from qa.conversation.rewrite import CarryOver
from qa.evidence.candidates import BaselineRanker, Ranked
from qa.generation.phrase import PhrasedStatement
from qa.generation.restate import restated
from qa.generation.writing import Writer
from qa.records import Abstention, Answer, Ask, CitedSpan, Evidence, Exchange, Mode
from qa.verify import Verifier
from qa.verify.reasons import EXPLAINED
from tests.builders import FakeRetriever, make_hit


class FixedConfidence:
    """An answerability model that always says the same."""

    def __init__(self, value: float) -> None:
        self.value = value

    def confidence(self, ranked: Sequence[Ranked]) -> float:
        """Return the fixed value, 0 without evidence."""
        return self.value if ranked else 0.0


def make_engine(*hits: Hit, confidence: float = 0.9, close_from: float = 0.2) -> Engine:
    ticks = count()
    return Engine(
        retriever=FakeRetriever(*hits),
        ranker=BaselineRanker(),
        answerability=FixedConfidence(confidence),
        limits=Limits(question_chars=200, statements=3, abstain_below=0.5, close_from=close_from),
        models={"encoder": "fake", "llm": None},
        clock=lambda: next(ticks) / 1000,
        new_id=lambda: "fixed",
    )


TALKS = make_hit(
    ("ANN", "The talks go on. They meet in Berlin."), ("BEN", "In Berlin they meet at noon.")
)


def test_an_answer_quotes_and_cites_the_sentence() -> None:
    answer = make_engine(TALKS).ask(Ask("Where do they meet, in Berlin?"))
    assert answer.status == "answered"
    first = answer.citations[0]
    assert "Berlin" in first.quote
    quote = TALKS.text[first.char_start - TALKS.char_start : first.char_end - TALKS.char_start]
    assert quote == first.quote
    for statement in answer.statements:
        assert statement.citations
        assert answer.answer[statement.char_start : statement.char_end] == statement.text
    assert answer.abstention is None


def test_a_low_confidence_abstains_and_shows_the_nearest() -> None:
    answer = make_engine(TALKS, confidence=0.19).ask(Ask("Where do they meet?"))
    assert (answer.status, answer.statements, answer.citations) == ("abstained", (), ())
    assert answer.answer == (
        "The transcripts don't say. A transcript that isn't here yet may help."
    )
    assert answer.abstention is not None
    assert answer.abstention.reason == "no_evidence"
    assert [c.number for c in answer.abstention.nearest] == [1, 2, 3]
    assert answer.abstention.closest == ()
    assert answer.to_json()["abstention"]["closest"] == ()


@pytest.mark.parametrize("confidence", [0.2, 0.49])
def test_what_comes_close_is_an_abstention_that_shows_the_closest(confidence: float) -> None:
    answer = make_engine(TALKS, confidence=confidence).ask(Ask("Where do they meet?"))
    assert (answer.status, answer.statements, answer.citations) == ("abstained", (), ())
    assert answer.short_answer is None
    assert answer.answer == "The transcripts don't clearly say. The closest passage is below."
    assert answer.abstention is not None
    assert answer.abstention.reason == "no_evidence"
    assert answer.abstention.closest == answer.abstention.nearest[:1]
    assert [c.number for c in answer.abstention.others] == [2, 3]
    assert set(answer.to_json()["abstention"]) == {"reason", "nearest", "closest"}


def test_nothing_is_close_where_the_settings_leave_no_room_for_it() -> None:
    engine = make_engine(TALKS, confidence=0.49, close_from=0.5)
    abstained = engine.ask(Ask("Where do they meet?")).abstention
    assert abstained is not None
    assert abstained.closest == ()


def test_what_comes_close_among_what_was_selected_says_so() -> None:
    engine = make_engine(TALKS, confidence=0.3)
    answer = engine.ask(Ask("Where do they meet?", Filters(speakers=("BEN",))))
    assert answer.answer.startswith("The transcripts that were selected don't clearly say.")
    assert answer.abstention is not None
    assert {c.speaker for c in answer.abstention.closest} == {"BEN"}


@pytest.mark.parametrize("filters", [Filters(), Filters(speakers=("BEN",))])
def test_an_empty_library_is_said_to_be_empty(filters: Filters) -> None:
    answer = make_engine().ask(Ask("Where do they meet?", filters))
    assert answer.status == "abstained"
    assert answer.answer == "There are no transcripts yet."
    assert answer.abstention == Abstention("empty_library", ())


def test_filters_that_nothing_matches_are_said_to_match_nothing() -> None:
    retriever = FakeRetriever()
    retriever.beyond = True
    engine = make_engine()
    engine._retriever = retriever
    answer = engine.ask(Ask("Where do they meet?", Filters(speakers=("BEN",))))
    assert answer.answer == "No transcript matches the filters."
    assert answer.abstention == Abstention("nothing_matches", ())


def test_what_is_there_and_not_found_is_what_the_transcripts_do_not_say() -> None:
    retriever = FakeRetriever()
    retriever.beyond = True
    engine = make_engine()
    engine._retriever = retriever
    answer = engine.ask(Ask("Where do they meet?"))
    assert answer.answer.startswith("The transcripts don't say. ")
    assert answer.abstention == Abstention("no_evidence", ())


def test_a_speaker_filter_binds_every_sentence() -> None:
    answer = make_engine(TALKS).ask(Ask("Where do they meet?", Filters(speakers=("ben",))))
    assert {c.speaker for c in answer.citations} == {"BEN"}
    abstained = make_engine(TALKS, confidence=0.1).ask(Ask("Where?", Filters(speakers=("ben",))))
    assert abstained.answer == (
        "The transcripts that were selected don't say. "
        "A wider filter, or a transcript that isn't here yet, may help."
    )
    assert abstained.abstention is not None
    assert {c.speaker for c in abstained.abstention.nearest} == {"BEN"}


def test_the_filters_reach_the_index() -> None:
    retriever = FakeRetriever(TALKS)
    engine = make_engine()
    engine._retriever = retriever
    filters = Filters(document_ids=("talk",), since="2022-01-01")
    engine.ask(Ask("Where do they meet?", filters))
    assert retriever.asked == [("Where do they meet?", filters)]


def test_identical_questions_get_identical_answers() -> None:
    def ask() -> Answer:
        return make_engine(TALKS).ask(Ask("Where do they meet?"))

    assert ask() == ask()


def test_limit_bounds_the_statements() -> None:
    answer = make_engine(TALKS).ask(Ask("Summarise where they meet", limit=1))
    assert len(answer.statements) == 1


def test_a_stream_is_retrieval_then_statements_then_the_answer() -> None:
    events = list(make_engine(TALKS).stream(Ask("Where do they meet?")))
    assert isinstance(events[0], RetrievalEvent)
    assert events[0].hits == (TALKS,)
    assert isinstance(events[-1], AnswerEvent)
    told = [e.statement for e in events if isinstance(e, StatementEvent)]
    assert tuple(told) == events[-1].answer.statements
    assert len(events) == len(told) + 2


def test_generate_without_a_model_names_the_setting_and_shows_the_nearest() -> None:
    answer = make_engine(TALKS).ask(Ask("Where do they meet?", mode="generate"))
    assert (answer.status, answer.statements) == ("abstained", ())
    assert "TRANSCRIPT_QA_LLM" in answer.answer
    assert answer.abstention is not None
    assert answer.abstention.reason == "needs_model"
    assert len(answer.abstention.nearest) == 3


def test_what_the_transcripts_do_not_say_needs_no_model_to_be_said() -> None:
    answer = make_engine(TALKS, confidence=0.1).ask(Ask("Where do they meet?", mode="generate"))
    assert answer.abstention is not None
    assert answer.abstention.reason == "no_evidence"


@pytest.mark.parametrize("question", ["Hi", "Thanks!", "Bye.", "What can you do?", "ok"])
def test_small_talk_gets_a_reply_of_its_own_and_searches_for_nothing(question: str) -> None:
    retriever = FakeRetriever(TALKS)
    engine = make_engine()
    engine._retriever = retriever
    events = list(engine.stream(Ask(question)))
    assert events[0] == RetrievalEvent(())
    assert isinstance(events[-1], AnswerEvent)
    answer = events[-1].answer
    assert answer.abstention == Abstention("not_a_question", ())
    assert answer.answer in REPLIES.values()
    assert retriever.asked == []


def test_the_replies_to_small_talk_differ() -> None:
    said = [make_engine().ask(Ask(q)).answer for q in ("Hi", "Thanks", "Bye", "Help", "ok")]
    assert len(set(said)) == 5


def test_a_filter_that_is_none_is_refused_with_small_talk_too() -> None:
    with pytest.raises(InvalidQuery, match="since"):
        make_engine(TALKS).ask(Ask("Hi", Filters(since="soon")))


GERMAN = "Wo finden die nächsten Gespräche statt?"
GESPRAECHE = make_hit(("ANNA", "Die nächsten Gespräche finden in Berlin statt. Das ist sicher."))


def test_a_question_in_another_language_is_told_that_english_is_understood() -> None:
    answer = make_engine(TALKS).ask(Ask(GERMAN))
    assert answer.answer == OTHER_LANGUAGE
    assert answer.abstention == Abstention("not_a_question", ())


def test_transcripts_in_another_language_are_still_searched_in_it() -> None:
    answer = make_engine(GESPRAECHE).ask(Ask(GERMAN))
    assert answer.status == "answered"
    doubted = make_engine(GESPRAECHE, confidence=0.3).ask(Ask(GERMAN))
    assert doubted.answer == OTHER_LANGUAGE
    assert doubted.abstention is not None
    assert doubted.abstention.reason == "not_a_question"
    assert doubted.abstention.nearest
    assert doubted.abstention.closest == ()


def test_what_has_nothing_to_search_says_so_in_any_language() -> None:
    assert make_engine().ask(Ask(GERMAN)).answer == "There are no transcripts yet."


@pytest.mark.parametrize("question", ["", "?", "x" * 201])
def test_a_question_that_is_none_is_refused(question: str) -> None:
    with pytest.raises(InvalidQuery):
        make_engine(TALKS).ask(Ask(question))


def test_every_stage_has_a_time() -> None:
    timings = make_engine(TALKS).ask(Ask("Where do they meet?")).timings_ms
    assert set(timings) == {"retrieve", "select", "generate", "verify"}
    assert all(value >= 0 for value in timings.values())


class ScriptedWriter:
    """Says what it is told to say, about the first sentence; an exception is raised instead."""

    def __init__(self, statement: str | Exception | None, short: str | None = None) -> None:
        self.statement = statement
        self.short = short

    def phrase(
        self, question: str, evidence: Sequence[Evidence], short_answer: str | None = None
    ) -> PhrasedStatement | None:
        """Return the scripted statement."""
        if isinstance(self.statement, Exception):
            raise self.statement
        if self.statement is None:
            return None
        return PhrasedStatement(self.statement, (evidence[0],))

    def short_answer(self, question: str, evidence: Evidence) -> str | None:
        """Return the scripted short answer."""
        return self.short


def make_writer(statement: str | Exception | None, short: str | None = None) -> Writer:
    scripted = ScriptedWriter(statement, short)
    return Writer(scripted, scripted, Verifier(), model="scripted", prompt_version=1)


MEETING = make_hit(("ANN", "Well, you know, they meet in Berlin on Friday."))


def ask_with(writer: Writer, mode: Mode = "auto") -> Answer:
    engine = make_engine(MEETING)
    engine._writer = writer
    return engine.ask(Ask("Where do they meet?", mode=mode))


def test_a_generated_statement_that_passes_is_stated_and_cites_the_whole_sentence() -> None:
    answer = ask_with(make_writer("They meet in Berlin on Friday.", "Berlin"))
    (statement,) = answer.statements
    assert (statement.text, statement.origin) == ("They meet in Berlin on Friday.", "generated")
    assert answer.answer == "ANN: They meet in Berlin on Friday. [1]"
    assert answer.citations[0].quote == "Well, you know, they meet in Berlin on Friday."
    assert answer.short_answer == "Berlin"
    assert answer.models["llm"] == "scripted"
    assert answer.models["prompt_version"] == 1


def test_where_the_model_fails_the_sentence_is_told_of_its_speaker() -> None:
    engine = make_engine(make_hit(("ANN", "The board will meet in Berlin on Friday.")))
    engine._writer = replace(make_writer("The board will meet in Paris."), restate=restated)
    answer = engine.ask(Ask("Where will the board meet?"))
    (statement,) = answer.statements
    assert statement.origin == "generated"
    assert answer.answer == "Ann says that the board will meet in Berlin on Friday. [1]"
    assert [r.text for r in answer.rejected] == ["The board will meet in Paris."]


@pytest.mark.parametrize(
    "false",
    [
        "They meet in Paris on Friday.",
        "They meet in Berlin on 3 May.",
        "They do not meet in Berlin on Friday.",
        "Berlin Friday.",
    ],
)
def test_a_statement_that_fails_a_check_is_dropped_and_the_quote_stands(false: str) -> None:
    answer = ask_with(make_writer(false))
    assert [s.origin for s in answer.statements] == ["quoted"]
    assert answer.degraded == ()
    (rejected,) = answer.rejected
    assert (rejected.text, bool(rejected.reasons)) == (false, True)
    assert set(rejected.reasons) <= set(EXPLAINED)
    assert "rejected" not in answer.to_json()
    refused = ask_with(make_writer(false), "generate")
    assert refused.status == "abstained"
    assert refused.abstention is not None
    assert refused.abstention.reason == "unsupported"


def test_a_short_answer_that_is_not_in_the_sentence_is_none() -> None:
    assert ask_with(make_writer(None, "Paris")).short_answer is None
    assert ask_with(make_writer(None, "yes")).short_answer is None


def test_an_outage_degrades_auto_fails_generate_and_leaves_quote_alone() -> None:
    writer = make_writer(ModelUnavailable("it is down"))
    degraded = ask_with(writer)
    assert (degraded.status, degraded.degraded) == ("answered", ("llm_unavailable",))
    assert [s.origin for s in degraded.statements] == ["quoted"]
    with pytest.raises(ModelUnavailable, match="it is down"):
        ask_with(writer, "generate")
    quoted = ask_with(writer, "quote")
    assert (quoted.degraded, quoted.models["llm"]) == ((), None)


def follow(question: str, hit: Hit, *numbers: int, mode: Mode = "auto") -> Answer:
    engine = make_engine(hit)
    engine._rewriter = CarryOver(FakeRecall(hit))
    spans = tuple(
        CitedSpan("talk", hit.document_version, s.char_start, s.char_end)
        for s in (hit.sentences[n] for n in numbers)
    )
    history = (Exchange("Where do they meet?", "In Berlin. [1]", spans),)
    return engine.ask(Ask(question, history=history, mode=mode))


class FakeRecall(FakeRetriever):
    """A retriever that finds earlier citations too."""

    def is_current(self, document_id: str, version: str) -> bool:
        """Return true: nothing is ever replaced here."""
        return True

    def passage_at(self, document_id: str, version: str, char_start: int, char_end: int) -> Hit:
        """Return the first hit."""
        return self.hits[0]


def test_who_said_that_is_answered_by_the_label_of_the_source() -> None:
    answer = follow("Who said that?", TALKS, 2)
    assert answer.answer == "BEN: “In Berlin they meet at noon.” [1]"
    assert (answer.short_answer, answer.confidence) == ("BEN", 1.0)
    assert answer.rewritten_question == "Who said “In Berlin they meet at noon.”?"
    assert answer.question == "Who said that?"


def test_who_said_that_has_no_answer_where_the_source_has_no_label() -> None:
    unlabelled = make_hit("They meet in Berlin.")
    answer = follow("Who said that?", unlabelled, 0)
    assert answer.status == "abstained"
    assert answer.abstention is not None
    assert answer.abstention.nearest[0].speaker is None


def test_a_follow_up_is_asked_as_it_is_meant_and_says_so() -> None:
    answer = follow("And at noon?", TALKS, 1)
    assert answer.rewritten_question == "Where do they meet at noon?"
    assert follow("Where do the talks go on?", TALKS, 1).rewritten_question is None


def test_a_follow_up_after_thanks_follows_on_what_was_asked_before() -> None:
    engine = make_engine(TALKS)
    engine._rewriter = CarryOver(FakeRecall(TALKS))
    history = (
        Exchange("Where do they meet?", "In Berlin."),
        Exchange("Thanks!", "You're welcome."),
    )
    asked = engine.ask(Ask("And at noon?", history=history))
    assert asked.rewritten_question == "Where do they meet at noon?"


def test_an_answer_that_could_miss_something_says_so() -> None:
    engine = make_engine(MEETING)
    retriever = FakeRetriever(MEETING)
    retriever.pending = True
    engine._retriever = retriever
    assert engine.ask(Ask("Where do they meet?")).degraded == ("vectors_pending",)


def test_an_answer_to_a_question_for_all_says_how_much_was_looked_at() -> None:
    events = list(make_engine(TALKS).stream(Ask("List all that they say of Berlin")))
    assert isinstance(events[-1], AnswerEvent)
    answer = events[-1].answer
    pieces = "".join(e.text for e in events if isinstance(e, StatementEvent))
    remark = "(Looked at the 3 nearest sentences, in 1 transcript; there may be more.)"
    assert answer.answer == f"{pieces}\n{remark}"
