"""Question + history → a question that stands alone, and the sentences cited before.

Where the rules are is ``qa.conversation.follow_up``; here earlier citations are looked up, so that
"Who said that?" is answered by the source's own label and everything cited before can be cited
again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from index.aliases import forms
from index.errors import InputError
from index.records import Filters, Hit
from index.search import catalog
from qa.conversation.follow_up import FollowUp, Past, Recalled, resolve
from qa.evidence.candidates import sentence_text
from qa.llm.cancellation import Cancellation
from qa.records import CitedSpan, Exchange, Usage

DEPTH = 6
"""Earlier exchanges that are looked at: what lies further back is seldom meant."""

CITED = 8
"""Citations of one answer that are looked up; more than an answer has unless it was asked for."""

_QUOTE = re.compile(r"“([^“”]+)”")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A question as it is answered.

    Args:
        question: it stands alone.
        meaning: what the follow-up rules found out, None for a question that stood alone.
        recalled: the sentences that the last answer cited, in its order.
        usage: what a language model was asked for it.
    """

    question: str
    meaning: FollowUp | None = None
    recalled: tuple[Recalled, ...] = ()
    usage: Usage = field(default_factory=Usage)

    @property
    def shown(self) -> str | None:
        """Return the rewritten question, None where nothing was rewritten."""
        return None if self.meaning is None else self.question

    @property
    def attribution(self) -> bool:
        """Return whether it asks who said what was cited."""
        return self.meaning is not None and self.meaning.attribution


class Rewriter(Protocol):
    """Makes follow-up questions stand alone."""

    def rewrite(
        self,
        question: str,
        history: Sequence[Exchange],
        filters: Filters,
        cancellation: Cancellation | None = None,
    ) -> Rewrite:
        """Return the question as it is meant; only what the filters admit is recalled.

        Raises:
            Cancelled: the client disconnected.
        """


class Recall(Protocol):
    """Where citations are looked up; ``index.library.Library`` is one."""

    def passage_at(self, document_id: str, version: str, char_start: int, char_end: int) -> Hit:
        """Return the passage of that version which holds the range; raises ``InputError``."""

    def search(
        self, query: str, filters: Filters | None = None, limit: int = 10
    ) -> tuple[Hit, ...]:
        """Return the best passages, best first."""

    def is_current(self, document_id: str, version: str) -> bool:
        """Return whether a document has that version now."""


class CarryOver:
    """Rewrites by rules; no model is asked."""

    def __init__(self, recall: Recall) -> None:
        self._recall = recall

    def rewrite(
        self,
        question: str,
        history: Sequence[Exchange],
        filters: Filters,
        cancellation: Cancellation | None = None,
    ) -> Rewrite:
        """Return the question as it is meant."""
        past = self.past(history, filters)
        if not past:
            return Rewrite(question)
        found = resolve(question, past)
        if found is None:
            return Rewrite(question)
        return Rewrite(found.question, found, past[-1].cited)

    def past(self, history: Sequence[Exchange], filters: Filters) -> tuple[Past, ...]:
        """Return the last exchanges, their questions standing alone, with what they cited."""
        past: list[Past] = []
        for exchange in history[-DEPTH:]:
            found = resolve(exchange.question, past)
            cited = self._recalled(exchange, filters)
            past.append(Past(exchange.question if found is None else found.question, cited))
        return tuple(past)

    def _recalled(self, exchange: Exchange, filters: Filters) -> tuple[Recalled, ...]:
        spans = exchange.citations[:CITED]
        found = [r for span in spans for r in self._at(span)] if spans else self._quoted(exchange)
        return tuple(r for r in dict.fromkeys(found) if admits(filters, r))

    def _at(self, span: CitedSpan) -> tuple[Recalled, ...]:
        """Return the sentences in a cited range; none when the range or its document is gone."""
        try:
            hit = self._recall.passage_at(
                span.document_id, span.document_version, span.char_start, span.char_end
            )
        except InputError:
            return ()
        if not self._recall.is_current(span.document_id, span.document_version):
            # What was replaced meanwhile still resolves as a citation, but answers nothing.
            return ()
        return tuple(
            Recalled(hit, sentence, sentence_text(hit, sentence))
            for sentence in hit.sentences
            if sentence.char_start < span.char_end and span.char_start < sentence.char_end
        )

    def _quoted(self, exchange: Exchange) -> list[Recalled]:
        """Return the sentences that an answer quotes, for clients that keep no citations.

        Only the exact words of a whole sentence count.
        """
        found = []
        for quote in _QUOTE.findall(exchange.answer)[:CITED]:
            found += [
                Recalled(hit, sentence, quote)
                for hit in self._recall.search(quote, None, 3)
                for sentence in hit.sentences
                if sentence_text(hit, sentence) == quote
            ][:1]
        return found


def admits(filters: Filters, recalled: Recalled) -> bool:
    """Return whether a sentence cited before is among what a question is limited to."""
    metadata, speaker = recalled.hit.metadata, recalled.sentence.speaker
    entry = catalog.Entry(
        document_id=recalled.hit.document_id,
        date=metadata.date,
        collection=metadata.collection,
        speakers=frozenset() if speaker is None else forms(speaker, recalled.hit.aliases),
    )
    return catalog.admits(filters, entry)


def narrowed(filters: Filters, meaning: FollowUp | None) -> Filters:
    """Return the filters with the speaker that a pronoun stands for, unless speakers are chosen."""
    if meaning is None or meaning.speaker is None or filters.speakers:
        return filters
    return replace(filters, speakers=(meaning.speaker,))
