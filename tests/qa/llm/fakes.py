"""A language model that says what it is told to, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Sequence

from qa.llm.chat import ChatReply, ChatRequest


class ScriptedModel:
    """Replies in turn; raises when nothing is left to say, or what it is told to raise."""

    def __init__(self, replies: Sequence[ChatReply | Exception]) -> None:
        self._replies = list(replies)
        self.requests: list[ChatRequest] = []

    @property
    def name(self) -> str:
        return "scripted"

    def complete(self, request: ChatRequest) -> ChatReply:
        self.requests.append(request)
        if not self._replies:
            raise AssertionError(f"asked once more than the script has replies: {request!r}")
        reply = self._replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def said(text: str) -> ChatReply:
    return ChatReply(text, "stop")
