"""Plain sentences in the dress of speech: labels and spans stay right."""

from __future__ import annotations

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from eval.training.speech import IGNORE, Said, asked_before, in_turns, recut, spoken

SENTENCE = Said(
    "The bridge cost £3.5 million, and it reopened in May.", 1, ((16, 28), (49, 52)), "ANNA"
)


def words(one: Said) -> list[str]:
    return [one.text[a:b] for a, b in one.spans]


def test_recognised_speech_keeps_numbers_whole() -> None:
    plain = spoken(SENTENCE, random.Random(1), 0.0, 0.0, True)
    assert plain.text == "the bridge cost £3.5 million and it reopened in may"
    assert words(plain) == ["£3.5 million", "may"]


@given(st.integers(), st.booleans())
def test_fillers_and_slips_never_lose_the_answer(seed: int, plain: bool) -> None:
    changed = spoken(SENTENCE, random.Random(seed), 0.3, 0.3, plain)
    assert [w.split()[0].lower() for w in words(changed)] == ["£3.5", "may"]
    assert [w.split()[-1].lower() for w in words(changed)] == ["million", "may"]


def test_a_span_inside_a_word_stays_inside_it() -> None:
    one = Said("Well-known (Smith).", 1, ((12, 17),))
    assert words(spoken(one, random.Random(1), 0.0, 0.0, False)) == ["Smith"]


@given(st.integers())
def test_captions_answer_where_the_answers_words_are(seed: int) -> None:
    lines = [
        Said("one two three four five six seven eight nine ten eleven", 0),
        Said("the price of the house was eighty pounds or so they said to us then", 1, ((27, 40),)),
    ]
    pieces = recut(lines, random.Random(seed))
    assert " ".join(p.text for p in pieces) == " ".join(line.text for line in lines)
    said = " ".join(w for p in pieces for w in words(p))
    assert said == "eighty pounds"
    assert all(p.spans for p in pieces if p.label == 1)
    assert any(p.label == 1 for p in pieces)
    assert not any(p.label == 0 and "price" in p.text for p in pieces)


def test_captions_of_a_sentence_without_known_words_answer_by_their_share() -> None:
    pieces = recut([Said("a b c d e f", 1)], random.Random(3))
    assert [p.label for p in pieces] == [1]
    pieces = recut([Said("a b c d e f g", IGNORE)], random.Random(3))
    assert {p.label for p in pieces} == {IGNORE}


def test_who_speaks_changes_only_between_turns() -> None:
    lines = in_turns([Said(f"sentence {i}", 0) for i in range(40)], random.Random(5))
    for one, other in itertools.pairwise(lines):
        assert (one.turn == other.turn) == (one.speaker == other.speaker)
    assert len({line.speaker for line in lines}) > 1


def test_a_question_asked_by_another_speaker_stands_before_what_answers() -> None:
    lines = [Said("Morning all.", 0), Said("It reopens in May.", 1, ((14, 17),))]
    asked = asked_before("When does it reopen?", lines, random.Random(2))
    assert [line.label for line in asked] == [0, 0, 1]
    assert asked[1].text.endswith("?")
    assert len({line.turn for line in asked}) == 3
    assert asked[1].speaker != asked[2].speaker


def test_a_question_asked_in_vain_is_no_answer() -> None:
    asked = asked_before("Who left?", [Said("Nobody knows.", 0)], random.Random(2))
    assert len(asked) == 2
    assert not any(line.label for line in asked)
