from __future__ import annotations

import pytest

from qa.span_features import SpanWords
from qa.span_rules import SpanRules, said

PARIS = (
    "You know, yesterday we also saw France and Germany host officials from Russia and Ukraine in "
    "Paris for peace talks."
)
BLINKEN = (
    "Blinken also spoke yesterday with China's foreign minister, Wang Yi, who urged all parties."
)
ISSUES = "Blinken said they could meet on issues such as arms control or general risk reduction."
TROOPS = "Let's not forget those hundred thousand Russian troops near Ukraine's border."


def widened(question: str, sentence: str, span: str) -> str:
    words = SpanWords.of(sentence)
    first = next(p for p in range(len(words.places)) if words.text(p) == span.split(" ")[0])
    whole = SpanRules(question, sentence).whole(words.span(first, first + span.count(" ")))
    return sentence[whole.char_start : whole.char_end]


def plausible(question: str, sentence: str, span: str) -> bool:
    words = SpanWords.of(sentence)
    first = next(p for p in range(len(words.places)) if words.text(p) == span.split(" ")[0])
    return SpanRules(question, sentence).plausible(words.span(first, first + span.count(" ")))


@pytest.mark.parametrize(
    ("question", "sentence", "span", "whole"),
    [
        ("Who hosted the talks?", PARIS, "France", "France and Germany"),
        ("Who hosted the talks?", PARIS, "Germany", "France and Germany"),
        ("Where were the talks?", PARIS, "Paris", "Paris"),
        ("Who spoke?", BLINKEN, "China's", "China's foreign minister, Wang Yi"),
        ("On which issues?", ISSUES, "arms", "arms control or general risk reduction"),
        ("How many troops?", TROOPS, "thousand", "hundred thousand"),
        ("What is near?", "the hundred thousand troops", "hundred", "hundred thousand"),
    ],
)
def test_a_part_of_a_phrase_becomes_the_phrase(
    question: str, sentence: str, span: str, whole: str
) -> None:
    assert widened(question, sentence, span) == whole


@pytest.mark.parametrize(
    ("question", "sentence", "span"),
    [
        ("What did Russia demand?", PARIS, "yesterday"),
        ("What have Russian officials done?", PARIS, "Russia"),
        ("Who hosted the peace talks?", PARIS, "peace talks"),
        ("Who hosted the talks?", PARIS, "officials"),
        ("What did France do?", PARIS, "saw"),
    ],
)
def test_some_spans_cannot_answer(question: str, sentence: str, span: str) -> None:
    assert not plausible(question, sentence, span)


@pytest.mark.parametrize(
    ("question", "sentence", "span"),
    [
        ("Who hosted the talks?", PARIS, "France"),
        ("Which day were the talks?", PARIS, "yesterday"),
        ("Is it France or Germany?", PARIS, "France"),
        ("Who won?", "the broncos won the game", "broncos"),
    ],
)
def test_other_spans_can(question: str, sentence: str, span: str) -> None:
    assert plausible(question, sentence, span)


@pytest.mark.parametrize(
    ("question", "sentence", "clause"),
    [
        (
            "What did Russia demand?",
            "There were demands, including one that Ukraine must never join NATO.",
            "Ukraine must never join NATO",
        ),
        (
            "What did Lavrov say?",
            "Lavrov says that when it came to NATO, there was nothing positive in the U.S. answer.",
            "there was nothing positive in the U.S. answer",
        ),
        (
            "What has China asked of Putin?",
            "There are reports that China has asked Putin not to do anything rash.",
            "not to do anything rash",
        ),
        (
            "What have the forces been doing?",
            "And Russia's been carrying out large-scale exercises all week with them.",
            "carrying out large-scale exercises",
        ),
        ("Who said it?", "Lavrov says that there was nothing positive.", None),
        ("What did he say?", "lavrov says that there was nothing positive", None),
        ("What did he say?", "He spoke of a car that was red.", None),
    ],
)
def test_what_was_said_is_a_clause(question: str, sentence: str, clause: str | None) -> None:
    found = said(question, sentence)
    assert found == clause
    assert found is None or found in sentence
