from __future__ import annotations

from collections.abc import Generator

import pytest

from index.errors import ModelUnavailable
from index.records import Filters
from qa.conversation.model_rewrite import ModelRewriter
from qa.conversation.rewrite import CarryOver, Rewrite
from qa.llm.cancellation import Cancellation
from qa.llm.chat import ChatRequest, ReplyPiece
from qa.records import Exchange, Usage
from tests.qa.conversation.test_rewrite import TALK, FakeRecall, exchange

BEFORE = Exchange("What did Price say about the bridge?", "Price: “The bridge is tired.” [1]")


class ScriptedStream:
    """Replies with what it is told to; raises when it is asked too often."""

    name = "scripted"

    def __init__(self, *replies: str | Exception) -> None:
        self.replies = list(replies)
        self.asked: list[ChatRequest] = []

    def stream(
        self, request: ChatRequest, cancellation: Cancellation
    ) -> Generator[ReplyPiece, None, None]:
        """Yield the next reply."""
        self.asked.append(request)
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        yield ReplyPiece(reply)
        yield ReplyPiece(finish_reason="stop", usage=Usage(0, 50, 9))

    def context_tokens(self) -> int:
        """Return a small context."""
        return 2048

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())


def rewrite(question: str, *replies: str | Exception) -> Rewrite:
    rewriter = ModelRewriter(CarryOver(FakeRecall(TALK)), ScriptedStream(*replies))
    return rewriter.rewrite(question, [BEFORE], Filters())


def test_a_follow_up_is_what_the_model_makes_of_it() -> None:
    found = rewrite("When did she say that?", '"When did Price say that the bridge is tired?"\n')
    assert found.question == "When did Price say that the bridge is tired?"
    assert found.shown == found.question
    assert [r.text for r in found.recalled] == ["The bridge is tired."]
    assert found.usage == Usage(1, 50, 9)


@pytest.mark.parametrize(
    "reply",
    [
        "When did Okafor say that?",
        "When did Price say that in 1931?",
        "Sure!\nWhen did Price say that?",
        "",
        "when " * 200,
        ModelUnavailable("it is down"),
    ],
)
def test_what_brings_something_in_or_is_no_question_leaves_the_rules_rewriting(
    reply: str | Exception,
) -> None:
    assert rewrite("When was that?", reply).question == "When was that (the bridge)?"


def test_a_question_that_stands_alone_waits_for_no_model() -> None:
    assert rewrite("How much does the ferry cost?").shown is None
    assert rewrite("Who said that?").attribution
    assert rewrite("Is that true of the ferry?", "Is that true of the ferry?").shown is None


def test_without_history_nothing_is_asked() -> None:
    rewriter = ModelRewriter(CarryOver(FakeRecall(TALK)), ScriptedStream())
    assert rewriter.rewrite("Why?", [], Filters()).question == "Why?"
    asked = exchange(0, question="How is the bridge?")
    assert rewriter.rewrite("Who said that?", [asked], Filters()).attribution
