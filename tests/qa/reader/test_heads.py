from __future__ import annotations

from collections.abc import Sequence

import pytest

from qa.reader.cross_encoder import Reading
from qa.reader.inputs import Window
from qa.reader.linear import LinearScore
from qa.reader.short_answer import SpanAnswerer
from qa.records import AnswerSpan, Evidence
from qa.verify import Cited, Verifier
from qa.verify.support_model import SupportModel
from tests.qa.evidence.builders import make_hit


class FixedReader:
    """Says the support it was told; notes what it read."""

    def __init__(self, supports: float = 0.0) -> None:
        self._supports = supports
        self.windows: list[Window] = []

    def read(self, text: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        self.windows += windows
        return tuple(
            Reading(
                scores=(0.0,) * len(window.sentences),
                answers=0.0,
                supports=self._supports,
                spans=(None,) * len(window.sentences),
            )
            for window in windows
        )


SCORE = LinearScore(0.0, {"span": 1.0})
WHERE = "Where do they meet?"


def make_evidence(span: str | None, score: float = 5.0) -> Evidence:
    text = "They meet in Berlin, on Monday."
    hit = make_hit("Well.", text, speaker="Ann")
    found = None
    if span is not None:
        found = AnswerSpan(text.index(span), text.index(span) + len(span), score)
    return Evidence(hit, hit.sentences[1], text, "", 1.0, (("span", score),), found)


def test_a_short_answer_is_a_verbatim_span_of_the_cited_sentence() -> None:
    assert SpanAnswerer(SCORE).short_answer(WHERE, make_evidence("Berlin")) == "Berlin"


def test_a_short_answer_has_no_stops_around_it() -> None:
    assert SpanAnswerer(SCORE).short_answer(WHERE, make_evidence(" Berlin,")) == "Berlin"


@pytest.mark.parametrize(
    "question",
    ["Did Anna beat Tom?", "Is the bridge open?", "So, did what he said matter?"],
)
def test_whether_something_is_so_has_no_short_answer(question: str) -> None:
    assert SpanAnswerer(SCORE).short_answer(question, make_evidence("Berlin")) is None


def test_no_short_answer_where_the_reader_would_rather_say_none() -> None:
    assert SpanAnswerer(SCORE).short_answer(WHERE, make_evidence("Berlin", -5.0)) is None


def test_no_short_answer_from_a_sentence_that_was_not_read() -> None:
    assert SpanAnswerer(SCORE).short_answer(WHERE, make_evidence(None)) is None


class FixedComparison:
    """Says how alike it was told, and notes what was compared."""

    def __init__(self, *values: float) -> None:
        self._values = values
        self.compared: list[str] = []

    def compare(self, statements: Sequence[str], texts: Sequence[str]) -> tuple[float, ...]:
        self.compared += statements
        return self._values


BERLIN = Cited("They meet in Berlin.", "Ann")


def test_support_reads_the_cited_sentences_with_their_speakers_where_they_change() -> None:
    reader = FixedReader(supports=2.0)
    comparison = FixedComparison(0.5, 0.5, 0.5)
    model = SupportModel(reader, comparison, LinearScore(-2.0, {"reader": 1.0}))
    cited = [BERLIN, Cited("It is cold.", "Ann"), Cited("Bring a coat.", None)]
    assert model.support("They meet there today.", cited, ()) == 0.5
    assert [(s.label, s.text) for s in reader.windows[0].sentences] == [
        ("Ann", "They meet in Berlin."),
        ("", "It is cold."),
        ("", "Bring a coat."),
    ]
    assert comparison.compared == ["They meet there today.", "They meet", "there today."]


def test_what_the_checks_say_is_part_of_the_support() -> None:
    score = LinearScore(0.0, {"any": -1.0, "check_name": -1.0})
    model = SupportModel(FixedReader(), FixedComparison(0.5, 0.5, 0.5), score)
    passing = model.support("They meet in Paris.", [BERLIN], ())
    assert model.support("They meet in Paris.", [BERLIN], ("name",)) < passing


def test_nothing_cited_supports_nothing() -> None:
    model = SupportModel(FixedReader(supports=9.0), FixedComparison(1.0, 1.0, 1.0), SCORE)
    assert model.support("They meet.", [], ()) == 0.0


def test_a_verifier_takes_the_trained_support_and_its_threshold() -> None:
    model = SupportModel(
        FixedReader(supports=2.0), FixedComparison(0.5, 0.5, 0.5), LinearScore(0.0, {"reader": 1.0})
    )
    verdict = Verifier(threshold=0.9, trained=model).check("They meet in Berlin.", [BERLIN])
    assert verdict.reasons == ("weak",)
    assert 0.88 < verdict.support < 0.89
    assert Verifier(threshold=0.8, trained=model).check("They meet in Berlin.", [BERLIN]).ok
