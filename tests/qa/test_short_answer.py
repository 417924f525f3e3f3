from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelUnavailable
from qa.chat import ChatReply
from qa.short_answer import ModelFirstWords, ShortAnswerer, SpanNetwork
from qa.span_features import FEATURES, candidates, kind_of
from tests.qa.evidence import make_evidence
from tests.qa.llm.fakes import ScriptedModel

SENTENCE = "You know, Putin has said he will join for the opening ceremonies on February 4."


class FixedFirstWords:
    def __init__(self, first: Sequence[tuple[str, float]]) -> None:
        self.first = first

    def first_words(self, question: str, sentence: str) -> Sequence[tuple[str, float]]:
        return self.first


@pytest.fixture(scope="module")
def network() -> SpanNetwork:
    return SpanNetwork.load()


def test_a_short_answer_is_a_span_of_the_evidence(network: SpanNetwork) -> None:
    first = FixedFirstWords([(" February", -0.1)])
    evidence = make_evidence(SENTENCE)
    answer = ShortAnswerer(first, network).short_answer(
        "When are the Olympic opening ceremonies?", evidence
    )
    assert answer is not None
    assert answer in evidence.text
    assert "February 4" in answer


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Did the minister resign?", SENTENCE),
        ("How many troops are there?", "The troops stand at the border."),
        ("When did it begin?", "It began in the town."),
        ("Who came?", "Yes."),
    ],
)
def test_what_no_span_can_answer_is_null(
    question: str, sentence: str, network: SpanNetwork
) -> None:
    assert ShortAnswerer(FixedFirstWords([]), network).span(question, sentence) is None


def test_an_outage_passes_through(network: SpanNetwork) -> None:
    first = ModelFirstWords(ScriptedModel([ModelUnavailable("down")]))
    with pytest.raises(ModelUnavailable):
        ShortAnswerer(first, network).span("Who will join?", SENTENCE)


def test_the_model_is_asked_for_alternatives_of_one_token() -> None:
    model = ScriptedModel([ChatReply(" Putin", "length", ((" Putin", -0.1),))])
    assert ModelFirstWords(model).first_words("Who will join?", SENTENCE) == ((" Putin", -0.1),)
    (request,) = model.requests
    assert request.max_tokens == 1
    assert request.alternatives > 0


@given(st.text(max_size=200), st.text(max_size=200))
def test_every_candidate_is_a_range_with_all_features(question: str, sentence: str) -> None:
    found = candidates(question, sentence)
    assert found.features.shape == (len(found.spans), FEATURES)
    assert bool(np.isfinite(found.features).all())
    assert all(0 <= s.char_start < s.char_end <= len(sentence) for s in found.spans)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who won?", "person"),
        ("How many came?", "number"),
        ("When was it?", "date"),
        ("Where is it?", "place"),
        ("Why did it end?", "reason"),
        ("Which team won?", "which"),
        ("What did it show?", "thing"),
    ],
)
def test_what_is_asked_for(question: str, kind: str) -> None:
    assert kind_of(question) == kind
