"""The embedded model says the same to the same prompt, whatever its prompt cache holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa.generation.phrase import Phraser
from qa.llm.chat import ChatModel, ChatRequest, Message
from qa.llm.models import open_language_model
from qa.llm.prompts import STOP, statement_prompt
from qa.settings import Settings
from tests.qa.builders import make_evidence

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

    def replies(question: str, sentence: str) -> tuple[str, str | None]:
        evidence = make_evidence(sentence)
        phrased = phraser.phrase(question, [evidence])
        return (
            free_text(model, question, sentence),
            phrased.text if phrased else None,
        )

    first = [replies(*pair) for pair in QUESTIONS]
    assert [replies(*QUESTIONS[-1])] == first[-1:]  # at once: everything is cached
    assert [replies(*pair) for pair in QUESTIONS[::-1]] == first[::-1]
