"""documents.jsonl + questions.jsonl → DataSet, checked; and the questions that a run asks.

``documents.jsonl`` has ``{id, title, date?, url?, meta?, turns: [{speaker|null, text}]}``;
``questions.jsonl`` has ``{id, document_id, question, answers, answerable, split, kind?, domain?,
evidence, evidence_fine?, evidence_elsewhere?, filters?}``. An evidence item has ``turn_start`` and
``turn_end`` (inclusive) and may have ``quote`` (verbatim in turn ``turn_start``) with
``char_start`` and ``char_end`` (offsets in that turn's text). ``filters`` has any of
``speakers``, ``since``, ``until`` and ``collection``, and nothing else; other unknown keys are
ignored. Instead of
``documents.jsonl`` a set may have a folder ``transcripts`` of files that ``ingest`` reads;
``document_id`` is then a file's name. ``docs/evaluation.md`` describes the form in full.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from eval.errors import DataSetError
from eval.records import DataDocument, DataFile, DataTurn, EvidenceItem, Question
from index.errors import InvalidQuery, RefusedSource
from index.formats import pair_sidecars
from index.ingest.prepare import parse
from index.records import Filters
from qa.question.check import check_filters

DOCUMENTS = "documents.jsonl"
TRANSCRIPTS = "transcripts"
QUESTIONS = "questions.jsonl"


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


class _ElsewhereRow(_EvidenceRow):
    document_id: str


class _FiltersRow(_Row):
    """What a question is asked with: a key that isn't known would be a filter silently dropped."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    speakers: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    since: str | None = None
    until: str | None = None
    collection: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _can_be_sent(self) -> Self:
        try:
            check_filters(self.record())
        except InvalidQuery as error:
            raise ValueError(str(error)) from error
        return self

    def record(self) -> Filters:
        return Filters(**self.model_dump())


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
    evidence_elsewhere: tuple[_ElsewhereRow, ...] = ()
    filters: _FiltersRow = _FiltersRow()

    def record(self) -> Question:
        plain = self.model_dump(include=set(Question.__slots__))
        evidence = {
            name: tuple(EvidenceItem(**item.model_dump()) for item in getattr(self, row))
            for name, row in (
                ("evidence", "evidence"),
                ("evidence_fine", "evidence_fine"),
                ("elsewhere", "evidence_elsewhere"),
            )
        }
        return Question(**{**plain, **evidence, "filters": self.filters.record()})


Row = TypeVar("Row", bound=_Row)


@dataclass(frozen=True, slots=True)
class DataSet:
    """Documents and questions as they stand in the files; ``sha256`` covers the files' bytes."""

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
    if not (directory / DOCUMENTS).exists() and (directory / TRANSCRIPTS).is_dir():
        return _load_files(directory)
    documents = tuple(
        DataDocument(
            *(row.id, row.title, row.date, row.url),
            turns=tuple(DataTurn(turn.speaker, turn.text) for turn in row.turns),
            domain=row.meta.domain if row.meta else None,
        )
        for row in _parse(directory / DOCUMENTS, _DocumentRow)
    )
    questions = tuple(row.record() for row in _parse(directory / QUESTIONS, _QuestionRow))
    sha256 = _hash((name, (directory / name).read_bytes()) for name in (DOCUMENTS, QUESTIONS))
    return DataSet(directory.resolve().name, documents, questions, sha256)


def _load_files(directory: Path) -> DataSet:
    """Read a set whose documents are transcript files; ids are those that ``ingest`` gives."""
    documents: list[DataDocument] = []
    files: list[tuple[str, bytes]] = []
    ids: dict[str, str] = {}
    content = {path.name: path.read_bytes() for path in (directory / TRANSCRIPTS).iterdir()}
    for name, sidecar in pair_sidecars(sorted(content)):
        file = DataFile(name, content[name], sidecar, content[sidecar] if sidecar else None)
        files += [(each, content[each]) for each in (name, sidecar) if each]
        try:
            found = parse(file.source(), max_bytes=len(file.data))
        except RefusedSource as error:
            raise DataSetError(f"{name}: {error.detail}") from error
        ids[name] = found[0].document_id
        for each in found:
            text, metadata = each.transcript.text, each.transcript.metadata
            turns = each.transcript.turns
            said = tuple(DataTurn(t.speaker, text[t.char_start : t.char_end]) for t in turns)
            known = (each.document_id, metadata.title, metadata.date, metadata.url)
            documents.append(DataDocument(*known, turns=said, file=file))
    questions = tuple(
        _renamed(question, ids)
        for question in (row.record() for row in _parse(directory / QUESTIONS, _QuestionRow))
    )
    sha256 = _hash([*files, (QUESTIONS, (directory / QUESTIONS).read_bytes())])
    return DataSet(directory.resolve().name, tuple(documents), questions, sha256)


def _renamed(question: Question, ids: Mapping[str, str]) -> Question:
    """Return a question with document ids in place of file names."""
    return replace(
        question,
        document_id=ids.get(question.document_id, question.document_id),
        elsewhere=tuple(
            replace(item, document_id=ids.get(item.document_id or "", item.document_id))
            for item in question.elsewhere
        ),
    )


def _hash(files: Iterable[tuple[str, bytes]]) -> str:
    """Return the SHA-256 of files, each with its name and length in front."""
    digest = hashlib.sha256()
    for name, data in files:
        digest.update(f"{name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def foreign(asked: DataSet, corpus: DataSet) -> DataSet:
    """Return a set that asks one set's questions of another's documents, which don't say.

    Every question counts as unanswerable: abstaining is right, whatever it was in its own set.
    """
    questions = tuple(
        Question(q.id, q.document_id, q.question, (), False, q.split, q.kind, q.domain)
        for q in asked.questions
    )
    sha256 = _hash([("asked", asked.sha256.encode()), ("of", corpus.sha256.encode())])
    return DataSet(f"{asked.name} asked of {corpus.name}", corpus.documents, questions, sha256)


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
