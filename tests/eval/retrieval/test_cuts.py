from __future__ import annotations

from pathlib import Path

import pytest

from eval.dataset import DataSet
from eval.records import DataDocument, DataTurn, EvidenceItem, Question
from eval.retrieval.cuts import Cut, Spoken, Trial, compare, cut, read, rendered
from eval.retrieval.plan import Chosen, plan
from index.ingest.prepare import parse
from tests.builders import FakeEncoder, make_source


def make_spoken(*lines: str) -> Spoken:
    (parsed,) = parse(make_source(*lines), 1 << 20)
    return Spoken(parsed.transcript, parsed.sentences)


def long_talk() -> Spoken:
    return make_spoken(
        *(f"{'ANN' if i % 2 else 'BEN'}: " + f"Item {i} is here. " * 12 for i in range(8))
    )


def test_without_overlap_every_sentence_is_in_one_passage() -> None:
    spoken = long_talk()
    passages = cut(spoken, Cut("", tokens=40), FakeEncoder().count_tokens)
    numbers = [n for p in passages for n in range(p.first_sentence, p.last_sentence + 1)]
    assert numbers == list(range(len(spoken.sentences)))
    assert [p.number for p in passages] == list(range(len(passages)))


def test_overlap_repeats_what_comes_before() -> None:
    spoken = long_talk()
    plain = cut(spoken, Cut("", tokens=40), FakeEncoder().count_tokens)
    repeated = cut(spoken, Cut("", tokens=40, overlap=10), FakeEncoder().count_tokens)
    assert [p.last_sentence for p in repeated] == [p.last_sentence for p in plain]
    for before, after in zip(plain[1:], repeated[1:], strict=True):
        assert after.first_sentence < before.first_sentence
        assert after.char_start == spoken.sentences[after.first_sentence].char_start


def test_turns_that_are_not_joined_share_no_passage() -> None:
    spoken = make_spoken("ANN: Yes.", "BEN: No.", "ANN: The bridge is closed.")
    count = FakeEncoder().count_tokens
    assert len(cut(spoken, Cut(""), count)) == 1
    apart = cut(spoken, Cut("", join=False), count)
    assert [p.speakers for p in apart] == [("ANN",), ("BEN",), ("ANN",)]


@pytest.mark.parametrize(("labels", "has"), [(True, True), (False, False)])
def test_labels_can_be_left_out_of_what_is_encoded(labels: bool, has: bool) -> None:
    spoken = make_spoken("ANN: The bridge is closed.")
    (passage,) = cut(spoken, Cut(""), FakeEncoder().count_tokens)
    assert ("ANN:" in rendered(spoken, Cut("", labels=labels), passage).text) is has


def test_ways_are_compared_on_the_same_questions(tmp_path: Path) -> None:
    turns = tuple(DataTurn("ANN", f"The bridge number {i} is closed.") for i in range(40))
    evidence = (EvidenceItem(7, 7, "The bridge number 7 is closed."),)
    question = Question(
        "q", "d", "Is the bridge number 7 closed?", (), True, "train", "question", evidence=evidence
    )
    data = DataSet("qmsum", (DataDocument("d", "T", None, None, turns),), (question,), "0")
    chosen = Chosen(data.questions, data.documents)
    ways = [Cut("long"), Cut("short", tokens=20)]
    texts = read(data, chosen)
    assert isinstance(Trial(ways[0], texts, FakeEncoder(), tmp_path, {}), Trial)
    part = plan("choose", data)[0]
    _, _, long, short = compare(part, chosen, texts, FakeEncoder(), ways)
    assert long.startswith("| long | 1.000 |")
    assert "(+0.000 [+0.000, +0.000])" in short
