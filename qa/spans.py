"""Question + evidence → the few words of the cited sentence that answer, or none.

The trained reader says where an answer may begin and end, a linear score over that and the shape of
the words chooses (``qa.span_scores``), and ``qa.span_rules`` refuses what can't answer and takes
whole phrases. No language model is asked, and what is returned stands in the sentence.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.cross_encoder import Edges, WindowReader
from qa.linear import LinearScore, logistic
from qa.question_features import answer_kind, is_broad
from qa.records import Evidence
from qa.span_rules import SpanRules, said
from qa.span_scores import Scored, scored_spans
from qa.trained_ranker import window_of
from qa.verify.numbers import numbers
from qa.verify.tokens import tokens

# Probability from which a span is shown. On development questions 0.35 costs 0.02 of token F1
# beside 0.1, and shows one for 57 instead of 95 in 100 questions that have no answer.
SHOW_FROM = 0.35

_COUNTED = re.compile(r"\bhow many\b", re.IGNORECASE)

# Longest sentence that is searched, in words: longer ones are no sentences.
MAX_WORDS = 120


def ranked_spans(
    question: str, sentence: str, edges: Edges, score: LinearScore
) -> list[tuple[float, Scored]]:
    """Return the spans of a sentence with their log-odds against "none", the best first."""
    found = [(score.of(one.features), one) for one in scored_spans(question, sentence, edges)]
    return sorted(found, key=lambda item: (-item[0], item[1].span.first, item[1].span.last))


class SpanAnswerer:
    """Takes short answers from the trained reader: verbatim words of the evidence."""

    def __init__(self, reader: WindowReader, score: LinearScore, show_from: float = SHOW_FROM):
        self._reader = reader
        self._score = score
        self._show_from = show_from

    def short_answer(self, question: str, evidence: Evidence) -> str | None:
        """Return a span of ``evidence.text``, or None where no few words answer."""
        sentence = evidence.text
        if answer_kind(question) == "yes_no":
            return None  # it takes the whole sentence to tell whether something is so
        clause = said(question, sentence)
        if clause is not None:
            return clause
        if not _may_answer(question, sentence):
            return None
        (reading,) = self._reader.read(question, [window_of(evidence.hit)])
        edges = reading.edges[evidence.hit.sentences.index(evidence.sentence)]
        return self._chosen(
            question, sentence, ranked_spans(question, sentence, edges, self._score)
        )

    def _chosen(
        self, question: str, sentence: str, found: Sequence[tuple[float, Scored]]
    ) -> str | None:
        rules = SpanRules(question, sentence)
        for value, one in found:
            if logistic(value) < self._show_from:
                return None
            if rules.plausible(one.span):
                span = rules.whole(one.span)
                return sentence[span.char_start : span.char_end] or None
        return None


def _may_answer(question: str, sentence: str) -> bool:
    """Tell whether few words of this sentence could answer."""
    if is_broad(question) or len(sentence.split()) > MAX_WORDS:
        return False
    return not _COUNTED.search(question) or bool(numbers(tokens(sentence)))
