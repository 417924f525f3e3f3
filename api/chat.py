"""A chat in the OpenAI protocol → a question with its history; an answer → a chat completion.

The last user message is the question, what was said before is history; messages of other roles
(system, tool) don't change how answers are made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from api.chat_schemas import CompletionIn, MessageIn
from api.filters import filters_of
from api.problems import ProblemDetails, ProblemError
from api.schemas import MAX_EXCHANGE_CHARS, MAX_EXCHANGE_CITATIONS, MAX_EXCHANGES
from index.errors import InvalidQuery
from qa.question.check import clean_question
from qa.records import (
    AbstentionReason,
    Answer,
    Ask,
    Citation,
    CitedSpan,
    Exchange,
    Mode,
    Statement,
    Usage,
)

Json = dict[str, Any]

# One name for each mode of answering, since that is what a chat front end lets people choose.
MODES: dict[str, Mode] = {
    "transcript-qa": "auto",
    "transcript-qa-quote": "quote",
    "transcript-qa-generate": "generate",
}

# The protocol wants a time for each model; these are not made at any, so it is the same for all.
MODELS_CREATED = 1_767_225_600

# What a chat has no page beside it to say.
_WAYS_OUT: Mapping[AbstentionReason, str] = {
    "empty_library": "Add some at {base_url}/documents or with POST /v1/documents, then ask again.",
    "nothing_matches": "Widen `filters`, or leave them out.",
    "choose_transcripts": "In a request, `filters.document_ids` chooses them.",
}

_MARKER = re.compile(r"\[(\d+)\]")


def mode_of(model: str) -> Mode:
    """Return the mode that a model's name stands for.

    Raises:
        ProblemError: 404, there is no such model.
    """
    if model in MODES:
        return MODES[model]
    known = ", ".join(f"`{name}`" for name in MODES)
    raise ProblemError(
        ProblemDetails(
            404, "model_not_found", f"There is no model {model[:80]!r} here; take one of {known}."
        )
    )


def ask_of(body: CompletionIn, max_question_chars: int) -> Ask:
    """Return the question of a chat.

    Raises:
        InvalidQuery: there is no user message, or its question can't be answered.
        ProblemError: 404, there is no such model.
    """
    mode = mode_of(body.model)
    users = [n for n, message in enumerate(body.messages) if message.role == "user"]
    if not users:
        raise InvalidQuery("no message has the role 'user'; the last such message is the question")
    last = users[-1]
    return Ask(
        question=clean_question(body.messages[last].text, max_question_chars),
        filters=filters_of(body.filters),
        history=tuple(_exchanges(body.messages[:last]))[-MAX_EXCHANGES:],
        mode=mode,
        limit=body.limit,
    )


def _exchanges(messages: Sequence[MessageIn]) -> Iterator[Exchange]:
    """Yield each user message with the answer that followed it."""
    question: str | None = None
    for message in messages:
        text = message.text[:MAX_EXCHANGE_CHARS]
        if message.role == "user":
            if question is not None:
                yield Exchange(question, "")
            question = text.strip() or None
        elif message.role == "assistant" and question is not None:
            yield Exchange(question, text, _spans(message))
            question = None
    if question is not None:
        yield Exchange(question, "")


def _spans(message: MessageIn) -> tuple[CitedSpan, ...]:
    cited = [a.citation for a in message.annotations or () if a.citation is not None]
    spans = [CitedSpan(c.document_id, c.document_version, c.char_start, c.char_end) for c in cited]
    return tuple(dict.fromkeys(spans))[:MAX_EXCHANGE_CITATIONS]


def completion(answer: Answer, model: str, created: int, base_url: str) -> Json:
    """Return a chat completion."""
    marks = [
        mark
        for statement in answer.statements
        for mark in place_markers(
            answer.answer[statement.char_end :], statement, answer.citations, base_url
        )
    ]
    text = content(answer, base_url)
    message = {
        "role": "assistant",
        "content": text,
        "refusal": None,
        "annotations": marks + closest_markers(text, answer, base_url),
    }
    return {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": usage_json(answer.usage),
        "answer": answer.to_json(),
    }


def content(answer: Answer, base_url: str) -> str:
    """Return the text of an answer, with what a chat has no page beside it to show.

    That is what to do where there was nothing to search, and the closest passage.
    """
    if answer.abstention is None:
        return answer.answer
    text = answer.answer
    if way_out := _WAYS_OUT.get(answer.abstention.reason):
        text += f" {way_out.format(base_url=base_url.rstrip('/'))}"
    for citation in answer.abstention.closest:
        speaker = f"{citation.speaker}: " if citation.speaker else ""
        text += f"\n\n{speaker}“{citation.quote}” [{citation.number}]"
    return text


def closest_markers(text: str, answer: Answer, base_url: str) -> list[Json]:
    """Return an annotation for the marker behind the closest passage, which ends the text."""
    return [
        _annotation(citation, len(text) - len(f"[{citation.number}]"), len(text), base_url)
        for citation in (answer.abstention.closest if answer.abstention else ())
    ]


def place_markers(
    after: str, statement: Statement, citations: Sequence[Citation], base_url: str
) -> list[Json]:
    """Return an annotation for each marker of a statement.

    Args:
        after: what follows the statement's words: a closing quotation mark, then the markers.
        statement: the statement in its place.
        citations: those it cites, at least.
        base_url: address of this service, for sources that have none of their own.
    """
    cited = {citation.number: citation for citation in citations}
    found = []
    position = 0
    for _ in statement.citations:
        marker = _MARKER.search(after, position)
        if marker is None:
            break
        position = marker.end()
        start, end = (statement.char_end + place for place in marker.span())
        found.append(_annotation(cited[int(marker[1])], start, end, base_url))
    return found


def _annotation(citation: Citation, start: int, end: int, base_url: str) -> Json:
    return {
        "type": "url_citation",
        "url_citation": {
            "start_index": start,
            "end_index": end,
            "url": _url(citation, base_url),
            "title": citation.title,
        },
        "citation": asdict(citation),
    }


def usage_json(usage: Usage) -> Json:
    """Return what the language model was given and wrote, in the protocol's words."""
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
    }


def models_json() -> Json:
    """Return the ways of answering as models."""
    return {"object": "list", "data": [model_json(name) for name in MODES]}


def model_json(name: str) -> Json:
    """Return one way of answering; raises like ``mode_of``."""
    mode_of(name)
    return {
        "id": name,
        "object": "model",
        "created": MODELS_CREATED,
        "owned_by": "transcript-qa",
    }


def _url(citation: Citation, base_url: str) -> str:
    """Return where the words can be read: at the source, else in this service's own text."""
    if citation.link or citation.url:
        return citation.link or citation.url or ""
    version = quote(citation.document_version)
    return f"{base_url.rstrip('/')}/v1/documents/{citation.document_id}/text?version={version}"
