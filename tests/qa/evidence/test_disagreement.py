"""What speakers or dates disagree on is stated with both sides, whatever the model leaves out."""

from __future__ import annotations

import pytest

from index.records import Hit
from qa.evidence.candidates import BaselineRanker, build_candidates
from qa.evidence.disagreement import disagreements
from qa.evidence.select import as_evidence
from qa.records import Answer, Ask, Evidence
from tests.builders import FakeRetriever, make_hit
from tests.qa.generation.instruct.test_writer import talking
from tests.qa.llm.scripted_server import Fails, Says, ScriptedServer, Step, statements

SHUT = "The bridge closure will take nine weeks."
LONGER = "The bridge closure needs fourteen weeks."
NEVER = "I will never vote for a toll on that bridge."
NOW = "I will vote for the bridge toll next week."
COUNCIL = make_hit(("PRICE", SHUT), ("ADEYEMI", NEVER), date="2024-03-12", document_id="council")
RADIO = make_hit(("HRUBY", LONGER), date="2024-05-21", document_id="radio", key=2)
PODCAST = make_hit(("ADEYEMI", NOW), date="2024-09-09", document_id="podcast", key=3)
WEEKS = "How many weeks will the bridge closure take?"
TOLL = "Will Adeyemi vote for the bridge toll?"
# S1 SHUT, S2 NEVER, S3 LONGER, S4 NOW
ONE_SIDE = {"text": "The bridge closure will take nine weeks.", "cites": ["S1"]}
OTHER = {"text": "Hruby says the bridge closure needs fourteen weeks.", "cites": ["S3"]}


def asked(question: str, *steps: Step, limit: int | None = None) -> tuple[Answer, ScriptedServer]:
    server = ScriptedServer(*steps)
    with talking(server) as talk:
        talk.engine._retriever = FakeRetriever(COUNCIL, RADIO, PODCAST)
        return talk.engine.ask(Ask(question, limit=limit)), server


def quotes(answer: Answer) -> set[str]:
    return {citation.quote for citation in answer.citations}


def test_both_sides_are_marked_for_the_model_and_nothing_is_added_to_both() -> None:
    answer, server = asked(WEEKS, Says(statements(ONE_SIDE, OTHER)))
    assert "S1 and S3 may disagree" in server.prompts[0]
    assert quotes(answer) == {SHUT, LONGER}
    assert len(server.requests) == 1


def test_a_missing_side_is_asked_for_once() -> None:
    answer, server = asked(WEEKS, Says(statements(ONE_SIDE)), Says(statements(OTHER)))
    assert [s.text for s in answer.statements] == [ONE_SIDE["text"], OTHER["text"]]
    assert f"[S3 | HRUBY | 2024-05-21 | ?] {LONGER}" in server.prompts[1]
    assert len(server.requests) == 2


@pytest.mark.parametrize("second", [Says(statements(ONE_SIDE)), Says("No."), Fails(401)])
def test_a_side_that_stays_missing_is_quoted(second: Step) -> None:
    answer, _ = asked(WEEKS, Says(statements(ONE_SIDE)), second)
    assert [s.origin for s in answer.statements] == ["generated", "quoted"]
    assert quotes(answer) == {SHUT, LONGER}
    assert answer.answer.endswith(f"HRUBY: “{LONGER}” [2]")


def test_a_speaker_who_changed_his_mind_is_told_with_both_dates() -> None:
    now = {"text": "Adeyemi will vote for the bridge toll next week.", "cites": ["S4"]}
    answer, server = asked(TOLL, Says(statements(now)), Says(statements()))
    assert "S2 and S4 may disagree" in server.prompts[0]
    assert {c.date for c in answer.citations} == {"2024-03-12", "2024-09-09"}
    assert quotes(answer) == {NEVER, NOW}


def test_the_last_place_is_kept_for_the_other_side() -> None:
    more = {"text": "I will vote for the bridge toll next week.", "cites": ["S4"]}
    answer, _ = asked(WEEKS, Says(statements(ONE_SIDE, more)), Says(statements()), limit=2)
    assert quotes(answer) == {SHUT, LONGER}
    alone, server = asked(WEEKS, Says(statements(ONE_SIDE)), limit=1)
    assert quotes(alone) == {SHUT}
    assert len(server.requests) == 1


def evidence(*hits: Hit) -> tuple[Evidence, ...]:
    candidates = build_candidates("", hits, [(0.0,) * len(hit.sentences) for hit in hits])
    return tuple(as_evidence(r) for r in BaselineRanker().rank("x", candidates))


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (WEEKS, "It takes nine weeks.", "It takes 9 weeks."),
        (WEEKS, "It takes nine weeks.", "It costs fourteen pounds."),
        ("How is the weather?", "It takes nine weeks.", "It takes fourteen weeks."),
        (TOLL, NOW, "He will vote for the bridge toll."),
        (TOLL, NOW, "I never liked the weather there."),
        (TOLL, NOW, "Will he never vote for the bridge toll?"),
        (TOLL, NOW, "I don't know who will vote for the bridge toll."),
        (TOLL, NOW, "I will not only vote for the bridge toll."),
        (TOLL, NOW, "No, I will vote for the bridge toll."),
        (TOLL, NOW, "I will vote for the bridge toll, whatever comes, and not a day too late."),
        (
            TOLL,
            NOW,
            "We talked of the bridge toll and nobody came who knew when the council meets.",
        ),
        (WEEKS, "The bridge takes nine weeks.", "I saw Ann fourteen weeks ago in Rome."),
        (
            "Which train does the bridge closure hit?",
            "The bridge closure hits the ten thirty train.",
            "The bridge closure hits the 10:30 train.",
        ),
    ],
)
def test_what_does_not_disagree_is_left_alone(question: str, one: str, other: str) -> None:
    assert disagreements(question, evidence(make_hit(("A", one), ("B", other)))) == ()


def test_the_topic_of_all_sentences_is_not_what_two_of_them_share() -> None:
    others = [("C", f"The bridge toll is thing number {n}.") for n in range(12)]
    said = (("A", "We want a bridge toll."), ("B", "You never want that bridge toll."))
    assert len(disagreements(TOLL, evidence(make_hit(*said)))) == 1
    assert disagreements(TOLL, evidence(make_hit(*said, *others))) == ()


def test_one_speaker_on_one_day_does_not_disagree_with_himself() -> None:
    found = evidence(
        make_hit(("A", "Nine weeks."), ("A", "No, fourteen weeks."), date="2024-01-01")
    )
    assert disagreements(WEEKS, found) == ()
