"""Ask → Answer: retrieve, choose evidence, state and cite it, or abstain."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.errors import ModelUnavailable
from index.records import Hit
from qa.citations import cite
from qa.compose import ABSTENTION, ABSTENTION_FILTERED, Draft, compose
from qa.evidence import PASSAGES, Retriever, as_evidence, choose, rank_sentences
from qa.question import check_filters, clean_question
from qa.ranking import AnswerabilityModel, Ranked, SentenceRanker
from qa.records import Abstention, Answer, Ask, Citation, Statement

# Shown with an abstention: enough to see that the search worked, few enough to read.
NEAREST = 3


@dataclass(frozen=True, slots=True)
class RetrievalEvent:
    """The passages that were found."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class StatementEvent:
    """One whole, verified statement and the citations it rests on."""

    statement: Statement
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """The finished answer."""

    answer: Answer


Event = RetrievalEvent | StatementEvent | AnswerEvent


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds an answer: question length, statements, and the confidence to answer at all."""

    question_chars: int
    statements: int
    abstain_below: float


class Engine:
    """Answers questions from a retriever's passages."""

    def __init__(
        self,
        retriever: Retriever,
        ranker: SentenceRanker,
        answerability: AnswerabilityModel,
        limits: Limits,
        models: Mapping[str, str | int | None],
        *,
        clock: Callable[[], float] = time.perf_counter,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._retriever = retriever
        self._ranker = ranker
        self._answerability = answerability
        self._limits = limits
        self._models = dict(models)
        self._clock = clock
        self._new_id = new_id

    def ask(self, ask: Ask) -> Answer:
        """Return the answer; raises like ``stream``."""
        for event in self.stream(ask):
            if isinstance(event, AnswerEvent):
                return event.answer
        raise AssertionError("the stream of an answer ends with the answer")

    def stream(self, ask: Ask) -> Iterator[Event]:
        """Yield what was retrieved, each statement once it is whole, and the answer.

        Raises:
            InvalidQuery: the question or a filter can't be used.
            ModelUnavailable: mode ``generate``, and there is no language model to do it.
            StorageError: the data directory can't be read.
        """
        question = clean_question(ask.question, self._limits.question_chars)
        check_filters(ask.filters)
        if ask.mode == "generate":
            raise ModelUnavailable(
                "no language model is set up; use mode 'quote' or 'auto', or set TRANSCRIPT_QA_LLM"
            )
        watch = _Stopwatch(self._clock)
        hits = self._retriever.search(question, ask.filters, PASSAGES)
        similarities = self._retriever.similarities(question, hits)
        watch.lap("retrieve")
        yield RetrievalEvent(hits)
        ranked = rank_sentences(question, ask.filters, hits, similarities, self._ranker)
        confidence = self._answerability.confidence(question, ranked)
        watch.lap("select")
        if not ranked or confidence < self._limits.abstain_below:
            yield AnswerEvent(self._abstained(ask, ranked, confidence, watch))
            return
        evidence = choose(question, ranked, ask.limit or self._limits.statements)
        citations = tuple(cite(e, number) for number, e in enumerate(evidence, start=1))
        drafts = [Draft(c.quote, (c,), "quoted", 1.0) for c in citations]
        text, statements = compose(drafts)
        for statement in statements:
            yield StatementEvent(statement, tuple(citations[n - 1] for n in statement.citations))
        yield AnswerEvent(
            Answer(
                id=self._new_id(),
                status="answered",
                question=ask.question,
                rewritten_question=None,
                answer=text,
                short_answer=None,
                statements=statements,
                citations=citations,
                confidence=round(confidence, 4),
                abstention=None,
                degraded=(),
                timings_ms=watch.laps,
                models=self._models,
            )
        )

    def _abstained(
        self, ask: Ask, ranked: Sequence[Ranked], confidence: float, watch: _Stopwatch
    ) -> Answer:
        nearest = tuple(
            cite(as_evidence(r), number) for number, r in enumerate(ranked[:NEAREST], start=1)
        )
        return Answer(
            id=self._new_id(),
            status="abstained",
            question=ask.question,
            rewritten_question=None,
            answer=ABSTENTION if ask.filters.empty else ABSTENTION_FILTERED,
            short_answer=None,
            statements=(),
            citations=(),
            confidence=round(confidence, 4),
            abstention=Abstention("no_evidence", nearest),
            degraded=(),
            timings_ms=watch.laps,
            models=self._models,
        )


class _Stopwatch:
    """Times of the stages of one answer, in milliseconds; a stage that didn't run took 0."""

    def __init__(self, clock: Callable[[], float]) -> None:
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
