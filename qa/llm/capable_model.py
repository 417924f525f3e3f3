"""A model that follows instructions: its plain requests, its streams, and the health of both."""

from __future__ import annotations

from collections.abc import Callable

from index.records import CheckResult
from qa.chat import ChatModel, ChatReply, ChatRequest
from qa.llm.streaming import StreamingEndpoint


class CapableModel:
    """A language model that whole answers are asked of.

    Args:
        plain: sends single requests.
        streaming: streams replies.
        warm: starts in the background what the first request would wait for.
        check: tells how the plain one is; ``ask`` sends a request of one token.
        close: lets go of the plain one.
    """

    def __init__(
        self,
        plain: ChatModel,
        streaming: StreamingEndpoint,
        *,
        warm: Callable[[], None],
        check: Callable[[bool], CheckResult],
        close: Callable[[], None],
    ) -> None:
        self._plain = plain
        self.streaming = streaming
        self._warm = warm
        self._check = check
        self._close = close

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._plain.name

    @property
    def embedded(self) -> bool:
        """Return false: it isn't the small model."""
        return False

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; raises ``ModelUnavailable``."""
        return self._plain.complete(request)

    def warm(self) -> None:
        """Start in the background what the first request would wait for."""
        self._warm()

    def check(self, *, ask: bool = False) -> CheckResult:
        """Tell how it is; ``ask`` sends a request of one token, else nothing is waited for."""
        found = self._check(ask)
        error = self.streaming.last_error
        if error is None or ask:
            return found
        remedy = found.remedy or "see TRANSCRIPT_QA_LLM_BASE_URL and its server"
        return CheckResult(found.name, False, error, remedy, found.values)

    def close(self) -> None:
        """End its requests and let go of its resources."""
        self.streaming.close()
        self._close()
