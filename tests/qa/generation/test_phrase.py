from __future__ import annotations

import pytest

from index.errors import ModelUnavailable
from qa.generation.phrase import Phraser
from tests.qa.builders import make_evidence
from tests.qa.llm.fakes import ScriptedModel, said

BRIDGE = make_evidence("Yesterday, the city opened a bridge, and people walked over it.")
QUESTION = "Who opened the bridge?"


def test_the_model_chooses_where_the_statement_begins_and_ends() -> None:
    model = ScriptedModel([said(" The city opened"), said(".")])
    statement = Phraser(model).phrase(QUESTION, [BRIDGE])
    assert statement is not None
    assert statement.text == "The city opened a bridge."
    assert statement.evidence == (BRIDGE,)


def test_a_statement_may_go_on_to_the_end() -> None:
    model = ScriptedModel([said(" Yesterday, the"), said(",")])
    statement = Phraser(model).phrase(QUESTION, [BRIDGE])
    assert statement is not None
    assert statement.text == "Yesterday, the city opened a bridge, and people walked over it."


def test_the_model_is_asked_even_where_it_has_no_choice() -> None:
    model = ScriptedModel([said(" The")])
    evidence = make_evidence("The next round will be in Berlin.")
    statement = Phraser(model).phrase("Where will the next round be?", [evidence])
    assert statement is not None
    assert statement.text == "The next round will be in Berlin."
    assert len(model.requests) == 1


def test_every_request_is_a_completion_under_a_grammar_with_the_seed() -> None:
    model = ScriptedModel([said(" The city"), said(".")])
    Phraser(model, seed=7).phrase(QUESTION, [BRIDGE])
    assert all(r.completion and r.grammar and r.seed == 7 for r in model.requests)


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The plan is fine.", "Who won the cup?"),
        ("Those troops near the border.", "How many troops are there?"),
        ("Fine.", "Is it fine?"),
        ("word " * 80 + "ends here.", "Where does the word end?"),
    ],
)
def test_what_is_better_quoted_is_not_phrased(text: str, question: str) -> None:
    assert Phraser(ScriptedModel([])).phrase(question, [make_evidence(text)]) is None


def test_nothing_is_phrased_from_nothing() -> None:
    assert Phraser(ScriptedModel([])).phrase("Who won?", []) is None


def test_an_outage_passes_through() -> None:
    model = ScriptedModel([ModelUnavailable("down")])
    with pytest.raises(ModelUnavailable):
        Phraser(model).phrase(QUESTION, [BRIDGE])


def test_a_reply_outside_its_grammar_is_an_outage() -> None:
    model = ScriptedModel([said("Canberra")])
    with pytest.raises(ModelUnavailable, match="grammar"):
        Phraser(model).phrase(QUESTION, [BRIDGE])
