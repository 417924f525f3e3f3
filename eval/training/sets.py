"""A folder in the documented form → documents cut into passages, questions with gold sentences."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.dataset import load
from eval.training.plain import Item
from eval.training.splits import Part, SetName, folds, parts
from index.records import Metadata, Passage, Sentence, Transcript, Turn
from index.text.passages import build_passages
from index.text.sentences import split_sentences
from qa.question.features import names

# One in this many of the written conversations is kept for development.
_LESSONS_KEPT = 10


@dataclass(frozen=True, slots=True)
class Document:
    """A transcript with its sentences and passages, and the part it belongs to."""

    id: str
    set_name: SetName
    part: Part
    fold: int
    title: str
    text: str
    turns: tuple[Turn, ...]
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]

    def words(self, sentence: Sentence) -> str:
        """Return a sentence's text."""
        return self.text[sentence.char_start : sentence.char_end]


@dataclass(frozen=True, slots=True)
class StatementGold:
    """A sentence of a gold answer with the numbers of the sentences that back it."""

    text: str
    sentences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and what is known of its answer; ``gold`` and ``near`` are sentence numbers.

    ``near`` are sentences in the coarse evidence that are neither right nor wrong for certain.
    ``spans`` are char ranges of short answers in the document's text.
    """

    id: str
    set_name: SetName
    document_id: str
    part: Part
    fold: int
    text: str
    kind: str
    answerable: bool
    answers: tuple[str, ...]
    gold: frozenset[int]
    near: frozenset[int]
    spans: tuple[tuple[int, int], ...]
    statements: tuple[StatementGold, ...]


@dataclass(frozen=True, slots=True)
class DataSet:
    """One set: its documents by id and its questions in file order."""

    name: SetName
    documents: dict[str, Document]
    questions: tuple[Question, ...]


def asked_names(sets: Mapping[str, DataSet]) -> dict[str, list[str]]:
    """Return per document the names in its questions, each once, in the order of the questions."""
    found: dict[str, list[str]] = {}
    for data in sets.values():
        for question in data.questions:
            known = found.setdefault(question.document_id, [])
            known.extend(n for n in names(question.text) if n not in known)
    return found


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def load_set(
    root: Path, name: SetName, count_tokens: Callable[[str], int], held_fold: int
) -> DataSet:
    """Read one set and cut its documents as the service does.

    Args:
        root: the folder that holds the sets.
        name: which one.
        count_tokens: the encoder's token count, for the size of passages.
        held_fold: the clapnq fold that training must not see.
    """
    raw = list(_rows(root / name / "documents.jsonl"))
    given = {row["id"]: (row.get("meta") or {}).get("split", "") for row in raw}
    part_of = parts(name, given, given, held_fold)
    fold_of = folds(given) if name == "clapnq" else {}
    documents = {
        row["id"]: _document(row, name, part_of[row["id"]], fold_of.get(row["id"], 0), count_tokens)
        for row in raw
    }
    questions = tuple(
        _question(row, documents[row["document_id"]], name)
        for row in _rows(root / name / "questions.jsonl")
    )
    return DataSet(name, documents, questions)


def load_exam(folder: Path, count_tokens: Callable[[str], int]) -> DataSet:
    """Read a half of the exam, transcripts in files; all of it is for development.

    Args:
        folder: the half, with ``transcripts/`` and ``questions.jsonl``.
        count_tokens: the encoder's token count, for the size of passages.
    """
    data = load(folder)
    documents = {
        each.id: _document(
            {
                "id": each.id,
                "title": each.title,
                "turns": [{"speaker": t.speaker, "text": t.text} for t in each.turns],
            },
            "exam",
            "dev",
            0,
            count_tokens,
        )
        for each in data.documents
    }
    questions = tuple(
        _question(
            {
                "id": q.id,
                "question": q.question,
                "kind": q.kind,
                "answerable": q.answerable,
                "answers": q.answers,
                "evidence": [
                    {"turn_start": e.turn_start, "turn_end": e.turn_end, "quote": e.quote}
                    for e in q.evidence
                ],
            },
            documents[q.document_id],
            "exam",
        )
        for q in data.questions
    )
    return DataSet("exam", documents, questions)


def load_lessons(folder: Path, count_tokens: Callable[[str], int]) -> DataSet:
    """Read the conversations that were written to learn from; some are kept for development.

    Args:
        folder: the JSON lines: ``title``, ``turns`` as (speaker or null, text) and ``questions``
            with the sentences that answer and the short answers within them.
        count_tokens: the encoder's token count, for the size of passages.
    """
    documents: dict[str, Document] = {}
    questions: list[Question] = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, row in enumerate(_rows(path)):
            identity = f"{path.stem}-{number}"
            turns = [{"speaker": speaker, "text": text} for speaker, text in row["turns"]]
            part: Part = "dev" if number % _LESSONS_KEPT == 0 else "train"
            document = _document(
                {"id": identity, "title": row["title"], "turns": turns},
                "lessons",
                part,
                0,
                count_tokens,
            )
            documents[identity] = document
            questions += [
                _lesson(asked, f"{identity}-{place}", document)
                for place, asked in enumerate(row["questions"])
            ]
    return DataSet("lessons", documents, tuple(questions))


def _lesson(asked: dict[str, Any], identity: str, document: Document) -> Question:
    evidence: list[dict[str, Any]] = []
    for quote in asked["quotes"]:
        inside = [a for a in asked["answers"] if a in quote]
        for turn in document.turns:
            start = document.text[turn.char_start : turn.char_end].find(quote)
            if start < 0:
                continue
            place = {"turn_start": turn.number, "turn_end": turn.number}
            if not inside:
                evidence.append(place | {"quote": quote})
            for answer in inside:
                first = start + quote.find(answer)
                evidence.append(place | {"char_start": first, "char_end": first + len(answer)})
    row = {
        "id": identity,
        "question": asked["q"],
        "answerable": bool(asked["quotes"]),
        "answers": asked["answers"],
        "evidence": evidence,
    }
    return _question(row, document, "lessons")


def kept_set(items: Sequence[Item], count_tokens: Callable[[str], int]) -> DataSet:
    """Return the plain items that training keeps back as documents with questions.

    The passages of a document become its turns; where a passage stands in several items, once.
    """
    texts: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
    for item in items:
        passages = texts[item.document]
        passages.setdefault(tuple(line.text for line in item.lines), len(passages))
    documents = {
        identity: _document(
            {
                "id": identity,
                "title": "",
                "turns": [{"speaker": None, "text": " ".join(lines)} for lines in passages],
            },
            "plain",
            "dev",
            0,
            count_tokens,
        )
        for identity, passages in texts.items()
    }
    questions = []
    for number, item in enumerate(items):
        if not item.gold or item.lines[0].speaker:
            continue
        lines = [line.text for line in item.lines]
        starts = [sum(len(text) + 1 for text in lines[:place]) for place in range(len(lines))]
        turn = texts[item.document][tuple(lines)]
        spans = item.spans or tuple((place, 0, len(lines[place])) for place in sorted(item.gold))
        row = {
            "id": f"{item.source}-{number}",
            "question": item.question,
            "kind": item.source,
            "answerable": True,
            "answers": item.answers,
            "evidence": [
                {
                    "turn_start": turn,
                    "turn_end": turn,
                    "char_start": starts[place] + start,
                    "char_end": starts[place] + end,
                }
                for place, start, end in spans
            ],
        }
        questions.append(_question(row, documents[item.document], "plain"))
    return DataSet("plain", documents, tuple(questions))


def _document(
    row: dict[str, Any],
    name: SetName,
    part: Part,
    fold: int,
    count_tokens: Callable[[str], int],
) -> Document:
    text, turns = _canonical(row["turns"])
    transcript = Transcript(Metadata(row["title"]), text, turns, "evaluation")
    sentences = split_sentences(transcript)
    return Document(
        id=row["id"],
        set_name=name,
        part=part,
        fold=fold,
        title=row["title"].replace("_", " "),
        text=text,
        turns=turns,
        sentences=sentences,
        passages=build_passages(text, sentences, count_tokens),
    )


def _canonical(rows: Sequence[dict[str, Any]]) -> tuple[str, tuple[Turn, ...]]:
    """Return the text and turns that a transcript file with these turns would have."""
    pieces: list[str] = []
    turns: list[Turn] = []
    at = 0
    for number, row in enumerate(rows):
        label = f"{row['speaker']}: " if row["speaker"] else ""
        start = at + len(label)
        pieces.append(f"{label}{row['text']}\n")
        turns.append(Turn(number, row["speaker"], start, start + len(row["text"])))
        at += len(pieces[-1])
    return "".join(pieces), tuple(turns)


def _question(row: dict[str, Any], document: Document, name: SetName) -> Question:
    fine = row.get("evidence_fine") or row["evidence"]
    marked = [_sentences_of(item, document) for item in fine]
    coarse = [_sentences_of(item, document) for item in row["evidence"]]
    gold = frozenset(n for numbers in marked for n in numbers)
    near = frozenset(n for numbers in coarse for n in numbers) - gold
    spans = [
        (
            document.turns[item["turn_start"]].char_start + item["char_start"],
            document.turns[item["turn_start"]].char_start + item["char_end"],
        )
        for item in row["evidence"]
        if "char_start" in item
    ]
    statements = tuple(
        StatementGold(
            item["text"],
            tuple(sorted({n for i in item["evidence"] for n in marked[i]})),
        )
        for item in row.get("answer_sentences", ())
        if item["evidence"] and row.get("evidence_fine")
    )
    return Question(
        id=f"{name}/{row['id']}",
        set_name=name,
        document_id=document.id,
        part=document.part,
        fold=document.fold,
        text=row["question"],
        kind=row.get("kind") or "question",
        answerable=row["answerable"],
        answers=tuple(row["answers"]),
        gold=gold,
        near=near,
        spans=tuple(dict.fromkeys(spans)),
        statements=statements,
    )


def _sentences_of(item: dict[str, Any], document: Document) -> tuple[int, ...]:
    """Return the numbers of the sentences that a piece of evidence touches."""
    first, last = item["turn_start"], item["turn_end"]
    start, end = document.turns[first].char_start, document.turns[last].char_end
    if "char_start" in item:
        start, end = start + item["char_start"], start + item["char_end"]
    elif "quote" in item:
        found = document.text.find(item["quote"], start, document.turns[first].char_end)
        if found >= 0:
            start, end = found, found + len(item["quote"])
    return tuple(s.number for s in document.sentences if s.char_start < end and s.char_end > start)
