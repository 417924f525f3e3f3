"""Our requests and replies ↔ those of the OpenAI protocol, as LlamaIndex's client has them."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Any

from qa.llm.chat import ChatRequest, ReplyPiece
from qa.llm.client import usage_of, whole


def arguments(request: ChatRequest) -> dict[str, Any]:
    """Return what is asked for besides the messages."""
    sent: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        sent["stop"] = list(request.stop)
    if request.schema is not None:
        schema = {"name": "answer", "strict": True, "schema": dict(request.schema)}
        sent["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif request.json:
        sent["response_format"] = {"type": "json_object"}
    return sent


def messages(request: ChatRequest) -> list[Any]:
    """Return the messages."""
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role=item.role, content=item.content) for item in request.messages]


def piece_of(response: Any) -> ReplyPiece:
    """Return what a chunk of LlamaIndex's holds."""
    raw = response.raw
    choice = raw.choices[0] if raw.choices else None
    return ReplyPiece(
        text=whole(response.delta),
        finish_reason=choice.finish_reason if choice is not None else None,
        refusal=(getattr(choice.delta, "refusal", None) or "") if choice is not None else "",
        usage=None if getattr(raw, "usage", None) is None else usage_of(raw),
    )


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for; None where it says nothing.

    Args:
        value: seconds, or a date as HTTP has it.
        now: seconds since the epoch.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return seconds if seconds >= 0 else None
