"""DataSet → everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from eval.dataset import DataSet
from eval.records import DataDocument, EvidenceItem, Question
from index.formats.identity import DOCUMENT_ID


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a data set. An error makes it unusable, a warning doesn't."""

    where: str
    what: str
    error: bool = True


def _evidence_problems(
    question: Question, item: EvidenceItem, document: DataDocument
) -> Iterator[Problem]:
    where = f"question {question.id!r}"
    if not item.turn_start <= item.turn_end < len(document.turns):
        yield Problem(where, f"turns {item.turn_start} to {item.turn_end} don't exist")
        return
    if item.quote is None:
        return
    text = document.turns[item.turn_start].text
    if item.quote not in text:
        yield Problem(where, f"{item.quote!r} isn't verbatim in turn {item.turn_start}")
    elif item.char_start is not None and text[item.char_start : item.char_end] != item.quote:
        yield Problem(where, f"{item.quote!r} doesn't stand at character {item.char_start}")
    elif item.char_start is None and text.count(item.quote) > 1:
        yield Problem(where, f"{item.quote!r} stands twice in its turn", error=False)


def validate(data: DataSet) -> tuple[Problem, ...]:
    """Return everything that is wrong with a data set that could be read."""
    problems: list[Problem] = []
    documents: dict[str, DataDocument] = {}
    for document in data.documents:
        where = f"document {document.id!r}"
        if not DOCUMENT_ID.fullmatch(document.id):
            problems.append(Problem(where, "an id has 1 to 64 of A-Z a-z 0-9 _ -"))
        if document.id in documents:
            problems.append(Problem(where, "the id stands twice"))
        if not any(turn.text.strip() for turn in document.turns):
            problems.append(Problem(where, "no turn has words"))
        documents[document.id] = document
    speakers = {
        turn.speaker.casefold() for each in data.documents for turn in each.turns if turn.speaker
    }
    ids: set[str] = set()
    for question in data.questions:
        where = f"question {question.id!r}"
        if question.id in ids:
            problems.append(Problem(where, "the id stands twice"))
        ids.add(question.id)
        if not question.question.strip():
            problems.append(Problem(where, "the question is empty"))
        if not question.answerable and (question.answers or question.evidence):
            problems.append(Problem(where, "unanswerable, yet it has answers or evidence"))
        if question.answerable and not (question.evidence or question.evidence_fine):
            problems.append(Problem(where, "answerable without evidence: unscored", error=False))
        problems.extend(
            Problem(where, f"no turn is by the speaker {name!r} of its filters")
            for name in question.filters.speakers
            if name.casefold() not in speakers
        )
        asked = documents.get(question.document_id)
        if asked is None:
            problems.append(Problem(where, f"no document {question.document_id!r}"))
            continue
        for item in (*question.evidence, *question.evidence_fine):
            problems.extend(_evidence_problems(question, item, asked))
        for item in question.elsewhere:
            other = documents.get(item.document_id or "")
            if other is None:
                problems.append(Problem(where, f"no document {item.document_id!r}"))
            else:
                problems.extend(_evidence_problems(question, item, other))
    return tuple(problems)
