from __future__ import annotations

import pytest

from qa.verify.omissions import drops_only_fillers


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("Well, you know, they meet in Berlin.", "They meet in Berlin."),
        ("And, you know, Blinken also spoke with China.", "Blinken also spoke with China."),
        (
            "And there have been reports - denied by the Kremlin, I should add - of talks.",
            "There have been reports - denied by the Kremlin - of talks.",
        ),
        ("It’s raining, um, again.", "It's raining."),
        ("They meet in Berlin.", "They meet in Berlin."),
        ("I guess we should note that they meet in Berlin.", "They meet in Berlin."),
    ],
)
def test_fillers_may_go(sentence: str, statement: str) -> None:
    assert drops_only_fillers(statement, sentence)


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("It is a myth that the vaccine causes hair loss.", "The vaccine causes hair loss."),
        (
            "The wolves returned in 2019, which is completely untrue.",
            "The wolves returned in 2019.",
        ),
        (
            "The refinery will shut in August, assuming the merger fails.",
            "The refinery will shut in August.",
        ),
        (
            "Tram line nine will be free as long as the parliament pays.",
            "Tram line nine will be free.",
        ),
        ("They refuse to accept that the levy passed.", "The levy passed."),
        ("In the novel, the bridge fell.", "The bridge fell."),
        ("The bridge fell, or so the rumour goes.", "The bridge fell."),
        ("The mayor stole it, and that is a lie.", "The mayor stole it."),
        ("The road opens once the council agrees.", "The road opens."),
        ("Should the levy pass, the school opens.", "The school opens."),
        ("I guess they will talk again.", "They will talk again."),
        ("They will not talk again.", "They will talk again."),
        ("I guess we should say that it works.", "It works."),
        ("We should not note that it works.", "It works."),
    ],
)
def test_nothing_else_may_go(sentence: str, statement: str) -> None:
    assert not drops_only_fillers(statement, sentence)


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        ("He's not like the others.", "He's not the others."),
        ("It looks like a crime.", "It looks a crime."),
        ("He didn't do well.", "He didn't do."),
        ("Well water is unsafe.", "Water is unsafe."),
        ("You can have it now or later.", "You can have it later."),
        ("Do you know him?", "Do him?"),
        ("It isn't actually forbidden.", "It isn't forbidden."),
        ("I asked for a quote.", "I asked for a."),
        ("It is 5 mm or more.", "It is 5 or more."),
    ],
)
def test_a_filler_stays_where_it_says_something(sentence: str, statement: str) -> None:
    assert not drops_only_fillers(statement, sentence)


def test_a_question_a_sign_and_a_unit_stay() -> None:
    assert not drops_only_fillers("The dam will hold.", "The dam will hold?")
    assert not drops_only_fillers("It was 5 degrees.", "It was -5 degrees.")
    assert not drops_only_fillers("It fell by 5.", "It fell by 5%.")


def test_words_that_were_not_said_are_no_cut() -> None:
    assert not drops_only_fillers("They meet in Paris.", "They meet in Berlin.")
    assert not drops_only_fillers("", "They meet in Berlin.")
