from __future__ import annotations

import pytest

from qa.conversation.follow_up import Past, Recalled, resolve, topic
from tests.builders import make_hit

TALK = make_hit(
    ("ANN", "The council met the minister, Ruth Okafor, on Monday. She wants a new bridge."),
    "It will cost nine million.",
)


def recalled(number: int) -> Recalled:
    sentence = TALK.sentences[number]
    words = TALK.text[sentence.char_start - TALK.char_start : sentence.char_end - TALK.char_start]
    return Recalled(TALK, sentence, words)


def rewritten(question: str, before: str, *cited: int) -> str | None:
    found = resolve(question, [Past(before, tuple(recalled(n) for n in cited))])
    return None if found is None else found.question


@pytest.mark.parametrize(
    "question",
    [
        "What did the mayor say about the bridge?",
        "Did Price say that she was worried?",
        "When will the ferry run again?",
        "And what did the mayor say about the ferry?",
        "Is it true that Okafor voted against the bridge?",
    ],
)
def test_a_question_that_stands_alone_stays(question: str) -> None:
    assert rewritten(question, "How much will the bridge cost?", 2) is None


def test_without_history_nothing_is_a_follow_up() -> None:
    assert resolve("And what about Germany?", []) is None


@pytest.mark.parametrize(
    ("question", "before", "after"),
    [
        ("And what about Germany?", "What did France say?", "What did Germany say?"),
        ("What about Germany?", "How is France doing?", "How is Germany doing?"),
        ("And Price?", "Why did the mayor speak?", "Why did Price speak?"),
        ("And in Berlin?", "Who met in Paris?", "Who met in Berlin?"),
        ("And about the ferry?", "What did Price say?", "What did Price say about the ferry?"),
    ],
)
def test_a_phrase_takes_the_place_of_what_was_asked_of(
    question: str, before: str, after: str
) -> None:
    assert rewritten(question, before) == after


@pytest.mark.parametrize(
    ("question", "before", "after"),
    [
        ("Why?", "Did the council refuse?", "Why did the council refuse?"),
        ("And when?", "Where will the next round be held?", "When will the next round be held?"),
        ("When was that?", "Who hosted the talks in Paris?", "When was that (the talks in Paris)?"),
        ("How many?", "What did Price say about the hangers?", "How many (the hangers)?"),
        ("Tell me more", "What did Price say about the hangers?", "What else about the hangers?"),
    ],
)
def test_a_bare_question_takes_the_topic(question: str, before: str, after: str) -> None:
    assert rewritten(question, before) == after


def test_a_pronoun_stands_for_the_name_in_the_question_before() -> None:
    assert rewritten("What else did he say?", "What did Price say?") == "What else did Price say?"
    assert rewritten("Where is his office?", "When did Price leave?") == "Where is Price's office?"


def test_a_pronoun_stands_for_the_person_that_the_answer_names() -> None:
    asked = rewritten("What does she want?", "Which minister did the council meet?", 0)
    assert asked == "What does Ruth Okafor want?"


def test_a_pronoun_stands_for_the_speaker_where_nobody_is_named() -> None:
    found = resolve("What else did she say?", [Past("How much is it?", (recalled(1),))])
    assert found is not None
    assert (found.question, found.speaker, found.fresh) == ("What else did ANN say?", "ANN", True)


@pytest.mark.parametrize("question", ["Who said that?", "Says who?", "And who says so?"])
def test_who_said_that_asks_for_the_source(question: str) -> None:
    found = resolve(question, [Past("What does she want?", (recalled(1),))])
    assert found is not None
    assert found.attribution
    assert found.question == "Who said “She wants a new bridge.”?"
    assert resolve(question, [Past("What does she want?")]) is None


def test_the_topic_of_a_rewritten_question_is_what_it_was_before() -> None:
    assert topic("When was that (the talks in Paris)?") == "the talks in Paris"
