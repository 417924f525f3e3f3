"""A long transcript → parts that a model's context holds, and what its parts say → a few notes.

A question that asks for a summary of a few named documents is answered from all that is said in
them, not from the passages that a search finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar

from index.errors import UnknownDocument
from index.records import DocumentInfo, Filters, Hit, Turn
from qa.conversation.follow_up import Recalled
from qa.conversation.rewrite import admits
from qa.evidence.candidates import sentence_text
from qa.records import Evidence

DOCUMENTS = 3
"""Documents that are read whole at most; a summary of more is one of a search."""

PART_TOKENS = 6000
"""Evidence of a part at most, whatever the context holds: models lose what stands in the middle."""

SLACK = 0.85
"""Share of the room that a part is cut to, since tokens are shared out by length."""

_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary|sum up|recap|outline|overview|takeaways?)\b"
    r"|\b(?:main|key|major) (?:points?|topics?|themes?|issues?|arguments?)\b"
    r"|\bwhat (?:was|is|were) (?:this|that|the|it) ?[\w-]*(?: [\w-]+)? about\b",
    re.I,
)

T = TypeVar("T")


class Documents(Protocol):
    """Where whole documents are read; ``index.library.Library`` is one."""

    def document(self, document_id: str) -> DocumentInfo:
        """Return what is known of a document; raises ``InputError``."""

    def text(self, document_id: str, version: str | None = None) -> str:
        """Return the canonical text; raises alike."""

    def turns(self, document_id: str, version: str | None = None) -> tuple[Turn, ...]:
        """Return the turns; raises alike."""

    def passage_at(self, document_id: str, version: str, char_start: int, char_end: int) -> Hit:
        """Return the passage of that version which holds the range; raises alike."""


def asks_for_summary(question: str, filters: Filters) -> bool:
    """Return whether a question asks what is said in a few documents as a whole."""
    return 0 < len(filters.document_ids) <= DOCUMENTS and bool(_SUMMARY.search(question))


def whole(documents: Documents, filters: Filters) -> tuple[Evidence, ...]:
    """Return every sentence that matches the filters, document by document, as it stands there.

    Raises:
        InputError: a document isn't there.
    """
    return tuple(
        Evidence(hit, sentence, sentence_text(hit, sentence), hit.text, 1.0)
        for document_id in dict.fromkeys(filters.document_ids)
        for hit in _passages(documents, document_id)
        for sentence in hit.sentences
        if admits(filters, Recalled(hit, sentence, ""))
    )


def _passages(documents: Documents, document_id: str) -> Iterator[Hit]:
    version = documents.document(document_id).document_version
    text = documents.text(document_id, version)
    end = 0
    for turn in sorted(documents.turns(document_id, version), key=lambda turn: turn.char_start):
        place = max(end, turn.char_start)
        while place < turn.char_end:
            if text[place].isspace():
                place += 1
                continue
            try:
                hit = documents.passage_at(document_id, version, place, place + 1)
            except UnknownDocument:
                break  # nothing of that turn is a sentence
            yield hit
            place = end = max(hit.char_end, place + 1)


def split(evidence: Sequence[T], sizes: Sequence[int], room: int) -> tuple[tuple[T, ...], ...]:
    """Return the evidence in parts of about equal size, none larger than ``room``.

    One item larger than the room is a part of its own.
    """
    if not evidence:
        return ()
    total = sum(sizes)
    each = total / -(-total // max(1, room))
    parts: list[list[T]] = [[]]
    filled = 0
    for item, size in zip(evidence, sizes, strict=True):
        if parts[-1] and (filled >= each or filled + size > room):
            parts.append([])
            filled = 0
        parts[-1].append(item)
        filled += size
    return tuple(tuple(part) for part in parts)


def spread(items: Sequence[T], most: int) -> tuple[T, ...]:
    """Return at most ``most`` items, the first, the last and evenly between them."""
    if len(items) <= most:
        return tuple(items)
    if most == 1:
        return (items[0],)
    return tuple(items[round(n * (len(items) - 1) / (most - 1))] for n in range(most))


def in_turns(groups: Sequence[Sequence[T]]) -> tuple[T, ...]:
    """Return the first of each group, then the second of each, and so on."""
    longest = max((len(group) for group in groups), default=0)
    return tuple(group[n] for n in range(longest) for group in groups if n < len(group))
