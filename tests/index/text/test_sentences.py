from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from index.records import Metadata, Transcript, Turn, Word
from index.text.sentences import MAX_SENTENCE_CHARS, split_sentences
from tests.builders import make_transcript


def texts(transcript: Transcript) -> list[str]:
    return [transcript.text[s.char_start : s.char_end] for s in split_sentences(transcript)]


def test_a_turn_is_split_into_its_sentences() -> None:
    assert texts(make_transcript(("ANN", "It rained. We left early. Why?"))) == [
        "It rained.",
        "We left early.",
        "Why?",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "There was nothing positive in the U.S. response.",
        "The U.S. Congress met.",
        "He lives in the U.S. Today it rains.",
        "Dr. No met Mr. Smith and Sen. Jones.",
        "J. F. Kennedy spoke.",
        "It grew by 3.5 percent.",
    ],
)
def test_an_abbreviation_does_not_end_a_sentence(sentence: str) -> None:
    assert texts(make_transcript(sentence)) == [sentence]


@pytest.mark.parametrize(
    ("said", "sentences"),
    [
        ("I'm sorry, no. I don't know.", ["I'm sorry, no.", "I don't know."]),
        ("No. I didn't. No. Nobody did.", ["No.", "I didn't.", "No.", "Nobody did."]),
        ('She said no. "Why?" he asked.', ["She said no.", '"Why?" he asked.']),
        ("“I said no.” It’s over.", ["“I said no.”", "It’s over."]),
        ("Ask me. It's late. OK. I will.", ["Ask me.", "It's late.", "OK.", "I will."]),
        ("It opens in May. I was there.", ["It opens in May.", "I was there."]),
        ("It's no. Ça va.", ["It's no.", "Ça va."]),
    ],
)
def test_an_everyday_word_ends_a_sentence_though_it_looks_like_an_abbreviation(
    said: str, sentences: list[str]
) -> None:
    assert texts(make_transcript(said)) == sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "Take bus no. 7 to town.",
        "It was Symphony No. IV that night.",
        "See form no. B for that.",
        "It says so in Art. II of it.",
        "He was no. one there.",
    ],
)
def test_a_number_after_an_abbreviation_does_not_begin_a_sentence(sentence: str) -> None:
    assert texts(make_transcript(sentence)) == [sentence]


def test_a_sentence_stays_inside_its_turn_and_knows_its_speaker() -> None:
    found = split_sentences(make_transcript(("ANN", "I think"), ("BEN", "so too."), "Nobody said."))
    assert [(s.turn, s.speaker) for s in found] == [(0, "ANN"), (1, "BEN"), (2, None)]


def test_what_holds_no_word_joins_the_sentence_before_it() -> None:
    assert texts(make_transcript("Well. ... Yes.")) == ["Well. ...", "Yes."]


def test_a_turn_without_words_has_no_sentence() -> None:
    assert texts(make_transcript(("ANN", "..."), ("BEN", "Yes."))) == ["Yes."]


def test_unpunctuated_speech_is_cut_into_even_units_between_words() -> None:
    speech = " ".join(f"word{i}" for i in range(200))
    pieces = texts(make_transcript(speech))
    assert all(len(piece) <= MAX_SENTENCE_CHARS for piece in pieces)
    assert " ".join(pieces) == speech
    assert min(map(len, pieces)) > MAX_SENTENCE_CHARS / 2


def test_unpunctuated_speech_is_cut_at_a_pause_when_times_are_known() -> None:
    parts = ["so " * 60, "and " * 60]
    text = "".join(parts).strip()
    words: list[Word] = []
    clock = 0
    position = 0
    for word in text.split():
        start = text.index(word, position)
        if word == "and" and words and text[words[-1].char_start] == "s":
            clock += 2000
        words.append(Word(start, start + len(word), clock, clock + 200))
        clock += 210
        position = start + len(word)
    turn = Turn(0, None, 0, len(text), 0, clock, tuple(words))
    found = split_sentences(Transcript(Metadata("t"), text, (turn,), "text"))
    assert text[found[0].char_start : found[0].char_end] == parts[0].strip()
    assert found[1].start_ms == 60 * 210 + 2000


def test_a_sentence_takes_the_turns_times_when_words_have_none() -> None:
    turn = Turn(0, "ANN", 0, 9, 1000, 5000)
    found = split_sentences(Transcript(Metadata("t"), "Yes. No!!", (turn,), "vtt"))
    assert [(s.start_ms, s.end_ms) for s in found] == [(1000, 5000), (1000, 5000)]


def test_a_single_word_longer_than_a_sentence_is_cut_too() -> None:
    assert max(map(len, texts(make_transcript("x" * 1000)))) <= MAX_SENTENCE_CHARS


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=700),
        max_size=4,
    )
)
def test_sentences_are_ranges_in_order_inside_turns_whatever_is_said(said: list[str]) -> None:
    transcript = make_transcript(*said)
    found = split_sentences(transcript)
    assert [s.number for s in found] == list(range(len(found)))
    end = 0
    for sentence in found:
        turn = transcript.turns[sentence.turn]
        assert end <= sentence.char_start < sentence.char_end <= turn.char_end
        assert turn.char_start <= sentence.char_start
        quote = transcript.text[sentence.char_start : sentence.char_end]
        assert quote == quote.strip()
        assert len(quote) <= MAX_SENTENCE_CHARS or " " not in quote
        end = sentence.char_end
