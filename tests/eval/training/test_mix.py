"""What each step reads: given by the seed and the step, with labels that stay right."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest

from eval.training import entailment, plain
from eval.training.entailment import load_entailments
from eval.training.examples import ExampleMaker, RankingExample
from eval.training.mix import Mix, Shares
from eval.training.plain import Item, Line, load_items
from eval.training.statements import StatementMaker


class NoMaker:
    """Stands where the transcripts' makers do; nothing is drawn from it here."""

    def reseed(self, seed: float) -> None:
        assert 0 <= seed < 1


def make_item(number: int, *, answerable: bool = True, source: str = "nq") -> Item:
    lines = tuple(Line(f"Fact {i} of text {number} is value{number}{i}.") for i in range(6))
    place = number % 6
    start = lines[place].text.index("value")
    spans = ((place, start, len(lines[place].text) - 1),)
    return Item(
        source=source,
        document=f"{source}/page",
        question=f"What is fact {place} of text {number}?",
        lines=lines,
        gold=frozenset((place,)) if answerable else frozenset(),
        spans=spans if answerable else (),
        spans_known=True,
        curve=False,
    )


def make_mix(items: list[Item]) -> Mix:
    nobody = NoMaker()
    return Mix(
        items,
        [],
        cast(ExampleMaker, nobody),
        cast(StatementMaker, nobody),
        [],
        [],
        [],
        Shares(questions=4, transcripts=0.0, entailments=0, pairs=0),
        seed=1,
    )


def answered(example: RankingExample) -> bool:
    return any(1 in window.labels for window in example.windows)


def test_a_step_reads_the_same_whenever_it_is_drawn() -> None:
    mix = make_mix([make_item(i) for i in range(30)])
    later = mix.batch(7)
    assert make_mix([make_item(i) for i in range(30)]).batch(7) == later
    assert mix.batch(8) != later


def test_a_pass_asks_every_question_once() -> None:
    mix = make_mix([make_item(i, answerable=False) for i in range(40)])
    assert mix.steps_a_pass == 10
    asked = [e.question.lower().rstrip("?") for s in range(10) for e in mix.batch(s).rankings]
    assert len(asked) == len(set(asked)) == 40


def test_words_of_the_answer_stand_in_windows_that_answer_alone() -> None:
    mix = make_mix([make_item(i) for i in range(30)])
    rng = random.Random(3)
    for number in range(30):
        for _ in range(20):
            item = make_item(number)
            example = mix.plain(item, rng)
            changed = example.question.lower().rstrip("?") != item.question.lower().rstrip("?")
            for window in example.windows:
                texts = [sentence.text.lower() for sentence in window.window.sentences]
                for place, start, end in window.spans or ():
                    assert window.labels[place] == 1
                    assert texts[place][start:end] == item.answers[0]
                if not changed and 1 not in window.labels:
                    assert not any(item.answers[0] in text for text in texts)


def test_a_third_of_the_answerable_questions_is_made_unanswerable() -> None:
    mix = make_mix([make_item(i) for i in range(30)])
    rng = random.Random(3)
    found = [answered(mix.plain(make_item(i % 30), rng)) for i in range(600)]
    assert 0.6 < sum(found) / 600 < 0.75


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def test_sets_are_read_with_spans_and_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plain, "PLAN", {"molweni": (9, 1), "qamr": (9, 1)})
    row = {
        "id": "a",
        "question": "where does Ann live ?",
        "passage_sentences": ["hi", "I live in Bath", "ok"],
        "answer_sentence_indexes": [1],
        "answer_texts": ["in Bath", "Bath"],
        "answerable": True,
        "speakers": ["Tom", "Ann", "Ann"],
        "doc": "m-0",
    }
    lost = row | {"id": "b", "answer_texts": ["elsewhere"]}
    write(tmp_path / "questions" / "molweni.jsonl.gz", [row, lost])
    write(tmp_path / "questions" / "qamr.jsonl.gz", [row | {"id": "c", "question": "Who lives?"}])
    items = {item.spans_known: item for item in load_items(tmp_path)}
    assert items[True].answers == ("in Bath", "Bath")
    assert [line.turn for line in items[True].lines] == [0, 1, 1]
    assert items[False].spans == ()
    assert len(items) == 2  # the short question of qamr asks for nothing


def test_premises_too_long_to_be_read_whole_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entailment, "_MOST", {"wice": 9})
    row = {"premise": "Ann lives in Bath.", "statement": "Ann lives.", "label": "entailment"}
    rows = [row, row | {"premise": "x" * 5000}, row | {"label": "neutral", "statement": "No."}]
    write(tmp_path / "support" / "wice.jsonl.gz", rows)
    assert sorted(e.supported for e in load_entailments(tmp_path)) == [False, True]
