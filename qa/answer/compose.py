"""Statements + citations → the text of an answer, with markers and the place of each statement."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.question.small_talk import SmallTalk
from qa.records import AbstentionReason, Citation, Origin, Statement

ABSTENTION = "The transcripts don't say."
ABSTENTION_FILTERED = "The transcripts that were selected don't say."
CLOSE = "The transcripts don't clearly say. The closest passage is below."
CLOSE_FILTERED = (
    "The transcripts that were selected don't clearly say. The closest passage is below."
)

# What would help where nothing is near.
ADD = "A transcript that isn't here yet may help."
ADD_OR_WIDEN = "A wider filter, or a transcript that isn't here yet, may help."

NEEDS_MODEL = (
    "Answers in a model's words need a language model, and none is set up: set TRANSCRIPT_QA_LLM, "
    "or ask in mode `quote` or `auto`."
)

# The models read English; what they make of anything else is chance.
OTHER_LANGUAGE = (
    "I understand questions in English only, so I can't tell whether the transcripts answer this. "
    "Please ask in English."
)
REPLIES: Mapping[SmallTalk, str] = {
    "greeting": "Hello. Ask me what was said in the transcripts: by whom, when, where or why.",
    "thanks": "You're welcome. Ask on whenever you like.",
    "farewell": "Goodbye.",
    "ability": (
        "I answer questions from the transcripts, word for word, with who said it and where to "
        "check. Ask for example what somebody said about a subject, or who, when, where, why and "
        "how many."
    ),
    "empty": "Ask me a question about the transcripts, in your own words.",
}

# Where nothing was searched, nothing can be said of what the transcripts say.
NOTHING_SEARCHED: Mapping[AbstentionReason, str] = {
    "empty_library": "There are no transcripts yet.",
    "nothing_matches": "No transcript matches the filters.",
}


# "All", "every" and the like, but not "all week", "every day": those say how long or how often.
_ALL = re.compile(
    r"\b(?:all|every|everyone|everybody|everything|each|list|how many times)\b"
    r"(?! (?:the )?(?:time|day|week|month|year|morning|night|along|right|over|about|but|in all)\b)",
    re.I,
)


def looked_at(question: str, sentences: int, documents: int) -> str | None:
    """Return how much an answer to a question for "all" looked at; None for other questions."""
    if not _ALL.search(question):
        return None
    transcripts = counted(documents, "transcript")
    return f"(Looked at the {sentences} nearest sentences, in {transcripts}; there may be more.)"


def read_of(read: int, sentences: int, documents: int) -> str:
    """Return how much an answer that goes through whole transcripts looked at."""
    return f"(Looked at {read} of {sentences} sentences, in {counted(documents, 'transcript')}.)"


def counted(number: int, what: str) -> str:
    """Return a number of things in words: "1 turn", "1,214 turns"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def abstention(reason: AbstentionReason, *, filtered: bool, close: bool = False) -> str:
    """Return what stands in the place of an answer; ``close`` where a passage comes close."""
    if reason == "needs_model":
        return NEEDS_MODEL
    if close:
        return CLOSE_FILTERED if filtered else CLOSE
    said = NOTHING_SEARCHED.get(reason, ABSTENTION_FILTERED if filtered else ABSTENTION)
    if reason == "no_evidence":
        return f"{said} {ADD_OR_WIDEN if filtered else ADD}"
    return said


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement before it has a place in an answer.

    Args:
        text: what is stated; for a quoted statement the exact words of its citation.
        citations: what it rests on, in order.
        origin: whether the words are the source's or a model's.
        support: how well the citations back it, 0 to 1; a verbatim quote backs itself.
        spoken: whether the words are the speaker's own, so that "I" is him and not the service.
        place: where it was said, a time or a title, shown beside the speaker.
    """

    text: str
    citations: tuple[Citation, ...]
    origin: Origin
    support: float
    spoken: bool = True
    place: str | None = None


class Composition:
    """An answer that grows by whole statements; what stands never changes.

    Args:
        lead: a line that stands in front of them and says how the answer was made.
    """

    def __init__(self, lead: str | None = None) -> None:
        self._lead = lead
        self._parts: list[str] = []
        self._statements: list[Statement] = []
        self._length = 0

    @property
    def text(self) -> str:
        """Return the text so far."""
        return "".join(self._parts)

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Return the statements so far."""
        return tuple(self._statements)

    def add(self, draft: Draft) -> tuple[Statement, str]:
        """Return the statement in its place, and the piece of text that it adds.

        A speaker's own words are attributed to him, on a line of their own; quotes stand in
        quotation marks. The first piece begins with the lead.
        """
        speakers = {citation.speaker for citation in draft.citations} if draft.spoken else set()
        speaker = next(iter(speakers)) if len(speakers) == 1 else None
        named = ", ".join(filter(None, (speaker, draft.place)))
        before = f"{named}: " if named else ""
        after = ""
        if draft.origin == "quoted":
            before, after = f"{before}“", "”"
        separator = "\n" if before or self._lead else " "
        if not self._parts:
            separator = f"{self._lead}\n" if self._lead else ""
        start = self._length + len(separator) + len(before)
        numbers = tuple(citation.number for citation in draft.citations)
        markers = "".join(f"[{number}]" for number in numbers)
        part = f"{separator}{before}{draft.text}{after} {markers}"
        statement = Statement(
            text=draft.text,
            char_start=start,
            char_end=start + len(draft.text),
            citations=numbers,
            origin=draft.origin,
            support=draft.support,
        )
        self._statements.append(statement)
        self._parts.append(part)
        self._length += len(part)
        return statement, part


def compose(drafts: Sequence[Draft]) -> tuple[str, tuple[Statement, ...]]:
    """Return the answer's text and its statements."""
    composition = Composition()
    for draft in drafts:
        composition.add(draft)
    return composition.text, composition.statements
