from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.dataset import DataSet, Selection, foreign, load, select
from eval.errors import DataSetError
from eval.records import DataFile, EvidenceItem
from eval.validate import validate
from index.records import Filters
from tests.eval.builders import make_document, make_question

DOCUMENT = {
    "id": "talk",
    "title": "A talk",
    "date": None,
    "meta": {"domain": "Committee", "topics": ["x"]},
    "turns": [{"speaker": "ANNA", "text": "We met in Bremen."}, {"speaker": None, "text": ""}],
}
QUESTION = {
    "id": "q1",
    "document_id": "talk",
    "question": "Where did they meet?",
    "answers": ["Bremen"],
    "answerable": True,
    "split": "val",
    "evidence": [
        {"turn_start": 0, "turn_end": 0, "quote": "Bremen", "char_start": 10, "char_end": 16}
    ],
    "a_key_of_another_tool": 1,
}


def write_set(directory: Path, documents: list[object], questions: list[object]) -> Path:
    for name, rows in (("documents", documents), ("questions", questions)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (directory / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return directory


def test_a_set_is_read_and_unknown_keys_are_ignored(tmp_path: Path) -> None:
    data = load(write_set(tmp_path, [DOCUMENT], [QUESTION]))
    assert data.documents[0].domain == "Committee"
    assert data.questions[0].evidence == (EvidenceItem(0, 0, "Bremen", 10, 16),)
    assert validate(data) == ()


def test_filters_are_read(tmp_path: Path) -> None:
    filters = {"speakers": ["anna"], "since": "2024-01-01", "until": "2024-01-31"}
    rows = [{**QUESTION, "filters": filters}, {**QUESTION, "id": "q2", "filters": {}}, QUESTION]
    first, second, third = load(write_set(tmp_path, [DOCUMENT], list(rows))).questions
    assert first.filters == Filters((), ("anna",), "2024-01-01", "2024-01-31")
    assert second.filters == third.filters == Filters()


def test_the_hash_follows_the_bytes(tmp_path: Path) -> None:
    first = load(write_set(tmp_path, [DOCUMENT], [QUESTION])).sha256
    assert load(tmp_path).sha256 == first
    assert load(write_set(tmp_path, [DOCUMENT], [{**QUESTION, "split": "x"}])).sha256 != first


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"answerable": None}, "answerable"),
        ({"evidence": [{"turn_start": -1, "turn_end": 0}]}, "turn_start"),
        ({"filters": {"speaker": "ANNA"}}, r"filters\.speaker"),
        ({"filters": {"speakers": "ANNA"}}, r"filters\.speakers"),
        ({"filters": {"speakers": [""]}}, r"filters\.speakers"),
        ({"filters": {"since": 2024}}, r"filters\.since"),
        ({"filters": {"until": "2024-02-30"}}, "not a date"),
        ({"filters": {"since": "2024-02-02", "until": "2024-02-01"}}, "swap"),
        ({"filters": None}, "filters"),
    ],
)
def test_a_broken_row_is_named_by_file_line_and_field(
    tmp_path: Path, change: dict[str, object], what: str
) -> None:
    write_set(tmp_path, [DOCUMENT], [QUESTION, {**QUESTION, **change}])
    with pytest.raises(DataSetError, match=rf"questions\.jsonl line 2: .*{what}"):
        load(tmp_path)


def test_missing_files_broken_json_and_wrong_encoding_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=r"documents\.jsonl is missing"):
        load(tmp_path)
    write_set(tmp_path, [DOCUMENT], [QUESTION])
    (tmp_path / "questions.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(DataSetError, match="line 1"):
        load(tmp_path)
    (tmp_path / "questions.jsonl").write_bytes(b"\xff\xfe")
    with pytest.raises(DataSetError, match="UTF-8"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"document_id": "other"}, "no document"),
        (
            {
                "evidence_elsewhere": [
                    {"document_id": "talk", "turn_start": 0, "turn_end": 0, "quote": "Paris"}
                ]
            },
            "verbatim",
        ),
        (
            {"evidence_elsewhere": [{"document_id": "x", "turn_start": 0, "turn_end": 0}]},
            "no document 'x'",
        ),
        ({"question": " "}, "empty"),
        ({"filters": {"speakers": ["anna", "CARLA"]}}, "'CARLA'"),
        ({"answerable": False}, "unanswerable"),
        ({"evidence": [{"turn_start": 0, "turn_end": 2}]}, "don't exist"),
        ({"evidence": [{"turn_start": 0, "turn_end": 0, "quote": "bremen"}]}, "verbatim"),
        (
            {"evidence": [{"turn_start": 0, "turn_end": 0, "quote": "Bremen", "char_start": 9}]},
            "doesn't stand",
        ),
    ],
)
def test_validate_finds_what_is_wrong(tmp_path: Path, change: dict[str, object], what: str) -> None:
    data = load(write_set(tmp_path, [DOCUMENT], [{**QUESTION, **change}]))
    problems = validate(data)
    assert [problem.error for problem in problems] == [True]
    assert what in problems[0].what


def test_validate_finds_repeated_ids_and_impossible_ones(tmp_path: Path) -> None:
    silent = {**DOCUMENT, "id": "a b", "turns": [{"speaker": None, "text": " "}]}
    data = load(write_set(tmp_path, [DOCUMENT, DOCUMENT, silent], [QUESTION, QUESTION]))
    found = sorted(problem.what for problem in validate(data))
    assert found == [
        "an id has 1 to 64 of A-Z a-z 0-9 _ -",
        "no turn has words",
        "the id stands twice",
        "the id stands twice",
    ]


def test_answerable_without_evidence_is_a_warning(tmp_path: Path) -> None:
    problems = validate(load(write_set(tmp_path, [DOCUMENT], [{**QUESTION, "evidence": []}])))
    assert [problem.error for problem in problems] == [False]


def test_a_folder_of_transcripts_is_a_set(tmp_path: Path) -> None:
    (tmp_path / "transcripts").mkdir()
    transcript = "A talk\n20220127\nhttps://example.org/a\nANNA: We met in Bremen.\nIt rained.\n"
    (tmp_path / "transcripts" / "a.talk.txt").write_text(transcript, encoding="utf-8")
    row = {**QUESTION, "document_id": "a.talk.txt"}
    (tmp_path / "questions.jsonl").write_text(json.dumps(row), encoding="utf-8")
    data = load(tmp_path)
    assert data.documents[0].id == data.questions[0].document_id
    assert data.documents[0].turns[0].text == "We met in Bremen."
    assert data.documents[0].file == DataFile("a.talk.txt", transcript.encode())
    assert validate(data) == ()


def test_a_metadata_file_belongs_to_its_transcript(tmp_path: Path) -> None:
    (tmp_path / "transcripts").mkdir()
    (tmp_path / "transcripts" / "talk.txt").write_text("ANNA: We met.\n", encoding="utf-8")
    beside = b'{"title": "A walk"}'
    (tmp_path / "transcripts" / "talk.meta.json").write_bytes(beside)
    (tmp_path / "questions.jsonl").write_text("", encoding="utf-8")
    (document,) = load(tmp_path).documents
    assert document.title == "A walk"
    assert document.file is not None
    assert document.file.parts()[1] == ("talk.meta.json", beside)


def test_the_built_in_set_is_sound(seeds: Path) -> None:
    data = load(seeds)
    assert [problem for problem in validate(data) if problem.error] == []
    assert len(data.questions) == 64
    assert sum(not question.filters.empty for question in data.questions) == 15


def test_a_sample_depends_on_the_seed_and_not_on_the_order_of_the_file() -> None:
    questions = [make_question(f"q{index:02}") for index in range(40)]
    chosen = select(questions, Selection(limit=10, seed=3))
    assert {q.id for q in chosen} == {
        q.id for q in select(questions[::-1], Selection(limit=10, seed=3))
    }
    assert chosen != select(questions, Selection(limit=10, seed=4))
    assert [question.id for question in chosen] == sorted(question.id for question in chosen)
    assert len(select(questions, Selection(limit=100))) == 40


def test_a_selection_that_matches_nothing_is_refused() -> None:
    with pytest.raises(DataSetError, match="'train'"):
        select([make_question("q")], Selection(split="train"))
    kinds = [make_question("a", kind="who"), make_question("b", kind="why")]
    assert [question.id for question in select(kinds, Selection(kind="why"))] == ["b"]


def test_questions_asked_of_another_set_have_no_answer_there() -> None:
    filters = Filters(speakers=("ANNA",))
    question = make_question("q", quotes=[(0, "x")], answers=("x",), filters=filters)
    asked = DataSet("one", (make_document("x"),), (question,), "0" * 64)
    corpus = DataSet("two", (make_document("y", name="e"),), (), "1" * 64)
    both = foreign(asked, corpus)
    assert both.documents == corpus.documents
    assert both.questions == (make_question("q", answerable=False),)
    assert both.sha256 != foreign(corpus, asked).sha256
