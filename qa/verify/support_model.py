"""Statement + cited sentences → the probability that they back it.

A linear score over what the trained reader says of them, how alike they are in meaning, and what
the deterministic checks see (``qa.verify.support_features``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from qa.reader.cross_encoder import WindowReader
from qa.reader.inputs import Window, WindowSentence
from qa.reader.linear import LinearScore, logistic
from qa.verify.sources import Cited
from qa.verify.support_features import Meaning, halves, support_features


class Comparison(Protocol):
    """Compares meanings; ``qa.verify.similarity.EncoderSimilarity`` is one."""

    def compare(self, statements: Sequence[str], texts: Sequence[str]) -> tuple[float, ...]:
        """Return how much each statement means what the texts say, between 0 and 1."""


class SupportModel:
    """Judges statements; it stands behind the deterministic checks."""

    def __init__(self, reader: WindowReader, comparison: Comparison, score: LinearScore) -> None:
        self._reader = reader
        self._comparison = comparison
        self._score = score

    def support(self, statement: str, cited: Sequence[Cited], reasons: Sequence[str]) -> float:
        """Return the calibrated probability that the cited sentences say what is stated.

        Args:
            statement: what is stated.
            cited: the sentences.
            reasons: what the deterministic checks hold against it.
        """
        if not cited:
            return 0.0
        return logistic(self._score.of(self.features(statement, cited, reasons)))

    def features(
        self, statement: str, cited: Sequence[Cited], reasons: Sequence[str]
    ) -> dict[str, float]:
        """Return the named features of the score."""
        (reading,) = self._reader.read(statement, [window_of(cited)])
        texts = [sentence.text for sentence in cited]
        whole, first, second = self._comparison.compare([statement, *halves(statement)], texts)
        meaning = Meaning(reading.supports, whole, (first, second))
        spoken = [(sentence.text, sentence.speaker) for sentence in cited]
        return support_features(statement, spoken, reasons, meaning)


def window_of(cited: Sequence[Cited]) -> Window:
    """Return cited sentences as the reader was trained to see them, labelled where they change."""
    sentences = []
    before: str | None = None
    for sentence in cited:
        label = sentence.speaker if sentence.speaker != before else None
        before = sentence.speaker
        sentences.append(WindowSentence(sentence.text, label or ""))
    return Window("", tuple(sentences))
