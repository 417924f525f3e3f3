"""Data set → the questions that may be reported: those of documents that nothing was trained on.

Everything is trained on the parts that ``eval.training.splits`` names; a set that it doesn't know
is whole.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from eval.dataset import DataSet
from eval.training.splits import SETS, parts

LAST_OF_SPANS = "squad-17"
"""An earlier network for short answers was trained on Spoken-SQuAD's articles up to this one; they
stay out, so that reports can be compared."""


def about(data: DataSet, document_ids: Set[str], what: str) -> DataSet:
    """Return a set that asks about some of its documents; every document stays, to be found."""
    questions = tuple(q for q in data.questions if q.document_id in document_ids)
    return replace(data, name=f"{data.name} ({what})", questions=questions)


def between(data: DataSet, first: str, last: str) -> DataSet:
    """Return a set that asks about its documents from one id to another, both included."""
    ids = {document.id for document in data.documents if first <= document.id <= last}
    return about(data, ids, f"{first} to {last}")


def untrained(name: str, data: DataSet) -> frozenset[str]:
    """Return the documents of a set that nothing was trained on; all of a set of another name."""
    ids = [document.id for document in data.documents]
    given = {question.document_id: question.split for question in data.questions}
    for known in SETS:
        if known == name:
            held = {each for each, part in parts(known, ids, given).items() if part == "heldout"}
            spans = known == "spoken_squad"
            return frozenset(each for each in held if not spans or each > LAST_OF_SPANS)
    return frozenset(ids)


def held_out(name: str, data: DataSet) -> DataSet:
    """Return a set that asks about the documents that nothing was trained on."""
    ids = untrained(name, data)
    return data if len(ids) == len(data.documents) else about(data, ids, "held out")
