"""A language model that is set but can't be had: every request says why, and so does its health."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from index.errors import ModelUnavailable
from index.records import CheckResult
from qa.generation.writing import Task, Written, Wrote
from qa.llm.chat import ChatReply, ChatRequest


class MissingModel:
    """Stands in for a model whose file is missing."""

    def __init__(self, name: str, reason: str) -> None:
        self._name = name
        self._reason = reason

    @property
    def name(self) -> str:
        """Return the name that was set."""
        return self._name

    @property
    def embedded(self) -> bool:
        """Return true: nothing is known of it, so nothing is asked of it."""
        return True

    def complete(self, request: ChatRequest) -> ChatReply:
        """Raise ``ModelUnavailable`` with the reason."""
        self.refuse()

    def refuse(self) -> NoReturn:
        """Raise ``ModelUnavailable`` with the reason."""
        raise ModelUnavailable(self._reason)

    def warm(self) -> None:
        """Do nothing."""

    def check(self, *, ask: bool = False) -> CheckResult:
        """Tell why it is missing."""
        return CheckResult(
            "llm",
            False,
            self._reason,
            "correct that, or set TRANSCRIPT_QA_LLM=none to do without",
            (("model", self._name),),
        )

    def close(self) -> None:
        """Do nothing."""


class MissingWriter:
    """Its part in answers: none, and that is an outage, whatever the evidence is."""

    prompt_version = 0
    seed = 0
    reads = None

    def __init__(self, missing: MissingModel) -> None:
        self._missing = missing

    @property
    def model(self) -> str:
        """Return the name that was set."""
        return self._missing.name

    def write(self, task: Task) -> Iterator[Written | Wrote]:
        """Raise ``ModelUnavailable`` with the reason."""
        self._missing.refuse()
