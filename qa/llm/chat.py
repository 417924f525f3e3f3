"""The seam to language models: one protocol, whatever answers behind it."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from index.errors import ModelUnavailable
from qa.llm.cancellation import Cancellation
from qa.records import Usage


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a model is asked.

    Args:
        messages: the chat so far; one ``user`` message with ``completion=True`` is a raw prompt.
        max_tokens: most tokens of the reply.
        grammar: a GBNF grammar that the reply must match; only llama.cpp servers know it.
        stop: strings that end the reply.
        seed: for servers that sample; temperature is always 0.
        schema: a JSON schema of the reply, for servers that hold models to one.
        json: ask the server for a JSON object of any form.
        completion: send the single message as a plain completion prompt, without chat template.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    grammar: str | None = None
    stop: tuple[str, ...] = ()
    seed: int = 0
    completion: bool = False
    schema: Mapping[str, object] | None = None
    json: bool = False


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a model said, why it stopped, and what it used."""

    text: str
    finish_reason: str
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True, slots=True)
class ReplyPiece:
    """A piece of a reply that streams in; the last ones say why it ends and what was used."""

    text: str = ""
    finish_reason: str | None = None
    refusal: str = ""
    usage: Usage | None = None


class FormatRefused(ModelUnavailable):
    """The server doesn't take the form of reply that was asked for; another one may do."""


class ChatModel(Protocol):
    """A language model; raises ``ModelUnavailable`` when it is down, too slow or incoherent."""

    @property
    def name(self) -> str:
        """Name that answers show in ``models``."""

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request, temperature 0."""


class StreamingChatModel(Protocol):
    """A language model whose replies stream in, and whose context is known."""

    @property
    def name(self) -> str:
        """Name that answers show in ``models``."""

    def stream(
        self, request: ChatRequest, cancellation: Cancellation
    ) -> Generator[ReplyPiece, None, None]:
        """Yield a reply as it comes, temperature 0; closing the generator ends the request.

        Raises:
            FormatRefused: the server doesn't take the schema, or JSON at all.
            ModelUnavailable: it is down, busy, too slow, or broke off.
            Cancelled: the client disconnected.
        """

    def context_tokens(self) -> int:
        """Return how many tokens prompt and reply may have together."""

    def count_tokens(self, text: str) -> int:
        """Return the tokens of a text as the server counts them, or an estimate not below that."""
