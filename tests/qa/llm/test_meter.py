from __future__ import annotations

from qa.llm.chat import ChatReply, ChatRequest, Message
from qa.llm.meter import Meter
from qa.records import Usage


class Echo:
    """Says what it is asked and counts a token a word."""

    name = "echo"

    def complete(self, request: ChatRequest) -> ChatReply:
        """Return the last message."""
        text = request.messages[-1].content
        return ChatReply(text, "stop", usage=Usage(0, len(text.split()), 1))


def test_requests_within_the_block_are_counted() -> None:
    meter = Meter(Echo())
    asked = ChatRequest((Message("user", "three words here"),), max_tokens=5)
    meter.complete(asked)
    with meter.counting() as count:
        assert meter.complete(asked).text == "three words here"
        meter.complete(asked)
    meter.complete(asked)
    assert count.usage == Usage(2, 6, 2)
    assert meter.name == "echo"
