"""Statements for the support head: pairs that differ in what is true of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from eval.training.remembered import RememberingEncoder
from eval.training.statements import StatementMaker, stated
from index.encoders.base import PassageInput
from tests.eval.training.test_sets import LetterEncoder, load


@pytest.mark.parametrize(
    ("question", "answer", "statement"),
    [
        ("Who won the game?", "Denver", "Denver won the game."),
        ("When was the abbey founded?", "1842", "the abbey was founded 1842."),
        ("What year did he publish it?", "1687", "he publish it 1687."),
        ("Is it so", "yes", "Is it so: yes."),
    ],
)
def test_a_question_with_its_answer_reads_like_a_statement(
    question: str, answer: str, statement: str
) -> None:
    assert stated(question, answer) == statement


def test_a_pair_holds_a_true_statement_and_a_changed_one(tmp_path: Path) -> None:
    data, corpus, _ = load(tmp_path)
    question = data.questions[0]
    found = {q.id: list(range(len(corpus.places))) for q in data.questions}
    maker = StatementMaker({"spoken_squad": data}, {"spoken_squad": corpus}, found, seed=3)
    kinds = set()
    for _ in range(40):
        pair = maker.pair(question, question)
        if pair is None:
            continue
        true, false = pair
        assert (true.supported, false.supported) == (True, False)
        assert true.statement != false.statement
        kinds.add(true.kind)
    assert kinds == {"answer"}


def test_vectors_are_read_back_where_the_same_was_encoded_before(tmp_path: Path) -> None:
    calls = []

    class Counting(LetterEncoder):
        def encode_passages(self, passages):  # type: ignore[no-untyped-def]
            calls.append(len(passages))
            return super().encode_passages(passages)

    passages = [PassageInput("Ada. Bo.", ((0, 4), (5, 8))), PassageInput("Cy.", ((0, 3),))]
    encoder = RememberingEncoder(Counting(), tmp_path / "vectors")
    first, second = encoder.encode_passages(passages), encoder.encode_passages(passages)
    assert calls == [2]
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.passage, other.passage)
        assert np.array_equal(one.sentences, other.sentences)
    encoder.encode_passages(passages[:1])
    assert calls == [2, 1]
