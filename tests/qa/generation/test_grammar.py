from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.generation.grammar import capital, choice_grammar, literal, words_of


def test_words_lose_the_marks_around_them() -> None:
    text = "He said, “the U.S. won't (ever) agree - or so.”"
    assert [text[w.char_start : w.char_end] for w in words_of(text)] == [
        *("He", "said", "the", "U.S.", "won't", "ever", "agree", "or", "so")
    ]


@given(st.text())
def test_words_are_ranges_of_the_text_in_order(text: str) -> None:
    end = 0
    for word in words_of(text):
        assert end <= word.char_start < word.char_end <= len(text)
        assert not text[word.char_start : word.char_end].isspace()
        end = word.char_end


def test_literals_escape_what_would_end_them() -> None:
    assert literal('a "b"\\\n') == '"a \\"b\\"\\\\\\n"'


def test_a_choice_names_each_text_once() -> None:
    assert choice_grammar(["a", "b", "a"]) == 'root ::= "a" | "b"'


def test_capital_keeps_the_rest() -> None:
    assert capital("the U.S.") == "The U.S."
    assert capital("") == ""
