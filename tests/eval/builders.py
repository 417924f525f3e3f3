"""Builders of small values, and targets that answer as told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from eval.errors import TargetError
from eval.records import (
    AbstentionRecord,
    AnswerRecord,
    CallFailure,
    CitationCheck,
    CitedQuote,
    DataDocument,
    DataTurn,
    EvidenceItem,
    Gold,
    HitRecord,
    Observation,
    Question,
    Scope,
    Span,
    StatementRecord,
    TargetDocument,
    TargetTurn,
)
from eval.targets.base import TargetInfo
from index.records import Filters

VERSION = "v1"
NO_FILTERS = Filters()


def make_span(start: int, end: int, *, document: str = "d", text: str | None = None) -> Span:
    """Build a span; without a text of its own it holds one letter per code point."""
    return Span(document, VERSION, start, end, "x" * (end - start) if text is None else text)


def make_citation(
    start: int, end: int, *, number: int = 1, document: str = "d", quote: str | None = None
) -> CitedQuote:
    """Build a citation."""
    words = "x" * (end - start) if quote is None else quote
    return CitedQuote(number, document, VERSION, start, end, words)


def make_hit(start: int, text: str, *, document: str = "d", name: str = "p") -> HitRecord:
    """Build a hit whose end follows from its text."""
    return HitRecord(name, document, VERSION, start, start + len(text), text)


def make_answer(
    *citations: CitedQuote,
    abstained: bool = False,
    confidence: float = 0.9,
    short: str | None = None,
    origin: str = "quoted",
    degraded: tuple[str, ...] = (),
    model: str | None = "scripted",
) -> AnswerRecord:
    """Build an answer that states each citation's quote; abstained, they are the nearest."""
    if abstained:
        nearest = AbstentionRecord("no_evidence", citations)
        return AnswerRecord("abstained", "No.", None, (), (), confidence, nearest, degraded)
    text, statements = "", []
    for citation in citations:
        start = len(text)
        text += f"{citation.quote} [{citation.number}] "
        statements.append(
            StatementRecord(
                citation.quote,
                start,
                start + len(citation.quote),
                (citation.number,),
                "generated" if origin == "generated" else "quoted",
                1.0,
            )
        )
    return AnswerRecord(
        "answered",
        text,
        short,
        tuple(statements),
        citations,
        confidence,
        None,
        degraded,
        models={"encoder": "fake", "llm": model},
    )


def make_observation(
    answer: AnswerRecord | None = None,
    *groups: Sequence[Span],
    name: str = "q1",
    accepted: Sequence[Span] = (),
    unmapped: Sequence[str] = (),
    answerable: bool = True,
    answers: tuple[str, ...] = (),
    hits: Sequence[HitRecord] = (),
    checks: Sequence[CitationCheck] | None = None,
    scope: Scope = "corpus",
    kind: str | None = None,
    latency_ms: Mapping[str, float] | None = None,
    error: CallFailure | None = None,
    filters: Filters = NO_FILTERS,
) -> Observation:
    """Build an observation; every citation stands where it says unless ``checks`` differ."""
    ranked = answer.ranked if answer else ()
    if checks is None:
        checks = [CitationCheck(citation.quote, True) for citation in ranked]
    return Observation(
        question_id=name,
        document_id="d",
        question=f"What is {name}?",
        answers=answers,
        answerable=answerable,
        split="test",
        kind=kind,
        domain=None,
        scope=scope,
        gold=Gold(tuple(tuple(group) for group in groups), tuple(accepted), tuple(unmapped)),
        answer=answer,
        hits=tuple(hits),
        checks=tuple(checks),
        windows=(),
        latency_ms=latency_ms or {},
        error=error,
        filters=filters,
    )


def make_document(*turns: tuple[str | None, str] | str, name: str = "d") -> DataDocument:
    """Build a document of (speaker, text) turns or bare texts."""
    rows = tuple(
        DataTurn(None, turn) if isinstance(turn, str) else DataTurn(*turn) for turn in turns
    )
    return DataDocument(name, f"Title of {name}", None, None, rows)


def make_question(
    name: str,
    document: str = "d",
    *,
    quotes: Sequence[tuple[int, str]] = (),
    answers: tuple[str, ...] = (),
    answerable: bool = True,
    kind: str | None = None,
    filters: Filters = NO_FILTERS,
) -> Question:
    """Build a question; ``quotes`` are (turn, words)."""
    return Question(
        id=name,
        document_id=document,
        question=f"What is {name}?",
        answers=answers,
        answerable=answerable,
        split="test",
        kind=kind,
        evidence=tuple(EvidenceItem(turn, turn, quote) for turn, quote in quotes),
        filters=filters,
    )


def rendered(document: DataDocument, *, keep_empty: bool = True) -> TargetDocument:
    """Render a document as a service would: a line per turn, the speaker in front."""
    text = ""
    turns: list[TargetTurn] = []
    for turn in document.turns:
        if not turn.text and not keep_empty:
            continue
        text += f"{turn.speaker}: " if turn.speaker else ""
        start = len(text)
        text += turn.text
        turns.append(TargetTurn(len(turns), turn.speaker, start, len(text)))
        text += "\n"
    return TargetDocument(document.id, VERSION, text, tuple(turns))


@dataclass(slots=True)
class FakeService:
    """Answers from a table by question; keeps what it was asked and given.

    ``fail_on`` are questions that raise; ``stop_after`` raises ``KeyboardInterrupt`` in the middle
    of a run, as a user or a signal would.
    """

    documents: dict[str, TargetDocument] = field(default_factory=dict)
    answers: dict[str, AnswerRecord] = field(default_factory=dict)
    hits: dict[str, tuple[HitRecord, ...]] = field(default_factory=dict)
    fail_on: frozenset[str] = frozenset()
    stop_after: int | None = None
    asked: list[tuple[str, Filters]] = field(default_factory=list)
    searched: list[tuple[str, Filters]] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    closed: bool = False

    @property
    def info(self) -> TargetInfo:
        """Return what a target says about itself."""
        return TargetInfo("fake", {"mode": "auto"})

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def ask(self, question: str, filters: Filters) -> AnswerRecord:
        """Return the answer of the table."""
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked.append((question, filters))
        if question in self.fail_on:
            raise TargetError("it broke", code="internal")
        return self.answers[question]

    def search(self, query: str, filters: Filters, limit: int) -> tuple[HitRecord, ...]:
        """Return the hits of the table."""
        self.searched.append((query, filters))
        return self.hits.get(query, ())[:limit]

    def document(self, document_id: str, version: str | None) -> TargetDocument:
        """Return a document that is held."""
        if document_id not in self.documents or version not in (None, VERSION):
            raise TargetError(f"no {document_id}", code="unknown_document")
        return self.documents[document_id]

    def hold(self, documents: Sequence[DataDocument]) -> int:
        """Render and keep the documents."""
        for document in documents:
            self.documents[document.id] = rendered(document)
            self.held.append(document.id)
        return len(documents)

    def others(self, document_ids: Set[str]) -> int:
        """Count the other documents."""
        return len(self.documents.keys() - document_ids)


def with_answers(
    service: FakeService, change: Callable[[str, AnswerRecord], AnswerRecord]
) -> FakeService:
    """Return a service that answers otherwise."""
    changed = {question: change(question, answer) for question, answer in service.answers.items()}
    return replace(service, answers=changed, asked=[], searched=[], held=[])
