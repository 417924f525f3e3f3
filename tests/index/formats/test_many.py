from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import RefusedSource
from index.formats import read_transcripts
from index.records import Source, Transcript
from tests.index.formats.builders import expand, hard_words, said


def read(*documents: object) -> tuple[tuple[str | None, Transcript], ...]:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in documents]
    return read_transcripts(Source("documents.jsonl", "\n".join(lines).encode()))


def turn(text: str, speaker: str | None = None) -> dict[str, str | None]:
    return {"speaker": speaker, "text": text}


def refused(*documents: object) -> RefusedSource:
    with pytest.raises(RefusedSource) as caught:
        read(*documents)
    return caught.value


GOOD = {"id": "m1", "title": "Meeting", "date": None, "turns": [turn("Breathe .", "Ross")]}


def test_each_line_is_a_transcript_with_its_own_id() -> None:
    (first, one), (second, two) = read(GOOD, "", {"id": "m 2", "turns": [turn("Hi")]})
    assert first == "m1"
    assert one.metadata.title == "Meeting"
    assert one.text == "Ross: Breathe .\n"
    assert second is not None
    assert second.startswith("m-2-")
    assert two.metadata.title == second
    assert two.source_format == "jsonl"


def test_turn_numbers_are_the_datas_also_where_a_turn_is_empty() -> None:
    ((_, transcript),) = read({"id": "a", "turns": [turn("One"), turn("", "Bo"), turn("Three")]})
    assert transcript.text == "One\nBo: \nThree\n"
    assert [row.number for row in transcript.turns] == [0, 1, 2]
    assert transcript.turns[1].char_start == transcript.turns[1].char_end


def test_unknown_fields_are_ignored() -> None:
    assert read({**GOOD, "meta": {"domain": "Academic"}})


def test_states_date_and_url() -> None:
    ((_, transcript),) = read({**GOOD, "date": "20220127", "url": "https://a.example"})
    assert transcript.metadata.date == "2022-01-27"
    assert transcript.metadata.url == "https://a.example"


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        ('{"id": "x", "turns": [', "json", "broken JSON"),
        ('{"id": "x", "turns": [{"text": 5}]}', "json", "turns.0.text"),
        ('{"id": "x", "id": "y", "turns": [{"text": "a"}]}', "json", "'id' occurs twice"),
        ('{"id": "x", "turns": [{"text": "a", "t": NaN}]}', "json", "NaN"),
        ('{"id": "x", "turns": [{"text": "a", "t": 1e999}]}', "json", "out of range"),
        ('{"id": "x", "turns": [{"text": "a", "t": ' + "9" * 5000 + "}]}", "json", "line 2"),
        ('{"id": "x", "turns": [{"text": "a", "t": ' + "[" * 9999, "json", "64 deep"),
        ('{"id": "x", "turns": ' + "[" * 70 + "]" * 70 + "}", "json", "64 deep"),
        ('{"id": "x", "turns": [{"text": "a\\ud800"}]}', "encoding", "surrogate"),
        ('{"id": "x", "turns": [{"text": "  "}]}', "no_turns", "has no words"),
        ('{"id": "x", "turns": []}', "no_turns", "has no words"),
        ('{"id": "m1", "turns": [{"text": "a"}]}', "duplicate_id", "'m1'"),
        ('{"id": "x", "date": "2022-02-31", "turns": [{"text": "a"}]}', "date", "YYYY-MM-DD"),
        ("[1, 2]", "json", "no known format"),
        ("so it goes", "json", "broken JSON"),
    ],
)
def test_a_bad_line_refuses_the_file_and_is_named(row: str, code: str, words: str) -> None:
    error = refused(GOOD, row, GOOD)
    assert (error.code, error.line) == (code, 2)
    assert words in error.detail


NAMES = st.none() | st.sampled_from(["Ross Geller", "PhD D", "שרה", "O'Neil: host", "Speaker 1"])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(NAMES, hard_words() | st.sampled_from(["", " a\r\n\tb "])), min_size=1))
def test_speakers_and_texts_come_back_unchanged(drawn: list[tuple[str | None, str]]) -> None:
    turns = [(who, expand(text)) for who, text in drawn]
    document = {"id": "d", "turns": [*(turn(text, who) for who, text in turns), turn("end")]}
    ((_, transcript),) = read(document)
    assert said(transcript) == [*turns, (None, "end")]
