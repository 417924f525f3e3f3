"""The seam to language models: one protocol, whatever answers behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol


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
        completion: send the single message as a plain completion prompt, without chat template.
        alternatives: how many of the likeliest first tokens to return with their probabilities, as
            the model saw them before any grammar; only llama.cpp servers know it, for completions.
    """

    messages: tuple[Message, ...]
    max_tokens: int
    grammar: str | None = None
    stop: tuple[str, ...] = ()
    seed: int = 0
    completion: bool = False
    alternatives: int = 0


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What a model said, why it stopped, and the first tokens it could have begun with.

    ``alternatives`` pairs tokens with the logarithm of their probability, likeliest first.
    """

    text: str
    finish_reason: str
    alternatives: tuple[tuple[str, float], ...] = ()


class ChatModel(Protocol):
    """A language model; raises ``ModelUnavailable`` when it is down, too slow or incoherent."""

    @property
    def name(self) -> str:
        """Name that answers show in ``models``."""

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request, temperature 0."""
