from __future__ import annotations

from qa.language.tokens import stem, tokens


def words(text: str) -> list[str]:
    return [token.word for token in tokens(text)]


def test_contracted_negations_become_not() -> None:
    assert words("They don't, can't and won't") == [
        *("they", "do", "not", "can", "not", "and", "will", "not")
    ]


def test_treebank_tokens_read_like_running_text() -> None:
    assert words("I do n't know , it 's fine") == words("I don't know, it's fine")


def test_possessives_lose_their_ending() -> None:
    assert words("Ukraine's border and the ministers’ plan")[0] == "ukraine"


def test_acronyms_are_one_word_however_they_are_written() -> None:
    assert words("the U.S. and the US") == ["the", "u.s", "and", "the", "u.s"]
    assert words("an L_C_D_ screen") == ["an", "lcd", "screen"]


def test_capitals_at_the_start_of_a_sentence_are_told_apart() -> None:
    found = tokens("Berlin hosts it. Nobody knows Berlin.")
    assert [token.start for token in found if token.capital] == [True, True, False]


def test_irregular_forms_share_a_stem() -> None:
    assert stem("went") == stem("goes") == stem("gone")
