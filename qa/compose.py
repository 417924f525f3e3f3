"""Statements + citations → the text of an answer, with markers and the place of each statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.records import Citation, Origin, Statement

ABSTENTION = "The transcripts don't say."
ABSTENTION_FILTERED = "The transcripts that were selected don't say."


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement before it has a place in an answer.

    Args:
        text: what is stated; for a quoted statement the exact words of its citation.
        citations: what it rests on, in order.
        origin: whether the words are the source's or a model's.
        support: how well the citations back it, 0 to 1; a verbatim quote backs itself.
    """

    text: str
    citations: tuple[Citation, ...]
    origin: Origin
    support: float


def compose(drafts: Sequence[Draft]) -> tuple[str, tuple[Statement, ...]]:
    """Return the answer's text and its statements; quotes stand in quotation marks, attributed."""
    parts: list[str] = []
    statements: list[Statement] = []
    length = 0
    for draft in drafts:
        before, after = "", ""
        if draft.origin == "quoted":
            speaker = draft.citations[0].speaker
            before, after = (f"{speaker}: “" if speaker else "“"), "”"
        separator = "\n" if parts and draft.origin == "quoted" else " " if parts else ""
        start = length + len(separator) + len(before)
        numbers = tuple(citation.number for citation in draft.citations)
        markers = "".join(f"[{number}]" for number in numbers)
        part = f"{separator}{before}{draft.text}{after} {markers}"
        statements.append(
            Statement(
                text=draft.text,
                char_start=start,
                char_end=start + len(draft.text),
                citations=numbers,
                origin=draft.origin,
                support=draft.support,
            )
        )
        parts.append(part)
        length += len(part)
    return "".join(parts), tuple(statements)
