"""A chat model → the same model, and what it was asked in a stretch of work."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from qa.llm.chat import ChatModel, ChatReply, ChatRequest
from qa.records import Usage


@dataclass(slots=True)
class Count:
    """What was asked so far."""

    usage: Usage = field(default_factory=Usage)


class Meter:
    """Passes requests on and counts them, per thread: answers are made side by side."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._local = threading.local()

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._model.name

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request; raises ``ModelUnavailable``."""
        reply = self._model.complete(request)
        count: Count | None = getattr(self._local, "count", None)
        if count is not None:
            count.usage += Usage(requests=1) + reply.usage
        return reply

    @contextmanager
    def counting(self) -> Iterator[Count]:
        """Count what this thread asks within the block."""
        count = Count()
        self._local.count = count
        try:
            yield count
        finally:
            self._local.count = None
