from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from eval.training.corruptions import (
    corrupt,
    flip_polarity,
    merge_halves,
    shift_modality,
    swap_name,
    swap_number,
    swap_speaker,
    swap_time,
)


def rng() -> random.Random:
    return random.Random(1)


def test_a_number_becomes_another_one() -> None:
    assert swap_number("They sold 40 units.", "Between 12 and 40.", rng()) in (
        "They sold 12 units.",
        *(f"They sold {n} units." for n in (38, 39, 41, 43, 50)),
    )
    assert swap_number("They sold units.", "12", rng()) is None


def test_a_name_becomes_another_of_the_evidence_or_the_document() -> None:
    changed = swap_name("What did Lavrov say?", "Then Blinken spoke.", rng(), ["Putin"])
    assert changed in ("What did Blinken say?", "What did Putin say?")


def test_a_speaker_is_exchanged_for_another_speaker() -> None:
    changed = swap_speaker("Marketing wanted wood.", ["Marketing", "Designer"], rng())
    assert changed == "Designer wanted wood."
    assert swap_speaker("Nobody wanted wood.", ["Marketing", "Designer"], rng()) is None


def test_polarity_is_added_and_taken_away() -> None:
    assert flip_polarity("It is red.", rng()) == "It is not red."
    assert flip_polarity("It is not red.", rng()) == "It is red."
    assert flip_polarity("They agreed.", rng()) == "They never agreed."


def test_modality_grows_stronger() -> None:
    assert shift_modality("They may leave.", rng()) == "They will leave."


def test_times_are_exchanged_for_their_like() -> None:
    changed = swap_time("They met on Monday.", "", rng())
    assert changed is not None
    assert changed.endswith("day.")
    assert changed != "They met on Monday."


def test_halves_of_two_statements_are_merged() -> None:
    merged = merge_halves("one two three four five six", "a b c d e f")
    assert merged == "one two three and d e f."


@settings(deadline=None)
@given(st.text(), st.text(), st.integers())
def test_a_corruption_differs_from_the_text(text: str, evidence: str, seed: int) -> None:
    changed = corrupt(text, evidence, random.Random(seed), ["Ann", "Bob"], ["Paris"])
    assert changed is None or changed[1] != text
