from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from eval.dataset import DataSet, Selection
from eval.errors import DataSetError, RunError
from eval.journal import RECORDS, Journal, dump, read
from eval.manifest import MANIFEST
from eval.observe import CachedLibrary, check_citation, windows_of
from eval.records import CitationCheck, CitedQuote, EvidenceItem, Observation
from eval.runner import run
from eval.summary import SUMMARY, read_summary
from index.records import Filters
from tests.eval.builders import (
    VERSION,
    FakeService,
    make_answer,
    make_document,
    make_observation,
    make_question,
    make_span,
)

DOCUMENTS = (
    make_document(("ANNA", "We met in Bremen."), name="a"),
    make_document(("BEN", "It rained."), name="b"),
)
QUESTIONS = tuple(
    make_question(f"q{index}", "ab"[index % 2], quotes=[(0, ("We met", "It rained")[index % 2])])
    for index in range(8)
)
DATA = DataSet("made", DOCUMENTS, QUESTIONS, "0" * 64)


def cited(question_index: int) -> CitedQuote:
    if question_index % 2:
        return CitedQuote(1, "b", VERSION, 5, 15, "It rained.", "BEN", 0)
    return CitedQuote(1, "a", VERSION, 6, 23, "We met in Bremen.", "ANNA", 0)


def make_service(**options: object) -> FakeService:
    answers = {q.question: make_answer(cited(i)) for i, q in enumerate(QUESTIONS)}
    return replace(FakeService(answers=answers), **options)  # type: ignore[arg-type]


def scores(directory: Path) -> list[object]:
    """Return every metric that doesn't depend on the clock."""
    return [
        asdict(each)
        for each in read_summary(directory).metrics
        if not each.metric.endswith(("p50", "p95"))
    ]


def test_a_run_writes_records_and_a_summary(tmp_path: Path) -> None:
    summary = run(DATA, make_service(), tmp_path)
    assert summary.complete
    assert summary.metric("citation_f1").value == 1.0
    assert summary.metric("validity").value == 1.0
    assert len(read(tmp_path / RECORDS)) == 8
    assert read_summary(tmp_path) == summary
    assert summary.run.data_sha256 == DATA.sha256
    assert summary.run.settings == {"mode": "auto"}


def test_a_run_is_asked_within_documents_or_over_the_corpus(tmp_path: Path) -> None:
    service = make_service()
    run(DATA, service, tmp_path / "d", scope="document", selection=Selection(limit=1, seed=1))
    (asked,) = service.asked
    assert asked[1] in (Filters(("a",)), Filters(("b",)))
    assert service.held == list(asked[1].document_ids)
    service = make_service()
    run(DATA, service, tmp_path / "c", selection=Selection(limit=1))
    assert service.asked[0][1] == Filters()
    assert service.held == ["a", "b"]


def test_filters_of_a_question_are_sent_recorded_and_joined_with_the_scope(tmp_path: Path) -> None:
    own = Filters(speakers=("ANNA",), since="2024-01-01")
    data = replace(DATA, questions=(replace(QUESTIONS[0], filters=own), QUESTIONS[1]))
    service = make_service()
    run(data, service, tmp_path / "c")
    assert [filters for _, filters in service.asked] == [own, Filters()]
    assert service.searched == service.asked
    assert [each.filters for each in read(tmp_path / "c" / RECORDS)] == [own, Filters()]
    service = make_service()
    run(data, service, tmp_path / "d", scope="document")
    both = replace(own, document_ids=("a",))
    assert [filters for _, filters in service.asked] == [both, Filters(("b",))]
    assert service.searched == service.asked


def test_records_from_before_filters_were_kept_can_be_read(tmp_path: Path) -> None:
    run(DATA, make_service(), tmp_path)
    lines = (tmp_path / RECORDS).read_text("utf-8").splitlines()
    older = [{k: v for k, v in json.loads(line).items() if k != "filters"} for line in lines]
    (tmp_path / RECORDS).write_text("".join(json.dumps(row) + "\n" for row in older), "utf-8")
    assert {each.filters for each in read(tmp_path / RECORDS)} == {Filters()}


def test_evidence_in_a_further_document_counts_over_the_corpus_only(tmp_path: Path) -> None:
    further = EvidenceItem(0, 0, "It rained", document_id="b")
    question = replace(QUESTIONS[0], elsewhere=(further,))
    data = replace(DATA, questions=(question,))
    for scope, groups, recall in (("corpus", 2, 0.5), ("document", 1, 1.0)):
        out = tmp_path / scope
        summary = run(
            data, make_service(), out, scope="corpus" if scope == "corpus" else "document"
        )
        assert len(read(out / RECORDS)[0].gold.groups) == groups
        assert summary.metric("citation_recall").value == recall


def test_documents_beside_the_set_are_told_where_they_matter(tmp_path: Path) -> None:
    service = make_service()
    service.hold([make_document("Something else.", name="other")])
    assert run(DATA, service, tmp_path / "c").run.other_documents == 1
    assert run(DATA, service, tmp_path / "d", scope="document").run.other_documents == 0


def test_the_same_run_twice_has_the_same_scores(tmp_path: Path) -> None:
    run(DATA, make_service(), tmp_path / "one")
    run(DATA, make_service(), tmp_path / "two", workers=4)
    assert scores(tmp_path / "one") == scores(tmp_path / "two")


def test_a_run_killed_halfway_resumes_where_it_stopped(tmp_path: Path) -> None:
    run(DATA, make_service(), tmp_path / "whole")
    out = tmp_path / "killed"
    with pytest.raises(KeyboardInterrupt):
        run(DATA, make_service(stop_after=3), out)
    assert not (out / SUMMARY).exists()
    done = {observation.question_id for observation in read(out / RECORDS)}
    assert 1 <= len(done) <= 3
    # What a kill in the middle of a write leaves behind.
    with (out / RECORDS).open("ab") as file:
        file.write(b'{"question_id": "q7", "docu')
    service = make_service()
    run(DATA, service, out)
    assert len(service.asked) == 8 - len(done)
    assert scores(out) == scores(tmp_path / "whole")


def test_a_finished_run_asks_nothing_again(tmp_path: Path) -> None:
    run(DATA, make_service(), tmp_path)
    service = make_service()
    run(DATA, service, tmp_path)
    assert service.asked == []


def test_a_directory_of_another_run_is_refused(tmp_path: Path) -> None:
    run(DATA, make_service(), tmp_path, selection=Selection(limit=2))
    with pytest.raises(RunError, match="selection"):
        run(DATA, make_service(), tmp_path, selection=Selection(limit=3))
    with pytest.raises(RunError, match="data_sha256"):
        run(replace(DATA, sha256="1" * 64), make_service(), tmp_path, selection=Selection(limit=2))


def test_a_question_that_fails_is_an_error_and_the_run_goes_on(tmp_path: Path) -> None:
    service = make_service(fail_on=frozenset({QUESTIONS[2].question}))
    summary = run(DATA, service, tmp_path)
    assert summary.errors == {"internal": 1}
    assert summary.verdicts["error"] == 1
    assert summary.metric("citation_f1").eligible == 7
    assert summary.metric("citation_f1").failed == 1


def test_a_question_without_its_document_is_refused_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    service = make_service()
    with pytest.raises(DataSetError, match="no document"):
        run(replace(DATA, documents=DOCUMENTS[:1]), service, tmp_path)
    assert service.asked == []


def test_progress_is_told_for_every_question(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    run(DATA, make_service(), tmp_path, progress=lambda done, total: told.append((done, total)))
    assert told == [(done, 8) for done in range(9)]


def test_the_manifest_names_what_was_run(tmp_path: Path) -> None:
    run(DATA, make_service(), tmp_path, selection=Selection(limit=2, seed=7))
    manifest = json.loads((tmp_path / MANIFEST).read_text("utf-8"))
    assert manifest["selection"]["seed"] == 7
    assert manifest["questions"] == 2
    assert set(manifest) >= {"commit", "settings", "data", "data_sha256", "scope", "target"}


def test_a_journal_heals_a_half_written_last_line(tmp_path: Path) -> None:
    path = tmp_path / RECORDS
    first = make_observation(make_answer(), [make_span(0, 5)], name="q1")
    second = make_observation(make_answer(), name="q2")
    for cut in (1, len(dump(second)) // 2, len(dump(second)) - 1):
        path.write_bytes(dump(first) + dump(second)[:cut])
        assert read(path) == (first,)
        journal = Journal(path)
        journal.append(second)
        journal.close()
        assert read(path) == (first, second)


def test_a_broken_line_in_the_middle_is_told_not_skipped(tmp_path: Path) -> None:
    path = tmp_path / RECORDS
    path.write_bytes(b"{}\n" + dump(make_observation(make_answer())))
    with pytest.raises(RunError, match="line 1"):
        read(path)


def test_observations_survive_the_journal(tmp_path: Path) -> None:
    run(DATA, make_service(), tmp_path)
    observation: Observation = read(tmp_path / RECORDS)[0]
    assert observation.gold.groups[0][0].text in {"We met", "It rained"}
    assert observation.checks[0].actual == (observation.answer or make_answer()).citations[0].quote


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, CitationCheck("We met in Bremen.", True)),
        ({"speaker": "BEN"}, CitationCheck("We met in Bremen.", False)),
        ({"turn": 3}, CitationCheck("We met in Bremen.", False)),
        ({"char_start": 0}, CitationCheck("ANNA: We met in Bremen.", False)),
        ({"char_end": 5000}, CitationCheck(None, False)),
        ({"char_end": 6}, CitationCheck(None, False)),
        ({"document_id": "zzz"}, CitationCheck(None, False)),
        ({"document_version": "v0"}, CitationCheck(None, False)),
    ],
)
def test_what_stands_at_a_citation_is_looked_up(
    change: dict[str, object], expected: CitationCheck
) -> None:
    service = make_service()
    service.hold(DOCUMENTS)
    citation = replace(cited(0), **change)  # type: ignore[arg-type]
    assert check_citation(citation, CachedLibrary(service)) == expected


def test_windows_that_touch_are_merged_and_show_whole_words() -> None:
    service = make_service()
    long = make_document("word " * 400, name="long")
    service.hold([long])
    library = CachedLibrary(service)
    near = [make_span(1000, 1004, document="long"), make_span(1100, 1104, document="long")]
    (window,) = windows_of(near, library)
    assert window.text.split() == ["word"] * len(window.text.split())
    assert window.char_start < 1000
    assert window.char_start + len(window.text) > 1104
    far = windows_of([near[0], make_span(10, 14, document="long")], library)
    assert [each.char_start for each in far] == sorted(each.char_start for each in far)
    assert len(far) == 2
