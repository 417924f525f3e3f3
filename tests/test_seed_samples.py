"""The invented samples are what seeds promises, and their gold questions agree with them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from index.formats import pair_sidecars, read_transcripts
from index.records import Source, Transcript
from index.text.sentences import split_sentences

FORMATS = {
    "ellery-council-2024-03-12.vtt": "webvtt",
    "ellery-radio-2024-05-21.srt": "srt",
    "ellery-podcast-2024-09-09.json": "whisper",
    "ellery-hearing-2024-10-17.txt": "text",
}


@pytest.fixture
def samples(seeds: Path) -> dict[str, Transcript]:
    folder = seeds / "transcripts"
    names = sorted(path.name for path in folder.iterdir() if path.name.startswith("ellery-"))
    found: dict[str, Transcript] = {}
    for name, beside in pair_sidecars(names):
        sidecar = (folder / beside).read_bytes() if beside else None
        ((_, found[name]),) = read_transcripts(
            Source(name, (folder / name).read_bytes(), sidecar=sidecar)
        )
    return found


@pytest.fixture
def questions(seeds: Path) -> list[dict[str, Any]]:
    lines = (seeds / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["document_id"] in FORMATS]


def test_each_sample_is_in_its_format_with_speakers_times_and_a_date(
    samples: dict[str, Transcript],
) -> None:
    assert {name: sample.source_format for name, sample in samples.items()} == FORMATS
    for name, sample in samples.items():
        assert 30 <= len(sample.turns) <= 80
        assert len({turn.speaker for turn in sample.turns} - {None}) >= 2
        assert all(turn.start_ms is not None for turn in sample.turns)
        assert all(sentence.start_ms is not None for sentence in split_sentences(sample))
        assert sample.metadata.date is not None
        assert sample.metadata.date in name
        assert "(invented sample)" in sample.metadata.title


def test_there_are_forty_questions_of_five_kinds(questions: list[dict[str, Any]]) -> None:
    assert len({question["id"] for question in questions}) == 40
    assert Counter(question["kind"] for question in questions) == {
        "speaker_scoped": 9,
        "date_scoped": 7,
        "two_document": 8,
        "broad": 6,
        "unanswerable": 10,
    }
    for question in questions:
        assert question["answerable"] == bool(question["evidence"])
        assert bool(question.get("evidence_elsewhere")) <= (
            question["kind"] in ("two_document", "broad")
        )


def test_every_quote_stands_in_its_turn_and_inside_the_filters(
    samples: dict[str, Transcript], questions: list[dict[str, Any]]
) -> None:
    for question in questions:
        filters = question.get("filters", {})
        own = [{**item, "document_id": question["document_id"]} for item in question["evidence"]]
        for item in [*own, *question.get("evidence_elsewhere", [])]:
            sample = samples[item["document_id"]]
            turn = sample.turns[item["turn_start"]]
            assert item["quote"] in sample.text[turn.char_start : turn.char_end], question["id"]
            assert turn.speaker in filters.get("speakers", [turn.speaker])
            date = sample.metadata.date
            assert date is not None
            assert filters.get("since", date) <= date <= filters.get("until", date)


def test_every_quote_stands_inside_one_sentence(
    samples: dict[str, Transcript], questions: list[dict[str, Any]]
) -> None:
    sentences = {
        name: [sample.text[s.char_start : s.char_end] for s in split_sentences(sample)]
        for name, sample in samples.items()
    }
    for question in questions:
        own = [{**item, "document_id": question["document_id"]} for item in question["evidence"]]
        for item in [*own, *question.get("evidence_elsewhere", [])]:
            assert any(item["quote"] in said for said in sentences[item["document_id"]]), item
