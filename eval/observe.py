"""Question + target → Observation: ask, search, place the gold, look up what was cited."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from threading import Lock

from eval.errors import TargetError
from eval.gold import joined, place
from eval.overlap import Located
from eval.records import (
    AnswerRecord,
    CallFailure,
    CitationCheck,
    CitedQuote,
    DataDocument,
    Gold,
    HitRecord,
    Observation,
    Question,
    Scope,
    TargetDocument,
    Window,
)
from eval.targets.base import Service
from index.records import Filters

SEARCH_LIMIT = 20
"""Hits asked for: enough for a reciprocal rank at 20 and for 800 words of short passages."""
WINDOW_CHARS = 200
"""Context kept on each side of a citation or gold span for the report."""
WINDOW_SPANS = 12
"""Most spans that get a window; a question may have dozens of gold spans, nobody reads them all."""
CACHED_DOCUMENTS = 64
"""Documents kept in memory; questions come grouped by document in most sets."""


class CachedLibrary:
    """Documents of a target, each version fetched once while it stays among the last used."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._held: OrderedDict[tuple[str, str | None], TargetDocument] = OrderedDict()
        self._lock = Lock()

    def document(self, document_id: str, version: str | None) -> TargetDocument:
        """Return a document; raises ``TargetError``."""
        key = (document_id, version)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        document = self._service.document(document_id, version)
        with self._lock:
            self._held[key] = document
            self._held[(document_id, document.document_version)] = document
            while len(self._held) > CACHED_DOCUMENTS:
                self._held.popitem(last=False)
        return document


def check_citation(citation: CitedQuote, library: CachedLibrary) -> CitationCheck:
    """Return the text at a citation's address in the target's own text.

    Raises:
        TargetError: the target failed; a document or version it doesn't know is no failure.
    """
    try:
        document = library.document(citation.document_id, citation.document_version)
    except TargetError as error:
        if error.code in {"unreachable", "malformed"}:
            raise
        return CitationCheck(None, False)
    if not 0 <= citation.char_start < citation.char_end <= len(document.text):
        return CitationCheck(None, False)
    agrees = citation.turn is None or any(
        turn.number == citation.turn
        and turn.char_start <= citation.char_start
        and citation.char_end <= turn.char_end
        and turn.speaker == citation.speaker
        for turn in document.turns
    )
    return CitationCheck(document.text[citation.char_start : citation.char_end], agrees)


def _whole_words(text: str, low: int, high: int) -> tuple[int, int]:
    """Return a range narrowed to whole words at the ends that cut one."""
    low, high = max(0, low), min(len(text), high)
    if low > 0 and (step := re.search(r"\s", text[low : low + WINDOW_CHARS // 2])):
        low += step.end()
    if high < len(text) and (step := re.search(r"\s\S*$", text[high - WINDOW_CHARS // 2 : high])):
        high -= step.end() - step.start()
    return low, high


def windows_of(spans: Iterable[Located], library: CachedLibrary) -> tuple[Window, ...]:
    """Return the context of the first spans, windows that touch merged, in order of place."""
    ranges: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for span in list(spans)[:WINDOW_SPANS]:
        key = (span.document_id, span.document_version)
        ranges.setdefault(key, []).append((span.char_start, span.char_end))
    windows: list[Window] = []
    for (document_id, version), pairs in sorted(ranges.items()):
        try:
            text = library.document(document_id, version).text
        except TargetError:
            continue
        merged: list[tuple[int, int]] = []
        for start, end in sorted(pairs):
            low, high = _whole_words(text, start - WINDOW_CHARS, end + WINDOW_CHARS)
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
            elif low < high:
                merged.append((low, high))
        windows.extend(Window(document_id, version, a, text[a:b]) for a, b in merged)
    return tuple(windows)


class Observer:
    """Asks one target the questions of one data set; safe to share between threads.

    Args:
        target: what is asked, and holds the documents.
        documents: those of the data set.
        scope: ``document`` asks every question within its own document.
        clock: seconds, for latencies.
    """

    def __init__(
        self,
        target: Service,
        documents: Sequence[DataDocument],
        scope: Scope,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._target = target
        self._library = CachedLibrary(target)
        self._documents = {document.id: document for document in documents}
        self._scope: Scope = scope
        self._clock = clock

    def observe(self, question: Question) -> Observation:
        """Ask one question; a failing target becomes the observation's ``error``."""
        try:
            return self._observe(question)
        except TargetError as error:
            failure = CallFailure(error.code, error.detail)
            return self._observation(question, Gold(), None, (), {}, error=failure)

    def _observe(self, question: Question) -> Observation:
        filters = self._filters(question)
        gold = Gold()
        if question.answerable:
            held = self._library.document(question.document_id, None)
            gold = place(question, self._documents[question.document_id], held)
            if self._scope == "corpus":
                gold = self._with_elsewhere(question, gold)
        started = self._clock()
        answer = self._target.ask(question.question, filters)
        asked = self._clock()
        hits = self._target.search(question.question, filters, SEARCH_LIMIT)
        searched = self._clock()
        latency = {"ask": (asked - started) * 1000, "search": (searched - asked) * 1000}
        return self._observation(question, gold, answer, hits, latency)

    def _filters(self, question: Question) -> Filters:
        """Return what is sent: the question's own filters, and its document where that is asked."""
        if self._scope == "corpus":
            return question.filters
        return replace(question.filters, document_ids=(question.document_id,))

    def _with_elsewhere(self, question: Question, gold: Gold) -> Gold:
        """Return the gold with the evidence in further documents, which only a corpus can show."""
        for document_id in dict.fromkeys(item.document_id for item in question.elsewhere):
            items = tuple(i for i in question.elsewhere if i.document_id == document_id)
            part = replace(question, evidence=items, evidence_fine=())
            held = self._library.document(document_id or "", None)
            gold = joined(gold, place(part, self._documents[document_id or ""], held))
        return gold

    def _observation(
        self,
        question: Question,
        gold: Gold,
        answer: AnswerRecord | None,
        hits: tuple[HitRecord, ...],
        latency_ms: dict[str, float],
        error: CallFailure | None = None,
    ) -> Observation:
        ranked = answer.ranked if answer else ()
        return Observation(
            question_id=question.id,
            document_id=question.document_id,
            question=question.question,
            answers=question.answers,
            answerable=question.answerable,
            split=question.split,
            kind=question.kind,
            domain=question.domain,
            scope=self._scope,
            gold=gold,
            answer=answer,
            hits=hits,
            checks=tuple(check_citation(citation, self._library) for citation in ranked),
            windows=windows_of(
                [*ranked, *(span for group in gold.groups for span in group)], self._library
            ),
            latency_ms=latency_ms,
            error=error,
            filters=self._filters(question),
        )
