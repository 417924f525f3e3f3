"""Every half of the exam is what ``seeds/README.md`` promises, as the service's readers read it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from eval.dataset import DataSet, load
from eval.validate import validate

TRANSCRIPTS = 6
QUESTIONS = 20
# A third of twenty.
UNANSWERABLE = (6, 7)
TURNS = range(40, 81)

# As in ``tests.conftest``; pytest names a test for each half before any fixture exists.
_EXAM = Path(__file__).resolve().parents[2] / "seeds" / "exam"
HALVES = sorted(path for path in _EXAM.iterdir() if path.is_dir())


@pytest.fixture(params=HALVES, ids=lambda half: half.name)
def half(request: pytest.FixtureRequest) -> DataSet:
    directory = request.param
    assert isinstance(directory, Path)
    return load(directory)


def test_there_is_a_half_to_develop_on() -> None:
    assert "dev" in {directory.name for directory in HALVES}


def test_a_half_has_six_transcripts_of_forty_to_eighty_turns(half: DataSet) -> None:
    assert len(half.documents) == TRANSCRIPTS
    turns = {document.id: len(document.turns) for document in half.documents}
    assert {name: count for name, count in turns.items() if count not in TURNS} == {}


def test_a_half_is_in_several_formats_and_names_nobody_in_one_transcript(half: DataSet) -> None:
    assert len({Path(doc.file.name).suffix for doc in half.documents if doc.file}) >= 3
    unnamed = [doc for doc in half.documents if not any(turn.speaker for turn in doc.turns)]
    assert unnamed


def test_each_transcript_has_twenty_questions_a_third_of_them_unanswerable(half: DataSet) -> None:
    asked = Counter(question.document_id for question in half.questions)
    assert asked == {document.id: QUESTIONS for document in half.documents}
    refused = Counter(q.document_id for q in half.questions if not q.answerable)
    assert all(refused[document.id] in UNANSWERABLE for document in half.documents)


def test_a_half_is_sound_and_every_quote_is_verbatim(half: DataSet) -> None:
    assert [problem for problem in validate(half) if problem.error] == []


def test_a_question_has_quotes_and_up_to_four_answers_or_neither(half: DataSet) -> None:
    for question in half.questions:
        assert question.answerable == bool(question.evidence), question.id
        assert all(item.quote for item in question.evidence), question.id
        assert len(question.answers) in (range(1, 5) if question.answerable else (0,)), question.id
        assert question.split == f"exam-{half.name}"
        assert question.kind


def test_no_question_and_no_transcript_is_in_two_halves() -> None:
    halves = [load(directory) for directory in HALVES]
    ids = Counter(question.id for data in halves for question in data.questions)
    names = Counter(document.id for data in halves for document in data.documents)
    texts = Counter(
        tuple(turn.text for turn in document.turns)
        for data in halves
        for document in data.documents
    )
    for counted in (ids, names, texts):
        assert max(counted.values()) == 1
