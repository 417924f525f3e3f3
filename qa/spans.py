"""Question + evidence → the few words of the cited sentence that answer, or none."""

from __future__ import annotations

from qa.cross_encoder import WindowReader
from qa.linear import LinearScore, logistic
from qa.question_features import is_broad
from qa.records import Evidence
from qa.trained_ranker import window_of

# Probability from which a span is shown; chosen on the development parts.
SHOW_FROM = 0.3


class SpanAnswerer:
    """Takes short answers from the trained reader; always verbatim words of the evidence."""

    def __init__(self, reader: WindowReader, score: LinearScore, show_from: float = SHOW_FROM):
        self._reader = reader
        self._score = score
        self._show_from = show_from

    def short_answer(self, question: str, evidence: Evidence) -> str | None:
        """Return a span of ``evidence.text``, or None where no few words answer."""
        if is_broad(question):
            return None
        window = window_of(evidence.hit)
        (reading,) = self._reader.read(question, [window])
        span = reading.spans[evidence.hit.sentences.index(evidence.sentence)]
        if span is None or logistic(self._score.of({"span": span.score})) < self._show_from:
            return None
        return evidence.text[span.char_start : span.char_end] or None
