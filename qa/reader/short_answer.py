"""Evidence → the few words of the cited sentence that answer, or none.

The trained reader says which words of a sentence answer best and how sure it is against "none"; a
score fitted on development questions says from where that is right. No language model is asked,
and what is returned stands in the sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from qa.question.features import answer_kind
from qa.reader.linear import LinearScore, logistic
from qa.records import Evidence

# Probability from which a span is shown. On the development half of the exam the words shown from
# 0.2 have a token F1 of 0.37 at the mean, no less than those from 0.3; from 0.1 it falls to 0.29.
SHOW_FROM = 0.2

# What a short answer doesn't begin or end with: the stops of the sentence around it.
_EDGES = " \t\n.,;:!?–—-\"“”'’()[]…"


def span_features(evidence_features: Mapping[str, float], span: str) -> dict[str, float]:
    """Return the named features of how sure a span is."""
    return {
        "span": evidence_features.get("span", -12.0),
        "logit": evidence_features.get("logit", -12.0),
        "words": min(12.0, len(span.split())) / 4,
    }


class SpanAnswerer:
    """Takes short answers from what the reader said: verbatim words of the evidence."""

    def __init__(self, score: LinearScore, show_from: float = SHOW_FROM) -> None:
        self._score = score
        self._show_from = show_from

    def short_answer(self, question: str, evidence: Evidence) -> str | None:
        """Return words of ``evidence.text``, or None where no few words answer.

        Whether something is so isn't answered by words of a sentence, so it gets none.
        """
        if evidence.span is None or answer_kind(question) == "yes_no":
            return None
        words = evidence.text[evidence.span.char_start : evidence.span.char_end].strip(_EDGES)
        known = span_features(dict(evidence.features), words)
        return words if words and logistic(self._score.of(known)) >= self._show_from else None
