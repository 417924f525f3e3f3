from __future__ import annotations

from eval.dataset import DataSet
from eval.held_out import LAST_OF_SPANS, between, held_out, untrained
from eval.training.splits import parts
from tests.eval.builders import make_document, make_question


def made(name: str, *ids: str) -> DataSet:
    documents = tuple(make_document("Words.", name=each) for each in ids)
    questions = tuple(make_question(f"q-{each}", each) for each in ids)
    return DataSet(name, documents, questions, "0" * 64)


ARTICLES = tuple(f"squad-{number:02}" for number in range(36))


def test_questions_are_asked_between_two_ids_and_every_document_stays() -> None:
    data = made("made", "c", "a", "b", "d")
    part = between(data, "b", "c")
    assert [question.document_id for question in part.questions] == ["c", "b"]
    assert part.documents == data.documents
    assert part.name == "made (b to c)"


def test_neither_ranker_nor_short_answers_were_trained_on_what_is_reported() -> None:
    ids = untrained("spoken_squad", made("x", *ARTICLES))
    ranker = parts("spoken_squad", ARTICLES, {})
    assert ids
    assert all(ranker[each] == "heldout" and each > LAST_OF_SPANS for each in ids)
    data = held_out("spoken_squad", made("spoken_squad", *ARTICLES))
    assert {question.document_id for question in data.questions} == ids
    assert len(data.documents) == len(ARTICLES)
    assert data.name == "spoken_squad (held out)"


def test_a_set_that_nothing_was_trained_on_is_whole() -> None:
    data = made("seeds", "a", "b")
    assert held_out("seeds", data) is data
