from __future__ import annotations

import pytest

from qa.generation.clauses import clauses, clean, finite


@pytest.mark.parametrize(
    ("spoken", "cleaned"),
    [
        ("Well, you know, Blinken says it.", "Blinken says it."),
        ("And, you know, interestingly, he spoke.", "He spoke."),
        ("I guess we should note the two ministers met.", "The two ministers met."),
        ("No, they won't.", "No, they won't."),
        ("It warranted, quote, serious talk.", "It warranted serious talk."),
        (
            "There are reports - denied there, I should add - of it.",
            "There are reports - denied there - of it.",
        ),
        ("The, um, plan is fine.", "The plan is fine."),
    ],
)
def test_fillers_go_and_what_says_something_stays(spoken: str, cleaned: str) -> None:
    assert clean(spoken) == cleaned


def begun(sentence: str, question: str, answer: str | None = None) -> list[str]:
    found = clauses(sentence, question, answer)
    assert found is not None
    return [found.word(place) for place in found.starts]


def ended(sentence: str, question: str, answer: str | None = None) -> list[str]:
    found = clauses(sentence, question, answer)
    assert found is not None
    return [found.word(place) for place in found.ends]


def test_a_statement_begins_no_later_than_the_question_s_first_word() -> None:
    assert begun("Yesterday, the city opened a bridge.", "Who opened the bridge?") == [
        "Yesterday",
        "the",
    ]


def test_who_said_it_is_kept() -> None:
    sentence = "Blinken said the two sides could meet halfway on arms control."
    assert begun(sentence, "On what could both sides meet halfway?") == ["Blinken"]


def test_a_hedge_is_kept() -> None:
    sentence = "There have been reports that the leadership asked him to wait."
    assert begun(sentence, "What did the leadership ask?") == ["There"]


def test_a_condition_is_not_cut_from_the_end() -> None:
    sentence = "The plant will close in May, unless the board finds money."
    assert ended(sentence, "When will the plant close?") == ["money"]


def test_the_answer_is_kept() -> None:
    sentence = "He spoke with the minister, Wang Yi, who urged calm."
    assert ended(sentence, "Which minister did he speak with?") == ["minister", "Yi", "calm"]
    assert ended(sentence, "Which minister did he speak with?", "Wang Yi") == ["Yi", "calm"]


def test_a_sentence_without_a_word_of_the_question_is_not_cut() -> None:
    assert clauses("The plan is fine.", "Who won?") is None


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("Russia's been busy", True),
        ("it's raining", True),
        ("those troops near Ukraine's border", False),
        ("the talks ended", True),
    ],
)
def test_a_verb_is_told_from_a_possessive(text: str, verb: bool) -> None:
    assert finite(text.split()) is verb
