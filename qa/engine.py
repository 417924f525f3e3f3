"""Ask → Answer: retrieve, choose evidence, state and cite it, or abstain."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from index.errors import ModelUnavailable
from index.records import Hit
from qa.citations import cite
from qa.compose import ABSTENTION, ABSTENTION_FILTERED, Draft, compose
from qa.evidence import PASSAGES, Retriever, as_evidence, choose, rank_sentences
from qa.follow_ranking import meant, with_recalled
from qa.question import check_filters, clean_question
from qa.ranking import AnswerabilityModel, Ranked, SentenceRanker
from qa.records import (
    Abstention,
    AbstentionReason,
    Answer,
    Ask,
    Citation,
    Degradation,
    Evidence,
    Statement,
)
from qa.rewrite import Rewrite, Rewriter, narrowed
from qa.writing import Writer, Written

_log = structlog.get_logger("transcript_qa.engine")

# What a source's own label says needs no model's estimate.
CERTAIN = 1.0

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
        writer: Writer | None = None,
        *,
        rewriter: Rewriter | None = None,
        clock: Callable[[], float] = time.perf_counter,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._retriever = retriever
        self._ranker = ranker
        self._answerability = answerability
        self._limits = limits
        self._models = dict(models)
        self._writer = writer
        self._rewriter = rewriter
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
        if ask.mode == "generate" and self._writer is None:
            raise ModelUnavailable(
                "no language model is set up; use mode 'quote' or 'auto', or set TRANSCRIPT_QA_LLM"
            )
        watch = _Stopwatch(self._clock)
        rewrite = self._rewrite(question, ask)
        question, filters = rewrite.question, narrowed(ask.filters, rewrite.meaning)
        hits = with_recalled(self._retriever.search(question, filters, PASSAGES), rewrite)
        similarities = self._retriever.similarities(question, hits)
        watch.lap("retrieve")
        yield RetrievalEvent(hits)
        ranked = rank_sentences(question, filters, hits, similarities, self._ranker)
        ranked = meant(ranked, rewrite)
        confidence = self._confidence(ranked, rewrite)
        watch.lap("select")
        if rewrite.attribution:
            # the source's own label answers; there is nothing for a model to phrase
            ask = replace(ask, mode="quote")
        result = _Result(ask, rewrite, confidence, self._models, watch)
        if not ranked or confidence < self._limits.abstain_below:
            yield AnswerEvent(self._abstained(result, ranked, "no_evidence"))
            return
        evidence = choose(question, ranked, ask.limit or self._limits.statements)
        if rewrite.attribution:
            evidence = tuple(as_evidence(r) for r in ranked)
            result = replace(result, short_answer=evidence[0].sentence.speaker)
        elif ask.mode != "quote" and self._writer is not None:
            result = self._written(self._writer, result, evidence)
        if ask.mode == "generate" and result.written is None:
            yield AnswerEvent(self._abstained(result, ranked, "unsupported"))
            return
        answer = self._answered(result, evidence)
        for statement in answer.statements:
            cited = tuple(answer.citations[n - 1] for n in statement.citations)
            yield StatementEvent(statement, cited)
        yield AnswerEvent(answer)

    def _rewrite(self, question: str, ask: Ask) -> Rewrite:
        if self._rewriter is None or not ask.history:
            return Rewrite(question)
        return self._rewriter.rewrite(question, ask.history, ask.filters)

    def _confidence(self, ranked: Sequence[Ranked], rewrite: Rewrite) -> float:
        if rewrite.attribution:
            return CERTAIN if ranked and ranked[0].candidate.sentence.speaker else 0.0
        return self._answerability.confidence(rewrite.question, ranked)

    def _written(self, writer: Writer, result: _Result, evidence: Sequence[Evidence]) -> _Result:
        """Return the result with what the language model adds, or marked as having done without."""
        models = dict(self._models) | {
            "llm": writer.model,
            "prompt_version": writer.prompt_version,
            "seed": writer.seed,
        }
        ask, watch, question = result.ask, result.watch, result.rewrite.question
        try:
            short = writer.short_answer(question, evidence)
            phrased = writer.phrase(question, evidence, short)
        except ModelUnavailable:
            if ask.mode == "generate":
                raise
            watch.lap("generate")
            return replace(result, degraded=("llm_unavailable",))
        watch.lap("generate")
        written = None if phrased is None else writer.checked(phrased)
        watch.lap("verify")
        if written is not None and not written.verdict.ok:
            _log.info("statement_rejected", reasons=list(written.verdict.reasons))
            written = None
        return replace(result, models=models, short_answer=short, written=written)

    def _answered(self, result: _Result, evidence: Sequence[Evidence]) -> Answer:
        """Return an answer: what was written first, then the sentences that nothing was made of."""
        citations = tuple(cite(e, number) for number, e in enumerate(evidence, start=1))
        number_of = {(e.hit.document_id, e.sentence.number): n for n, e in enumerate(evidence)}
        drafts: list[Draft] = []
        stated: set[int] = set()
        if result.written is not None:
            places = [
                number_of[e.hit.document_id, e.sentence.number] for e in result.written.evidence
            ]
            stated.update(places)
            drafts.append(
                Draft(
                    result.written.text,
                    tuple(citations[place] for place in places),
                    "generated",
                    round(result.written.verdict.support, 4),
                )
            )
        drafts += [
            Draft(citation.quote, (citation,), "quoted", 1.0)
            for place, citation in enumerate(citations)
            if place not in stated and result.ask.mode != "generate"
        ]
        if result.ask.mode == "generate":
            citations = tuple(c for place, c in enumerate(citations) if place in stated)
        text, statements = compose(drafts)
        return Answer(
            id=self._new_id(),
            status="answered",
            question=result.ask.question,
            rewritten_question=result.rewrite.shown,
            answer=text,
            short_answer=result.short_answer,
            statements=statements,
            citations=citations,
            confidence=round(result.confidence, 4),
            abstention=None,
            degraded=result.degraded,
            timings_ms=result.watch.laps,
            models=result.models,
        )

    def _abstained(
        self, result: _Result, ranked: Sequence[Ranked], reason: AbstentionReason
    ) -> Answer:
        nearest = tuple(
            cite(as_evidence(r), number) for number, r in enumerate(ranked[:NEAREST], start=1)
        )
        return Answer(
            id=self._new_id(),
            status="abstained",
            question=result.ask.question,
            rewritten_question=result.rewrite.shown,
            answer=ABSTENTION if result.ask.filters.empty else ABSTENTION_FILTERED,
            short_answer=None,
            statements=(),
            citations=(),
            confidence=round(result.confidence, 4),
            abstention=Abstention(reason, nearest),
            degraded=result.degraded,
            timings_ms=result.watch.laps,
            models=result.models,
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


@dataclass(frozen=True, slots=True)
class _Result:
    """An answer on its way: what is known before it is put into words."""

    ask: Ask
    rewrite: Rewrite
    confidence: float
    models: Mapping[str, str | int | None]
    watch: _Stopwatch
    short_answer: str | None = None
    written: Written | None = None
    degraded: tuple[Degradation, ...] = ()
