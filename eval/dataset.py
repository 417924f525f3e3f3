"""documents.jsonl + questions.jsonl → DataSet, checked; and the questions that a run asks.

``documents.jsonl`` has ``{id, title, date?, url?, meta?, turns: [{speaker|null, text}]}``;
``questions.jsonl`` has ``{id, document_id, question, answers, answerable, split, kind?, domain?,
evidence, evidence_fine?}``. An evidence item has ``turn_start`` and ``turn_end`` (inclusive), and
may have ``quote`` (verbatim in turn ``turn_start``) with ``char_start`` and ``char_end`` (offsets in
that turn's text). Unknown keys are ignored. ``docs/evaluation.md`` describes the form in full.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from eval.errors import DataSetError
from eval.records import DataDocument, DataTurn, EvidenceItem, Question

DOCUMENTS = "documents.jsonl"
QUESTIONS = "questions.jsonl"
DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Meta(_Row):
    domain: str | None = None


class _TurnRow(_Row):
    speaker: str | None = None
    text: str


class _DocumentRow(_Row):
    id: str
    title: str
    date: str | None = None
    url: str | None = None
    meta: _Meta | None = None
    turns: tuple[_TurnRow, ...]


class _EvidenceRow(_Row):
    turn_start: int = Field(ge=0)
    turn_end: int = Field(ge=0)
    quote: str | None = None
    char_start: int | None = None
    char_end: int | None = None

    def record(self) -> EvidenceItem:
        return EvidenceItem(
            self.turn_start, self.turn_end, self.quote, self.char_start, self.char_end
        )


class _QuestionRow(_Row):
    id: str
    document_id: str
    question: str
    answers: tuple[str, ...] = ()
    answerable: bool
    split: str = "all"
    kind: str | None = None
    domain: str | None = None
    evidence: tuple[_EvidenceRow, ...] = ()
    evidence_fine: tuple[_EvidenceRow, ...] = ()

    def record(self) -> Question:
        return Question(
            id=self.id,
            document_id=self.document_id,
            question=self.question,
            answers=self.answers,
            answerable=self.answerable,
            split=self.split,
            kind=self.kind,
            domain=self.domain,
            evidence=tuple(item.record() for item in self.evidence),
            evidence_fine=tuple(item.record() for item in self.evidence_fine),
        )


Row = TypeVar("Row", bound=_Row)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Documents and questions as they stand in the files; ``sha256`` covers both files' bytes."""

    name: str
    documents: tuple[DataDocument, ...]
    questions: tuple[Question, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which questions a run asks; an empty field doesn't limit. ``seed`` draws the sample."""

    split: str | None = None
    kind: str | None = None
    domain: str | None = None
    limit: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a data set. An error makes it unusable, a warning doesn't."""

    where: str
    what: str
    error: bool = True


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        message = f"{path.name} is missing in {str(path.parent)!r}: a data set needs it"
        raise DataSetError(message) from error
    except UnicodeDecodeError as error:
        raise DataSetError(f"{path.name} isn't UTF-8 at byte {error.start}") from error
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line


def _parse(path: Path, model: type[Row]) -> Iterator[Row]:
    for number, line in _lines(path):
        try:
            yield model.model_validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "line"
            message = f"{path.name} line {number}: {place}: {first['msg']}"
            raise DataSetError(message) from error


def load(directory: Path) -> DataSet:
    """Read a data set.

    Raises:
        DataSetError: a file is missing, isn't UTF-8 JSONL, or a row lacks what the form asks for.
    """
    documents = tuple(
        DataDocument(
            id=row.id,
            title=row.title,
            date=row.date,
            url=row.url,
            turns=tuple(DataTurn(turn.speaker, turn.text) for turn in row.turns),
            domain=row.meta.domain if row.meta else None,
        )
        for row in _parse(directory / DOCUMENTS, _DocumentRow)
    )
    questions = tuple(row.record() for row in _parse(directory / QUESTIONS, _QuestionRow))
    return DataSet(directory.resolve().name, documents, questions, data_hash(directory))


def data_hash(directory: Path) -> str:
    """Return the SHA-256 of both files, each with its length in front."""
    digest = hashlib.sha256()
    for name in (DOCUMENTS, QUESTIONS):
        data = (directory / name).read_bytes()
        digest.update(f"{name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def select(questions: Sequence[Question], selection: Selection) -> tuple[Question, ...]:
    """Return the questions of a run in file order; a limit draws a sample with the seed.

    The sample depends on the ids alone, so the order of the file doesn't change it.

    Raises:
        DataSetError: nothing matches.
    """
    chosen = [
        question
        for question in questions
        if selection.split in (None, question.split)
        and selection.kind in (None, question.kind)
        and selection.domain in (None, question.domain)
    ]
    if not chosen:
        raise DataSetError(
            f"no question has split {selection.split!r}, kind {selection.kind!r} and domain"
            f" {selection.domain!r}: see `validate` for the values that occur"
        )
    if selection.limit is not None and selection.limit < len(chosen):
        ids = sorted(question.id for question in chosen)
        # Not for secrets: a seeded draw is what makes a sample repeatable.
        kept = set(random.Random(selection.seed).sample(ids, selection.limit))  # noqa: S311
        chosen = [question for question in chosen if question.id in kept]
    return tuple(chosen)


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
        asked = documents.get(question.document_id)
        if asked is None:
            problems.append(Problem(where, f"no document {question.document_id!r}"))
            continue
        for item in (*question.evidence, *question.evidence_fine):
            problems.extend(_evidence_problems(question, item, asked))
    return tuple(problems)
