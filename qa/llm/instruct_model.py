"""A model that follows instructions: its requests, which all stream, and its health."""

from __future__ import annotations

import threading
from typing import Protocol

from index.errors import ModelUnavailable
from index.records import CheckResult
from qa.llm.cancellation import Cancellation
from qa.llm.chat import ChatModel, ChatReply, ChatRequest, Message
from qa.llm.streaming import StreamingEndpoint, imported


class Keeper(Protocol):
    """Who keeps the model's server, where it is our own."""

    def warm(self) -> None:
        """Start it in the background."""

    def check(self, *, ask: bool = False) -> CheckResult:
        """Tell how it is."""

    def close(self) -> None:
        """Let go of it."""


class InstructModel:
    """A language model that whole answers are asked of.

    Args:
        streaming: streams replies.
        keeper: keeps its server; None where that is somebody else's.
    """

    def __init__(self, streaming: StreamingEndpoint, keeper: Keeper | None = None) -> None:
        self.streaming = streaming
        self._keeper = keeper

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self.streaming.name

    @property
    def embedded(self) -> bool:
        """Return false: it isn't the small model."""
        return False

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; raises ``ModelUnavailable``."""
        pieces = list(self.streaming.stream(request, Cancellation()))
        ends = [piece.finish_reason for piece in pieces if piece.finish_reason]
        return ChatReply("".join(piece.text for piece in pieces), ends[-1] if ends else "stop")

    def warm(self) -> None:
        """Start in the background what the first request would wait for."""
        if self._keeper is not None:
            self._keeper.warm()
        threading.Thread(target=imported, name="llm-import", daemon=True).start()

    def check(self, *, ask: bool = False) -> CheckResult:
        """Tell how it is; ``ask`` sends a request of one token, else nothing is waited for."""
        values = (("model", self.name),)
        state = CheckResult("llm", True, "no request failed", None, values)
        if self._keeper is not None:
            state = self._keeper.check()
        if ask:
            return asked(self, state)
        error = self.streaming.last_error
        if error is None:
            return state
        remedy = state.remedy or "see TRANSCRIPT_QA_LLM_BASE_URL and its server"
        return CheckResult(state.name, False, error, remedy, state.values)

    def close(self) -> None:
        """End its requests and let go of its resources."""
        self.streaming.close()
        if self._keeper is not None:
            self._keeper.close()


def asked(model: ChatModel, state: CheckResult) -> CheckResult:
    """Check by a request of one token; ``state`` gives the names."""
    request = ChatRequest((Message("user", "Hello"),), max_tokens=1)
    try:
        model.complete(request)
    except ModelUnavailable as error:
        remedy = state.remedy or "or set TRANSCRIPT_QA_LLM=none to do without"
        return CheckResult(state.name, False, str(error), remedy, state.values)
    return CheckResult(state.name, True, f"{model.name} answers", None, state.values)
