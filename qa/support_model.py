"""Statement + cited sentences → the probability that they back it."""

from __future__ import annotations

from collections.abc import Sequence

from qa.cross_encoder import WindowReader
from qa.linear import LinearScore, logistic
from qa.reader_input import Window, WindowSentence
from qa.records import Evidence


class SupportModel:
    """Judges statements with the trained reader; it stands behind the deterministic checks."""

    def __init__(self, reader: WindowReader, score: LinearScore) -> None:
        self._reader = reader
        self._score = score

    def support(self, statement: str, cited: Sequence[Evidence]) -> float:
        """Return the calibrated probability that the cited sentences say what is stated."""
        if not cited:
            return 0.0
        window = Window("", tuple(WindowSentence(e.text, e.sentence.speaker or "") for e in cited))
        (reading,) = self._reader.read(statement, [window])
        return logistic(self._score.of({"supports": reading.supports}))
