from __future__ import annotations

import pytest

from index.aliases import alias_map, as_mapping, forms, name_of, of_speakers, suggest
from index.errors import InvalidAlias
from index.records import Transcript
from tests.index.formats.builders import read_one

ALIASES = alias_map({"INSKEEP": "Steve Inskeep, host", "MAYNES": "Charles Maynes"})


def names(transcript: Transcript) -> list[tuple[str, str]]:
    found = suggest(transcript)
    for suggestion in found:
        span = transcript.text[suggestion.char_start : suggestion.char_end]
        assert span == suggestion.name
    return [(suggestion.label, suggestion.name) for suggestion in found]


def test_a_map_is_ordered_and_reads_back_what_it_wrote() -> None:
    assert alias_map({"B": " Ben  Lo ", "A": "Ana"}) == (("A", "Ana"), ("B", "Ben Lo"))
    assert alias_map(as_mapping(ALIASES)) == ALIASES


@pytest.mark.parametrize(
    "pairs",
    [{"": "Ana"}, {"A": " "}, {"A": 5}, {"A": "x" * 201}, {"A": "a", "a": "b"}, {"A": "\ud800"}],
)
def test_maps_that_cannot_be_used_are_refused(pairs: dict[str, object]) -> None:
    with pytest.raises(InvalidAlias):
        alias_map(pairs)


def test_a_map_has_a_limit() -> None:
    with pytest.raises(InvalidAlias):
        alias_map({str(number): "x" for number in range(1001)})


def test_a_label_has_its_alias_or_none() -> None:
    assert name_of("inskeep", ALIASES) == "Steve Inskeep, host"
    assert name_of("KELLY", ALIASES) is None
    assert name_of(None, ALIASES) is None


def test_a_filter_may_call_a_speaker_by_label_whole_alias_or_name() -> None:
    assert forms("Inskeep", ALIASES) == {"inskeep", "steve inskeep, host", "steve inskeep"}
    assert forms("KELLY", ALIASES) == {"kelly"}


def test_only_the_pairs_of_the_speakers_are_kept() -> None:
    assert of_speakers(["maynes", "KELLY"], ALIASES) == (("MAYNES", "Charles Maynes"),)


def test_a_full_name_in_the_text_suggests_an_alias_and_says_where() -> None:
    transcript = read_one(
        "We begin our coverage with NPR's Charles Maynes in Moscow. Hey there, Charles.\n"
        "MAYNES: Good morning.\nMAYNES: Thank you, Charles Dickens Maynes.\n"
    )
    assert names(transcript) == [("MAYNES", "Charles Maynes")]


def test_the_word_that_begins_the_sentence_is_no_part_of_a_name() -> None:
    transcript = read_one("And With Charles Maynes. The Lavrov.\nMAYNES: Hi.\nLAVROV: Hi.\n")
    assert names(transcript) == [("MAYNES", "Charles Maynes")]


def test_nothing_is_suggested_for_labels_that_have_a_name_already() -> None:
    transcript = read_one("With Charles Maynes.\nMAYNES: Good morning.\n")
    assert suggest(transcript, ALIASES) == ()


def test_a_first_name_or_a_last_name_alone_suggests_nothing() -> None:
    transcript = read_one("MAYNES: I am Maynes. Secretary Blinken met Lavrov.\nLAVROV: Yes.\n")
    assert names(transcript) == []
