"""Ask → Answer: retrieve, choose evidence, state and cite it, or abstain."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.errors import ModelUnavailable
from index.records import Filters, Hit
from index.text.languages import stemming
from qa.answer.answering import Answering, Stated, Stopwatch
from qa.answer.compose import OTHER_LANGUAGE, REPLIES, looked_at, read_of
from qa.answer.whole_transcripts import Declined, Told, Transcripts, tell
from qa.conversation.follow_ranking import meant, with_recalled
from qa.conversation.rewrite import Rewrite, Rewriter, narrowed
from qa.evidence.candidates import AnswerabilityModel, Ranked, SentenceRanker
from qa.evidence.select import (
    PASSAGES,
    Retriever,
    as_evidence,
    choose,
    nothing_to_search,
    rank_sentences,
)
from qa.generation.whole_document import Documents, asks_for_summary
from qa.generation.whole_document import whole as all_said
from qa.generation.writing import AnswerWriter, ShortAnswers, Task, Wrote
from qa.llm.cancellation import Cancellation
from qa.question.check import check_filters, clean_question
from qa.question.foreign import foreign
from qa.question.kind import Asked, recognise
from qa.question.small_talk import SmallTalk, small_talk
from qa.records import (
    AbstentionReason,
    Answer,
    Ask,
    Citation,
    Degradation,
    Evidence,
    Statement,
)

# What a source's own label says needs no model's estimate.
CERTAIN = 1.0


@dataclass(frozen=True, slots=True)
class RetrievalEvent:
    """The passages that were found."""

    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class StatementEvent:
    """One whole, verified statement and the citations it rests on.

    ``text`` is what it adds to the answer's text, with markers: the pieces of all statements put
    together are the answer.
    """

    statement: Statement
    citations: tuple[Citation, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """The finished answer."""

    answer: Answer


Event = RetrievalEvent | StatementEvent | AnswerEvent


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds an answer: question length, statements, and the confidence to answer at all.

    From ``close_from`` up to ``abstain_below`` the best sentence is shown as the closest passage.
    """

    question_chars: int
    statements: int
    abstain_below: float
    close_from: float = 1.0


class Engine:
    """Answers questions from a retriever's passages."""

    def __init__(
        self,
        retriever: Retriever,
        ranker: SentenceRanker,
        answerability: AnswerabilityModel,
        limits: Limits,
        models: Mapping[str, str | int | None],
        writer: AnswerWriter | None = None,
        *,
        rewriter: Rewriter | None = None,
        documents: Documents | None = None,
        transcripts: Transcripts | None = None,
        short_answers: ShortAnswers | None = None,
        clock: Callable[[], float] = time.perf_counter,
        new_id: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._retriever = retriever
        self._ranker = ranker
        self._answerability = answerability
        self._limits = limits
        self._models = models
        self._writer = writer
        self._rewriter = rewriter
        self._documents = documents
        self._transcripts = transcripts
        self._short_answers = short_answers
        self._clock = clock
        self._new_id = new_id

    def ask(self, ask: Ask, cancellation: Cancellation | None = None) -> Answer:
        """Return the answer; raises like ``stream``."""
        for event in self.stream(ask, cancellation):
            if isinstance(event, AnswerEvent):
                return event.answer
        raise AssertionError("the stream of an answer ends with the answer")

    def stream(self, ask: Ask, cancellation: Cancellation | None = None) -> Iterator[Event]:
        """Yield what was retrieved, each statement once it is whole, and the answer.

        Raises:
            InvalidQuery: the question or a filter can't be used.
            ModelUnavailable: mode ``generate``, and the language model is down.
            StorageError: the data directory can't be read.
            Cancelled: the client disconnected.
        """
        question = clean_question(ask.question, self._limits.question_chars)
        check_filters(ask.filters)
        talk = small_talk(question, follows=bool(ask.history))
        if talk is not None:
            yield from self._replied(ask, talk)
            return
        cancellation = cancellation or Cancellation()
        watch = Stopwatch(self._clock)
        asked, rewrite = self._understood(question, ask, cancellation)
        question, filters = rewrite.question, narrowed(ask.filters, rewrite.meaning)
        told = self._told(asked, question, ask, filters)
        if told is not None:
            answering = self._begun(ask, rewrite, watch)
            answering.degraded = self._degraded(filters)
            watch.lap("select")
            # Everything was gone through: there are no passages that came nearest.
            yield RetrievalEvent(())
            yield from _tell(answering, told)
            return
        hits = with_recalled(self._retriever.search(question, filters, PASSAGES), rewrite)
        similarities = self._retriever.similarities(question, hits)
        watch.lap("retrieve")
        yield RetrievalEvent(hits)
        cancellation.check()
        ranked = rank_sentences(question, filters, hits, similarities, self._ranker)
        ranked = meant(ranked, rewrite)
        confidence = self._confidence(ranked, rewrite)
        watch.lap("select")
        answering = self._begun(ask, rewrite, watch, confidence)
        answering.remark = _remark(question, [r.candidate.hit for r in ranked])
        answering.degraded = self._degraded(filters)
        in_other = foreign(question) is not None
        if in_other and hits and all(map(_english, hits)):
            end = answering.abstained((), "not_a_question", reply=OTHER_LANGUAGE)
            yield AnswerEvent(end)
            return
        reason: AbstentionReason
        whole = self._whole(question, ask, filters)
        if whole:
            assert self._writer is not None
            reason = yield from self._written(self._writer, answering, ranked, cancellation, whole)
            end = answering.abstained(ranked, reason) if answering.empty else answering.answered()
            yield AnswerEvent(end)
            return
        if not ranked or confidence < self._limits.abstain_below:
            nothing = None if hits else nothing_to_search(self._retriever, ask.filters)
            if nothing is None and in_other:
                end = answering.abstained(ranked, "not_a_question", reply=OTHER_LANGUAGE)
            else:
                close = bool(ranked) and confidence >= self._limits.close_from
                end = answering.abstained(ranked, nothing or "no_evidence", close=close)
            yield AnswerEvent(end)
            return
        reason = "unsupported"
        if rewrite.attribution:
            # the source's own label answers; there is nothing for a model to phrase
            yield from self._attributed(answering, ranked)
        elif ask.mode == "generate" and self._writer is None:
            reason = "needs_model"
        elif ask.mode == "quote" or self._writer is None:
            chosen = self._chosen(ask, ranked)
            if self._short_answers is not None:
                answering.short_answer = self._short_answers.short_answer(question, chosen[0])
            yield from _quoted(answering, chosen)
        else:
            reason = yield from self._written(self._writer, answering, ranked, cancellation)
        if answering.empty:
            yield AnswerEvent(answering.abstained(ranked, reason))
        else:
            yield AnswerEvent(answering.answered())

    def _understood(
        self, question: str, ask: Ask, cancellation: Cancellation
    ) -> tuple[Asked | None, Rewrite]:
        """Return what is asked of whole transcripts, if anything, and the question on its own.

        "Summarize the meeting" stands alone; "What is it about?" may be about what was said before.
        """
        asked = recognise(question)
        if asked is not None and not (asked.pronoun and ask.history):
            return asked, Rewrite(question)
        rewrite = self._rewrite(question, ask, cancellation)
        return recognise(rewrite.question), rewrite

    def _told(
        self, asked: Asked | None, question: str, ask: Ask, filters: Filters
    ) -> Told | Declined | None:
        """Return what whole transcripts answer; a larger model words an overview itself."""
        if asked is None or self._transcripts is None:
            return None
        if asked.kind == "overview" and self._summarises(question, ask, filters):
            return None
        return tell(asked, filters, self._transcripts, ask.limit)

    def _summarises(self, question: str, ask: Ask, filters: Filters) -> bool:
        """Return whether the language model reads whole documents for this question."""
        return (
            self._documents is not None
            and self._writer is not None
            and self._writer.reads is not None
            and ask.mode != "quote"
            and asks_for_summary(question, filters)
        )

    def _rewrite(self, question: str, ask: Ask, cancellation: Cancellation) -> Rewrite:
        # "And why?" after "thanks" follows on what was asked before that
        history = tuple(each for each in ask.history if small_talk(each.question) is None)
        if self._rewriter is None or not history:
            return Rewrite(question)
        return self._rewriter.rewrite(question, history, ask.filters, cancellation)

    def _replied(self, ask: Ask, talk: SmallTalk) -> Iterator[Event]:
        """Yield what small talk gets: nothing is searched for."""
        yield RetrievalEvent(())
        answering = self._begun(ask, Rewrite(ask.question), Stopwatch(self._clock))
        yield AnswerEvent(answering.abstained((), "not_a_question", reply=REPLIES[talk]))

    def _begun(
        self, ask: Ask, rewrite: Rewrite, watch: Stopwatch, confidence: float = 0.0
    ) -> Answering:
        """Return an answer that says nothing yet."""
        models = dict(self._models)
        return Answering(
            self._new_id(), ask, rewrite, confidence, models, watch, usage=rewrite.usage
        )

    def _degraded(self, filters: Filters) -> tuple[Degradation, ...]:
        return ("vectors_pending",) if self._retriever.vectors_pending(filters) else ()

    def _confidence(self, ranked: Sequence[Ranked], rewrite: Rewrite) -> float:
        if rewrite.attribution:
            return CERTAIN if ranked and ranked[0].candidate.sentence.speaker else 0.0
        return self._answerability.confidence(ranked)

    def _whole(self, question: str, ask: Ask, filters: Filters) -> tuple[Evidence, ...]:
        """Return all that is said in the documents that a summary is asked of; else nothing."""
        if self._documents is None or not self._summarises(question, ask, filters):
            return ()
        return all_said(self._documents, filters)

    def _chosen(self, ask: Ask, ranked: Sequence[Ranked]) -> tuple[Evidence, ...]:
        return choose(ranked, ask.limit or self._limits.statements)

    def _attributed(
        self, answering: Answering, ranked: Sequence[Ranked]
    ) -> Iterator[StatementEvent]:
        evidence = [as_evidence(r) for r in ranked[: answering.ask.limit]]
        answering.short_answer = evidence[0].sentence.speaker
        yield from _quoted(answering, evidence)

    def _written(
        self,
        writer: AnswerWriter,
        answering: Answering,
        ranked: Sequence[Ranked],
        cancellation: Cancellation,
        whole: tuple[Evidence, ...] = (),
    ) -> Generator[StatementEvent, None, AbstentionReason]:
        """Yield what the language model states, and quote what it leaves; return why if nothing."""
        ask, watch, question = answering.ask, answering.watch, answering.rewrite.question
        chosen = self._chosen(ask, ranked)
        reads = writer.reads
        few = chosen if reads is None else tuple(as_evidence(r) for r in ranked[:reads])
        task = Task(
            question=question,
            evidence=whole or few,
            most=ask.limit or self._limits.statements,
            whole=bool(whole),
            lap=watch.lap,
            cancellation=cancellation,
            rejected=answering.rejected.append,
        )
        if reads is not None:
            answering.remark = _remark(question, [item.hit for item in task.evidence])
        end = Wrote()
        try:
            for part in writer.write(task):
                if isinstance(part, Wrote):
                    end = part
                else:
                    yield _event(
                        answering.state(
                            part.text,
                            part.evidence,
                            "quoted" if part.quoted else "generated",
                            part.support,
                            spoken=part.spoken,
                        )
                    )
        except ModelUnavailable:
            watch.lap("generate")
            if answering.empty and ask.mode == "generate":
                raise
            answering.degraded = (*answering.degraded, "llm_unavailable")
        outage = "llm_unavailable" in answering.degraded
        if not (outage and answering.empty):
            answering.models = dict(self._models) | {
                "llm": writer.model,
                "prompt_version": writer.prompt_version,
                "seed": writer.seed,
            }
        answering.short_answer = end.short_answer
        answering.usage += end.usage
        if end.read is not None and whole:
            documents = {item.hit.document_id for item in whole}
            answering.remark = read_of(end.read, len(whole), len(documents))
        elif end.read is not None:  # a small context holds less than was chosen
            answering.remark = _remark(question, [item.hit for item in few[: end.read]])
        elif outage and answering.empty:
            answering.remark = _remark(question, [r.candidate.hit for r in ranked])
        if end.partly:
            answering.degraded = (*answering.degraded, "llm_unavailable")
        if ask.mode == "auto" and (reads is None or (outage and answering.empty)):
            yield from _quoted(answering, [e for e in chosen if not answering.tells(e)])
        return "no_evidence" if end.insufficient else "unsupported"


def _english(hit: Hit) -> bool:
    """Return whether a passage is English, by what its source states and by its words."""
    return stemming(hit.metadata.language) is None and foreign(hit.text) is None


def _remark(question: str, hits: Sequence[Hit]) -> str | None:
    return looked_at(question, len(hits), len({hit.document_id for hit in hits}))


def _tell(answering: Answering, told: Told | Declined) -> Iterator[Event]:
    if isinstance(told, Declined):
        yield AnswerEvent(answering.abstained((), told.reason, reply=told.text))
        return
    answering.confidence = told.confidence
    answering.short_answer = told.short_answer
    answering.begin(told.lead)
    for point in told.points:
        stated = answering.state(
            point.text,
            point.evidence,
            told.origin,
            1.0,  # verbatim, or counted: it backs itself
            spoken=told.origin == "quoted",
            place=point.place,
        )
        yield _event(stated)
    yield AnswerEvent(answering.answered())


def _quoted(answering: Answering, evidence: Sequence[Evidence]) -> Iterator[StatementEvent]:
    for item in evidence:
        yield _event(answering.quote(item))


def _event(stated: Stated) -> StatementEvent:
    return StatementEvent(stated.statement, stated.citations, stated.piece)
