"""The embedded model says the same to the same prompt, whatever its prompt cache holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa.chat import ChatModel, ChatRequest, Message
from qa.llm.models import open_language_model
from qa.phrase import Phraser
from qa.prompts import STOP, statement_prompt
from qa.settings import Settings
from qa.short_answer import ModelFirstWords, ShortAnswerer, SpanNetwork
from tests.qa.evidence import make_evidence

pytestmark = pytest.mark.e2e

QUESTIONS = (
    (
        "When are the Olympic opening ceremonies?",
        "You know, Putin has said he will join for the opening ceremonies on February 4.",
    ),
    (
        "Where will the next round be?",
        "Well, you know, the next round will be in Berlin, and I think they will meet again.",
    ),
    (
        "How many troops are near the border?",
        "Now, let's not forget those hundred thousand Russian troops near Ukraine's border.",
    ),
)
SIMILAR = 0.05
"""Most that a logarithm of a probability may differ: the cache changes the order of additions."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChatModel]:
    model = open_language_model(Settings(data_dir=tmp_path_factory.mktemp("same")))
    assert model is not None
    yield model
    model.close()


def free_text(model: ChatModel, question: str, sentence: str) -> str:
    prompt = statement_prompt(question, sentence)
    request = ChatRequest((Message("user", prompt),), max_tokens=16, stop=STOP, completion=True)
    return model.complete(request).text


def test_a_prompt_gives_the_same_text_at_once_and_after_others(model: ChatModel) -> None:
    phraser = Phraser(model)
    short = ShortAnswerer(ModelFirstWords(model), SpanNetwork.load())

    def replies(question: str, sentence: str) -> tuple[str, str | None, str | None]:
        evidence = make_evidence(sentence)
        phrased = phraser.phrase(question, [evidence])
        return (
            free_text(model, question, sentence),
            phrased.text if phrased else None,
            short.short_answer(question, evidence),
        )

    first = [replies(*pair) for pair in QUESTIONS]
    assert [replies(*QUESTIONS[-1])] == first[-1:]  # at once: everything is cached
    assert [replies(*pair) for pair in QUESTIONS[::-1]] == first[::-1]


def test_probabilities_hardly_depend_on_what_was_asked_before(model: ChatModel) -> None:
    asked = ModelFirstWords(model)
    fresh = dict(asked.first_words(*QUESTIONS[0]))
    asked.first_words(*QUESTIONS[1])
    later = dict(asked.first_words(*QUESTIONS[0]))
    likely = sorted(fresh, key=lambda token: -fresh[token])[:5]
    assert max(abs(fresh[token] - later[token]) for token in likely) < SIMILAR
