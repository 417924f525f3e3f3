"""Statements as they are made → the answer: citations numbered by first use, text, times."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from qa.answer.citations import cite
from qa.answer.compose import Composition, Draft, abstention
from qa.conversation.rewrite import Rewrite
from qa.evidence.candidates import Ranked
from qa.evidence.select import as_evidence
from qa.records import (
    Abstention,
    AbstentionReason,
    Answer,
    Ask,
    Citation,
    Degradation,
    Evidence,
    Origin,
    Rejected,
    Statement,
    Usage,
)

# Shown with an abstention: enough to see that the search worked, few enough to read.
NEAREST = 3


class Stopwatch:
    """Times of the stages of one answer, in milliseconds; a stage that didn't run took 0."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._last = clock()
        self.laps: dict[str, float] = dict.fromkeys(
            ("retrieve", "select", "generate", "verify"), 0.0
        )

    def lap(self, stage: str) -> None:
        """Add the time since the last lap to a stage."""
        now = self._clock()
        self.laps[stage] = round(self.laps[stage] + 1000 * (now - self._last), 3)
        self._last = now


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement in its place, the citations it rests on, and the piece of text it adds."""

    statement: Statement
    citations: tuple[Citation, ...]
    piece: str


@dataclass(slots=True)
class Answering:
    """One answer on its way: it grows by statements and ends as an answer or an abstention."""

    id: str
    ask: Ask
    rewrite: Rewrite
    confidence: float
    models: Mapping[str, str | int | None]
    watch: Stopwatch
    short_answer: str | None = None
    degraded: tuple[Degradation, ...] = ()
    usage: Usage = field(default_factory=Usage)
    remark: str | None = None
    rejected: list[Rejected] = field(default_factory=list)
    _composition: Composition = field(default_factory=Composition)
    _citations: dict[tuple[str, str, int, int], Citation] = field(default_factory=dict)
    _told: set[tuple[str, int]] = field(default_factory=set)

    @property
    def empty(self) -> bool:
        """Return whether nothing is stated yet."""
        return not self._composition.statements

    def begin(self, lead: str) -> None:
        """Put a line in front of the statements; nothing is stated yet."""
        self._composition = Composition(lead)

    def tells(self, evidence: Evidence) -> bool:
        """Return whether a statement rests on this sentence already."""
        return (evidence.hit.document_id, evidence.sentence.number) in self._told

    def state(
        self,
        text: str,
        evidence: Sequence[Evidence],
        origin: Origin,
        support: float,
        *,
        spoken: bool = True,
        place: str | None = None,
    ) -> Stated:
        """Add a statement; ``spoken`` says whether its words are the cited speaker's own.

        ``place`` is shown beside the speaker: when it was said, or in which transcript.
        """
        citations = tuple(dict.fromkeys(self._cite(item) for item in evidence))
        draft = Draft(text, citations, origin, round(support, 4), spoken, place)
        statement, piece = self._composition.add(draft)
        return Stated(statement, citations, piece)

    def quote(self, evidence: Evidence) -> Stated:
        """Add a sentence in its own words; a verbatim quote backs itself."""
        return self.state(evidence.text, (evidence,), "quoted", 1.0)

    def answered(self) -> Answer:
        """Return what was stated as the answer, and the remark on it behind that."""
        text = self._composition.text
        return self._answer(f"{text}\n{self.remark}" if self.remark else text, None)

    def abstained(
        self,
        ranked: Sequence[Ranked],
        reason: AbstentionReason,
        *,
        close: bool = False,
        reply: str | None = None,
    ) -> Answer:
        """Return an abstention that shows what is nearest.

        Args:
            ranked: what was found, best first.
            reason: why nothing is stated.
            close: whether the best of it may well be what was asked for.
            reply: what to say in place of the reason's own words.
        """
        nearest = tuple(
            cite(as_evidence(r), number) for number, r in enumerate(ranked[:NEAREST], start=1)
        )
        self.short_answer = None
        text = reply or abstention(reason, filtered=not self.ask.filters.empty, close=close)
        return self._answer(text, Abstention(reason, nearest, nearest[:1] if close else ()))

    def _answer(self, text: str, abstention: Abstention | None) -> Answer:
        return Answer(
            id=self.id,
            status="abstained" if abstention else "answered",
            question=self.ask.question,
            rewritten_question=self.rewrite.shown,
            answer=text,
            short_answer=self.short_answer,
            statements=self._composition.statements,
            citations=tuple(self._citations.values()),
            confidence=round(self.confidence, 4),
            abstention=abstention,
            degraded=self.degraded,
            timings_ms=self.watch.laps,
            models=self.models,
            usage=self.usage,
            rejected=tuple(self.rejected),
        )

    def _cite(self, evidence: Evidence) -> Citation:
        hit, sentence = evidence.hit, evidence.sentence
        address = (hit.document_id, hit.document_version, sentence.char_start, sentence.char_end)
        if address not in self._citations:
            self._citations[address] = cite(evidence, len(self._citations) + 1)
        self._told.add((hit.document_id, sentence.number))
        return self._citations[address]
