"""The gold questions agree with the transcripts they are about."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from index.formats import read_transcripts
from index.records import Source
from index.text.sentences import split_sentences
from tests.builders import SEED_KEY


def test_every_gold_quote_stands_in_its_turn(seeds: Path) -> None:
    lines = (seeds / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    assert len({q["id"] for q in questions}) == len(questions)
    for question in questions:
        assert question["answerable"] == bool(question["evidence"])
        for item in question["evidence"]:
            key = item.get("document_id", question["document_id"])
            source = Source(key, (seeds / "transcripts" / key).read_bytes())
            ((_, transcript),) = read_transcripts(source)
            turn = transcript.turns[item["turn_start"]]
            said = transcript.text[turn.char_start : turn.char_end]
            assert item["quote"] in said, question["id"]


def test_the_first_questions_are_sixteen_answered_and_eight_not(seeds: Path) -> None:
    lines = (seeds / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    first = [q for q in map(json.loads, lines) if q["document_id"] == SEED_KEY]
    assert Counter(q["answerable"] for q in first) == {True: 16, False: 8}
    kinds = Counter(q["kind"] for q in first if not q["answerable"])
    assert kinds == {"on topic": 4, "off topic": 4}


def test_the_seed_is_seven_turns_of_two_speakers_and_one_unknown(seeds: Path) -> None:
    source = Source(SEED_KEY, (seeds / "transcripts" / SEED_KEY).read_bytes())
    ((_, transcript),) = read_transcripts(source)
    assert [t.speaker for t in transcript.turns] == [
        "INSKEEP", "MAYNES", "MAYNES", None, "MAYNES", "MAYNES", "INSKEEP",
    ]  # fmt: skip
    assert transcript.metadata.date == "2022-01-27"
    assert transcript.metadata.title.startswith("Russia is mulling")
    assert transcript.text == source.data.decode("utf-8")
    sentences = [transcript.text[s.char_start : s.char_end] for s in split_sentences(transcript)]
    assert "The next round will be in Berlin." in sentences
    assert not any(s.endswith("U.S.") for s in sentences)
