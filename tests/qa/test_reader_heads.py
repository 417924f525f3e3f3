from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from qa.cross_encoder import Edges, Reading
from qa.linear import LinearScore
from qa.reader_input import Window, WindowSentence
from qa.records import Evidence
from qa.span_scores import feature_names, scored_spans
from qa.spans import SpanAnswerer
from qa.support_model import SupportModel
from qa.verify import Cited, Verifier
from tests.qa.builders_ranking import make_hit


class FixedReader:
    """Lets an answer begin and end at the words it was told, and says the support it was told."""

    def __init__(self, *likely: str, supports: float = 0.0, none: float = 0.0) -> None:
        self._likely = likely
        self._supports = supports
        self._none = none
        self.windows: list[Window] = []

    def read(self, text: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        self.windows += windows
        return tuple(
            Reading(
                scores=(0.0,) * len(window.sentences),
                answers=0.0,
                supports=self._supports,
                spans=(None,) * len(window.sentences),
                edges=tuple(self._edges(sentence.text) for sentence in window.sentences),
            )
            for window in windows
        )

    def _edges(self, sentence: str) -> Edges:
        words = list(re.finditer(r"\w+", sentence))
        logits = tuple(5.0 if word.group() in self._likely else -5.0 for word in words)
        return Edges(tuple(word.span() for word in words), logits, logits, self._none)


def make_evidence(text: str = "They meet in Berlin.") -> Evidence:
    hit = make_hit("Well.", text, speaker="Ann")
    return Evidence(hit, hit.sentences[1], text, "", 1.0)


SCORE = LinearScore(0.0, {"span": 1.0, "length": -0.1})
WHERE = "Where do they meet?"


def test_a_short_answer_is_a_verbatim_span_of_the_cited_sentence() -> None:
    answerer = SpanAnswerer(FixedReader("Berlin"), SCORE)
    assert answerer.short_answer(WHERE, make_evidence()) == "Berlin"


def test_a_span_that_repeats_the_question_gives_way_to_the_next() -> None:
    answerer = SpanAnswerer(FixedReader("Berlin", "meet"), LinearScore(9.0, {"best": 1.0}))
    evidence = make_evidence("In Berlin they will meet.")
    answer = answerer.short_answer("Where in Berlin will they meet?", evidence)
    assert answer not in ("Berlin", "meet")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Summarise the meeting.", "They meet in Berlin."),
        ("Do they meet in Paris?", "They meet in Berlin."),
        ("How many meet in Berlin?", "They meet in Berlin."),
    ],
)
def test_no_short_answer_where_few_words_cannot_answer(question: str, text: str) -> None:
    answerer = SpanAnswerer(FixedReader("Berlin"), SCORE)
    assert answerer.short_answer(question, make_evidence(text)) is None


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Did Anna beat Tom?", "Tom beat Anna."),
        ("Did Anna beat Tom?", "Anna beat Tom."),
        (
            "Did the council close the bridge?",
            "The council said the mayor closed the bridge.",
        ),
        ("Did the council reject the plan?", "The council considered rejecting the plan."),
        ("Is the bridge open?", "The bridge is closed."),
        ("Did what he said matter?", "He said that the whole plan was off."),
    ],
)
def test_whether_something_is_so_has_no_short_answer(question: str, text: str) -> None:
    answerer = SpanAnswerer(FixedReader("Anna", "council", "bridge", "plan"), SCORE)
    assert answerer.short_answer(question, make_evidence(text)) is None


def test_no_short_answer_where_the_reader_would_rather_say_none() -> None:
    unsure = SpanAnswerer(FixedReader("Berlin", none=30.0), SCORE)
    assert unsure.short_answer(WHERE, make_evidence()) is None


def test_spans_begin_and_end_with_whole_words() -> None:
    sentence = "In Skerrysound they meet."
    edges = Edges(((3, 9), (9, 14)), (4.0, 4.0), (4.0, 4.0), 0.0)
    found = [
        sentence[s.span.char_start : s.span.char_end] for s in scored_spans(WHERE, sentence, edges)
    ]
    assert found == ["Skerrysound"]


def test_the_score_of_spans_names_what_the_fit_is_given() -> None:
    sentence = "They meet in Berlin."
    edges = FixedReader("Berlin").read(WHERE, [Window("", (WindowSentence(sentence),))])[0].edges[0]
    for one in scored_spans(WHERE, sentence, edges):
        assert sorted(one.features) == list(feature_names())


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
