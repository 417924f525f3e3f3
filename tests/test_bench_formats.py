"""The measurement of the readers measures what it says."""

from __future__ import annotations

import pytest

from scripts.bench_formats import FORMATS, conversation, measure, measure_ingest


def test_the_conversation_fills_three_hours_in_the_turns_asked_for() -> None:
    spoken = conversation(30)
    assert len(spoken) == 30
    assert spoken[-1].end == 3 * 3_600_000 - 100


def test_a_whole_ingest_makes_passages_and_costs_something() -> None:
    whole = measure_ingest("srt", turns=12)
    assert whole.passages > 0
    assert whole.cpu_s > 0


@pytest.mark.parametrize("name", FORMATS)
def test_every_turn_is_read(name: str) -> None:
    row = measure(name, turns=12, repeat=1)
    assert row.turns == (14 if name == "markdown" else 12)
    assert row.sentences >= row.turns
