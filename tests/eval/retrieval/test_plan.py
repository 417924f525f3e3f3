from __future__ import annotations

import pytest

from eval.dataset import DataSet
from eval.errors import DataSetError
from eval.records import DataDocument, EvidenceItem, Question
from eval.retrieval.plan import choose, plan


def make_set(name: str, count: int, *, split: str = "all", domain: str | None = None) -> DataSet:
    documents = tuple(
        DataDocument(f"d{i}", f"Title {i}", None, None, (), domain) for i in range(count)
    )
    questions = tuple(
        Question(
            id=f"q{i}",
            document_id=f"d{i}",
            question="What?",
            answers=(),
            answerable=True,
            split=split,
            kind="question",
            domain=domain,
            evidence=(EvidenceItem(0, 0),),
        )
        for i in range(count)
    )
    return DataSet(name, documents, questions, "hash")


@pytest.mark.parametrize("name", ["clapnq", "spoken_squad"])
def test_what_is_chosen_on_and_what_is_reported_share_no_document(name: str) -> None:
    data = make_set(name, 36)
    held = {document.id for document in data.documents}
    (choosing,) = (choose(part, data, held) for part in plan("choose", data))
    (reported,) = (choose(part, data, held) for part in plan("report", data))
    mine = {question.document_id for question in choosing.questions}
    theirs = {question.document_id for question in reported.questions}
    assert mine | theirs == held
    assert not mine & theirs
    assert choosing.documents == reported.documents == data.documents


def test_qmsum_is_chosen_on_train_and_reported_on_val() -> None:
    data = make_set("qmsum", 4, split="val", domain="Committee")
    held = {"d0", "d1"}
    for part in plan("choose", data):
        with pytest.raises(DataSetError):
            choose(part, data, held)
    chosen = [choose(part, data, held) for part in plan("report", data)]
    assert [len(each.questions) for each in chosen] == [2, 2, 2]
    assert [len(each.documents) for each in chosen] == [2, 2, 2]


def test_a_sample_is_a_fixed_draw() -> None:
    data = make_set("clapnq", 30)
    held = {document.id for document in data.documents}
    (part,) = plan("report", data)
    first = choose(part, data, held, 5)
    assert len(first.questions) == 5
    assert first == choose(part, data, held, 5)


def test_another_set_has_no_parts() -> None:
    assert plan("report", make_set("other", 1)) == ()
