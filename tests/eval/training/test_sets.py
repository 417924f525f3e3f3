from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eval.training.candidates import candidates_for
from eval.training.examples import ExampleMaker
from eval.training.plain import Item, Line
from eval.training.retrieval import Corpus, build_corpus
from eval.training.sets import DataSet, kept_set, load_exam, load_set
from eval.training.tables import Asker
from index.encoders.base import PassageInput, PassageVectors, Vectors


class LetterEncoder:
    """Counts letters: texts with like letters are alike."""

    id = "letters"
    dimension = 26

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(t) for t in texts])

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        return [
            PassageVectors(
                self._vector(p.text), np.stack([self._vector(p.text[a:b]) for a, b in p.sentences])
            )
            for p in passages
        ]

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def _vector(self, text: str) -> Vectors:
        counts = np.array([text.lower().count(chr(97 + i)) for i in range(26)], np.float32)
        return counts / max(1e-9, float(np.linalg.norm(counts)))


def write_set(root: Path) -> None:
    folder = root / "spoken_squad"
    folder.mkdir(parents=True)
    turns = [
        {"speaker": "Ann", "text": "Bread is baked early. Ovens are hot."},
        {"speaker": None, "text": "The talks are held in Geneva. They fail."},
    ]
    documents = [{"id": f"d{i}", "title": f"Title_{i}", "turns": turns} for i in range(8)]
    question = {
        "id": "q",
        "document_id": "d0",
        "question": "Where are the Geneva talks held?",
        "answers": ["Geneva"],
        "answerable": True,
        "split": "test",
        "evidence": [
            {"turn_start": 1, "turn_end": 1, "quote": "Geneva", "char_start": 22, "char_end": 28}
        ],
    }
    unanswerable = question | {"id": "u", "answerable": False, "evidence": [], "answers": []}
    (folder / "documents.jsonl").write_text("\n".join(map(json.dumps, documents)))
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, [question, unanswerable])))


def load(tmp_path: Path) -> tuple[DataSet, Corpus, LetterEncoder]:
    write_set(tmp_path)
    encoder = LetterEncoder()
    data = load_set(tmp_path, "spoken_squad", encoder.count_tokens, 3)
    return data, build_corpus(data.documents.values(), encoder), encoder


def test_gold_sentences_and_spans_are_found_in_the_cut_text(tmp_path: Path) -> None:
    data, _, _ = load(tmp_path)
    question, unanswerable = data.questions
    document = data.documents["d0"]
    assert [document.words(document.sentences[n]) for n in question.gold] == [
        "The talks are held in Geneva."
    ]
    assert [document.text[a:b] for a, b in question.spans] == ["Geneva"]
    assert document.title == "Title 0"
    assert not unanswerable.gold


def test_retrieval_finds_passages_within_a_document(tmp_path: Path) -> None:
    _, corpus, encoder = load(tmp_path)
    vector = encoder.encode_queries(["Geneva"])[0]
    found = corpus.search("Geneva", vector, 3, within="d3")
    assert {corpus.places[p].document.id for p in found} == {"d3"}
    candidates = candidates_for("Geneva", vector, corpus, found)
    assert max(candidates, key=lambda c: c.lexical).text == "The talks are held in Geneva."


def test_an_example_labels_gold_sentences_and_places_spans(tmp_path: Path) -> None:
    data, corpus, _ = load(tmp_path)
    question, unanswerable = data.questions
    found = {q.id: list(range(len(corpus.places))) for q in data.questions}
    maker = ExampleMaker({"spoken_squad": data}, {"spoken_squad": corpus}, found, seed=1)
    gold_seen = False
    for _ in range(40):
        example = maker.ranking(question)
        for labelled in example.windows:
            assert len(labelled.labels) == len(labelled.window.sentences)
            for sentence, start, end in labelled.spans or ():
                gold_seen = True
                assert labelled.labels[sentence] == 1
                assert labelled.window.sentences[sentence].text[start:end] == "Geneva"
    assert gold_seen
    assert all(1 not in w.labels for w in maker.ranking(unanswerable).windows)


def test_the_same_seed_draws_the_same(tmp_path: Path) -> None:
    data, corpus, _ = load(tmp_path)
    found = {q.id: list(range(len(corpus.places))) for q in data.questions}
    drawn = [
        [maker.ranking(data.questions[0]) for _ in range(5)]
        for maker in (
            ExampleMaker({"spoken_squad": data}, {"spoken_squad": corpus}, found, seed=2)
            for _ in range(2)
        )
    ]
    assert drawn[0] == drawn[1]


def test_a_question_without_its_evidence_has_no_right_candidate(tmp_path: Path) -> None:
    data, corpus, encoder = load(tmp_path)
    asker = Asker({"spoken_squad": data}, {"spoken_squad": corpus}, encoder)
    question = data.questions[0]
    (own,) = asker.own([question])
    (without,) = asker.without([question])
    assert sum(own.right) == 1
    assert not any(without.right)
    assert "d0" not in {c.hit.document_id for c in without.candidates}
    for changed in asker.changed([question] * 3, seed=random.randint(0, 9)):
        assert changed.text != question.text
        assert not any(changed.right)


def test_kept_back_items_become_documents_with_gold_sentences() -> None:
    lines = (Line("Ann lives in Bath."), Line("It rains there."))
    other = (Line("Tom lives in Hull."),)
    items = [
        Item(
            "nq", "nq/a", "Where does Ann live?", lines, frozenset((0,)), ((0, 13, 17),), True, True
        ),
        Item("nq", "nq/a", "Where is Tom?", other, frozenset((0,)), (), False, True),
        Item("nq", "nq/a", "Who is Sue?", other, frozenset(), (), True, True),
    ]
    data = kept_set(items, lambda text: len(text.split()))
    (document,) = data.documents.values()
    assert document.text == "Ann lives in Bath. It rains there.\nTom lives in Hull.\n"
    first, second = data.questions  # what has no answer beside it may have one in the document
    (gold,) = first.gold
    assert document.words(document.sentences[gold]) == "Ann lives in Bath."
    assert first.answers == ("Bath",)
    assert [document.words(document.sentences[n]) for n in second.gold] == ["Tom lives in Hull."]


def test_the_exam_is_read_with_its_gold_sentences(seeds: Path) -> None:
    data = load_exam(seeds / "exam" / "dev", lambda text: len(text.split()))
    assert len(data.questions) == 120
    assert all(question.part == "dev" for question in data.questions)
    assert all(bool(question.gold) == question.answerable for question in data.questions)
