from __future__ import annotations

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from qa.reader.inputs import (
    MAX_QUESTION_TOKENS,
    MAX_TOKENS,
    ReaderTokenizer,
    Window,
    WindowSentence,
)


def make_tokenizer() -> ReaderTokenizer:
    names = ["[UNK]", "[CLS]", "[SEP]", ".", ":", "who", "won", "Ann", "did", "Title", "Bob"]
    model = WordLevel({name: i for i, name in enumerate(names)}, unk_token="[UNK]")
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = Whitespace()
    return ReaderTokenizer(tokenizer)


def make_window(*texts: str, label: str = "", title: str = "") -> Window:
    return Window(
        title, tuple(WindowSentence(t, label if i == 0 else "") for i, t in enumerate(texts))
    )


def test_question_title_label_and_sentences_stand_in_order() -> None:
    (one,) = make_tokenizer().encode(
        "who won", [make_window("Ann did", title="Title", label="Bob")]
    )
    assert one.ids == (1, 5, 6, 2, 9, 3, 10, 4, 7, 8, 2)
    assert one.types == (0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1)
    assert one.ranges == ((8, 10),)


def test_offsets_point_into_the_sentence_that_a_token_belongs_to() -> None:
    (one,) = make_tokenizer().encode("who", [make_window("Ann", "did Ann")])
    first, second = one.ranges
    assert one.offsets[first[0]] == (0, 3)
    assert [one.offsets[i] for i in range(*second)] == [(0, 3), (4, 7)]


def test_what_doesnt_fit_is_cut_from_the_end_and_has_an_empty_range() -> None:
    (one,) = make_tokenizer().encode("who", [make_window("did " * 200, "won " * 200, "Ann")])
    assert len(one.ids) == MAX_TOKENS
    assert one.ids[-1] == 2
    assert one.ranges[1] == (203, MAX_TOKENS - 1)
    assert one.ranges[2] == (MAX_TOKENS - 1, MAX_TOKENS - 1)


def test_a_long_question_keeps_its_beginning() -> None:
    (one,) = make_tokenizer().encode("who " * 500, [make_window("Ann")])
    assert one.types.count(0) == MAX_QUESTION_TOKENS + 2


def test_tokens_that_go_on_with_a_word_are_marked() -> None:
    (one,) = make_tokenizer().encode("who", [make_window("Ann did")])
    assert len(one.inner) == len(one.ids)
    assert not any(one.inner)  # this tokenizer has whole words alone
