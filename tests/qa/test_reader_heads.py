from __future__ import annotations

from collections.abc import Sequence

from qa.cross_encoder import Reading, Span
from qa.linear import LinearScore
from qa.reader_input import Window
from qa.records import Evidence
from qa.spans import SpanAnswerer
from qa.support_model import SupportModel
from tests.qa.builders_ranking import make_hit


class FixedReader:
    """Finds the same span in every sentence, and the support it was told."""

    def __init__(self, span: Span | None, supports: float = 0.0) -> None:
        self._span = span
        self._supports = supports
        self.windows: list[Window] = []

    def read(self, text: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        self.windows += windows
        return tuple(
            Reading(
                scores=(0.0,) * len(window.sentences),
                answers=0.0,
                supports=self._supports,
                spans=(self._span,) * len(window.sentences),
            )
            for window in windows
        )


def make_evidence() -> Evidence:
    hit = make_hit("Well.", "They meet in Berlin.", speaker="Ann")
    return Evidence(hit, hit.sentences[1], "They meet in Berlin.", "", 1.0)


SCORE = LinearScore(0.0, {"span": 1.0, "supports": 1.0})


def test_a_short_answer_is_a_verbatim_span_of_the_cited_sentence() -> None:
    answerer = SpanAnswerer(FixedReader(Span(13, 19, 4.0)), SCORE)
    assert answerer.short_answer("Where do they meet?", make_evidence()) == "Berlin"


def test_no_short_answer_where_the_reader_is_unsure_or_the_question_broad() -> None:
    unsure = SpanAnswerer(FixedReader(Span(13, 19, -9.0)), SCORE)
    assert unsure.short_answer("Where do they meet?", make_evidence()) is None
    sure = SpanAnswerer(FixedReader(Span(13, 19, 9.0)), SCORE)
    assert sure.short_answer("Summarise the meeting.", make_evidence()) is None
    assert SpanAnswerer(FixedReader(None), SCORE).short_answer("Where?", make_evidence()) is None


def test_support_reads_the_cited_sentences_with_their_speakers() -> None:
    reader = FixedReader(None, supports=0.0)
    assert SupportModel(reader, SCORE).support("They meet.", [make_evidence()]) == 0.5
    assert [(s.label, s.text) for s in reader.windows[0].sentences] == [
        ("Ann", "They meet in Berlin.")
    ]


def test_nothing_cited_supports_nothing() -> None:
    assert SupportModel(FixedReader(None, 9.0), SCORE).support("They meet.", []) == 0.0
