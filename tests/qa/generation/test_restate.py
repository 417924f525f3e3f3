from __future__ import annotations

import pytest

from qa.generation.restate import attributed, restated
from tests.qa.builders import make_evidence


def test_fillers_go_and_the_words_stay_the_speaker_s() -> None:
    evidence = make_evidence("Well, you know, the next round will be in Berlin.")
    assert restated(evidence) == ("The next round will be in Berlin.", True)


def test_a_sentence_without_fillers_is_attributed_to_its_speaker() -> None:
    evidence = make_evidence("The next round will be in Berlin.")
    assert restated(evidence) == ("Maynes says that the next round will be in Berlin.", False)


@pytest.mark.parametrize(
    "sentence",
    [
        "I think the next round will be in Berlin.",
        "The next round will be in your city.",
        "He will join for the opening ceremonies in Beijing.",
        "The next round will be held when he returns to Berlin.",
        "That was the end of the talks in Berlin.",
        "Yesterday the talks ended in Berlin.",
        "The talks ended in Berlin yesterday.",
        "The talks ended in Berlin last week.",
        "The talks ended in Berlin two days ago.",
        "Because the talks ended in Berlin, nothing happened.",
        "The next round will be in Berlin",
        "Will the next round be in Berlin?",
        "No, the next round will be in Berlin.",
        "The next round, “in Berlin”, will be the last one.",
        "The only voice that matters is what Maynes said.",
        "Read the report on the talks in Berlin.",
    ],
)
def test_what_would_mean_something_else_in_another_mouth_stays_a_quote(sentence: str) -> None:
    assert attributed(sentence, "MAYNES") is None


@pytest.mark.parametrize("speaker", [None, "Speaker 1", "UNIDENTIFIED MAN", "4711"])
def test_nothing_is_attributed_to_nobody(speaker: str | None) -> None:
    assert attributed("The next round will be in Berlin.", speaker) is None


def test_names_keep_their_capital_and_other_words_lose_it() -> None:
    lavrov = "Lavrov's answer was read in the evening."
    assert attributed(lavrov, "Ann") == "Ann says that Lavrov's answer was read in the evening."
    troops = "Troops were seen near the border."
    assert attributed(troops, "Ann", "Many troops came.") == (
        "Ann says that troops were seen near the border."
    )
    assert attributed(troops, "Ann", "") is None
