"""Which questions are searched for where: one part that settings are chosen on, one that reports.

The two parts share no document. QMSum has its own splits; CLAPNQ's passages are dealt out by the
hash of their id, Spoken-SQuAD's articles by their place in the file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Set
from dataclasses import dataclass
from typing import Literal

from eval.dataset import DataSet, Selection, select
from eval.records import DataDocument, Question, Scope

Role = Literal["choose", "report"]

# The first half of Spoken-SQuAD's 36 articles is for choosing.
CHOOSING_ARTICLES = 18


@dataclass(frozen=True, slots=True)
class Part:
    """A row of the plan.

    Args:
        name: names it in tables and on the command line.
        scope: whether each question is asked within its document or over the part's corpus.
        about: what it is, for a reader.
        asks: whether a question of the set belongs to the part.
        holds: whether a document is in the part's corpus.
    """

    name: str
    scope: Scope
    about: str
    asks: Callable[[Question], bool]
    holds: Callable[[DataDocument], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class Chosen:
    """The questions of a part and the documents of its corpus, in file order."""

    questions: tuple[Question, ...]
    documents: tuple[DataDocument, ...]


def _half(document_id: str) -> int:
    return hashlib.sha256(document_id.encode()).digest()[0] % 2


def plan(role: Role, data: DataSet) -> tuple[Part, ...]:
    """Return the parts of a data set for choosing or for reporting."""
    choosing = role == "choose"
    if data.name == "qmsum":
        split = "train" if choosing else "val"
        return (
            Part(
                *(f"qmsum-questions-{role}", "document"),
                f"QMSum {split}, real questions, each within its meeting",
                lambda q: q.split == split and q.kind == "question",
            ),
            Part(
                *(f"qmsum-all-{role}", "document"),
                f"QMSum {split}, every question with evidence, each within its meeting",
                lambda q: q.split == split,
            ),
            Part(
                *(f"qmsum-committee-{role}", "corpus"),
                f"QMSum {split}, Committee domain, over all Committee meetings",
                lambda q: q.split == split and q.domain == "Committee",
                lambda d: d.domain == "Committee",
            ),
        )
    if data.name == "clapnq":
        about = "CLAPNQ dev, half of the questions, over all passages"
        wanted = 0 if choosing else 1
        return (Part(f"clapnq-{role}", "corpus", about, lambda q: _half(q.document_id) == wanted),)
    if data.name == "spoken_squad":
        about = "Spoken-SQuAD, questions on half of the articles, over all articles"
        ids = [document.id for document in data.documents]
        mine = frozenset(ids[:CHOOSING_ARTICLES] if choosing else ids[CHOOSING_ARTICLES:])
        return (Part(f"spoken_squad-{role}", "corpus", about, lambda q: q.document_id in mine),)
    return ()


def choose(part: Part, data: DataSet, held: Set[str], sample: int | None = None) -> Chosen:
    """Return what a part asks, questions with evidence alone, and the corpus it asks of.

    Args:
        part: the part.
        data: its set.
        held: the documents that there are; nothing is asked about others.
        sample: most questions; a fixed draw of them where there are more.
    """
    asked = (
        q
        for q in data.questions
        if q.document_id in held
        and q.answerable
        and (q.evidence or q.evidence_fine)
        and part.asks(q)
    )
    return Chosen(
        select(tuple(asked), Selection(limit=sample)),
        tuple(d for d in data.documents if d.id in held and part.holds(d)),
    )
