"""Questions → records.jsonl → summary.json, resumable, with as many askers as the target takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

from eval.dataset import DataSet, Selection, select
from eval.errors import DataSetError
from eval.journal import RECORDS, Journal, read
from eval.manifest import Manifest, begin, commit_of
from eval.observe import Observer
from eval.records import DataDocument, Observation, Question, Scope
from eval.summary import Summary, summarise, write_summary
from eval.targets.base import Service

EVERYTHING = Selection()

Progress = Callable[[int, int], None]
"""Called with (questions done, questions in all) after each one."""


def _no_progress(done: int, total: int) -> None:
    return None


def corpus_of(
    data: DataSet, questions: Sequence[Question], scope: Scope, domain: str | None
) -> tuple[DataDocument, ...]:
    """Return the documents that a run needs.

    Within documents only those asked about; over the corpus all of them, or all of the domain.
    """
    asked = {question.document_id for question in questions}
    if scope == "corpus":
        asked |= {item.document_id for q in questions for item in q.elsewhere if item.document_id}
    if scope == "document":
        return tuple(document for document in data.documents if document.id in asked)
    return tuple(
        document
        for document in data.documents
        if domain is None or document.domain == domain or document.id in asked
    )


def ask_all(
    observer: Observer,
    questions: Sequence[Question],
    directory: Path,
    *,
    workers: int = 1,
    progress: Progress = _no_progress,
) -> tuple[Observation, ...]:
    """Ask what the directory's journal doesn't hold yet; return every observation.

    Each is on the disk before it counts as done. At most two questions per worker are under way, so
    that an interrupted run stops soon.
    """
    journal_path = directory / RECORDS
    journal = Journal(journal_path)
    try:
        done = {observation.question_id for observation in read(journal_path)}
        waiting = [question for question in questions if question.id not in done]
        finished = len(questions) - len(waiting)
        progress(finished, len(questions))
        with ThreadPoolExecutor(max_workers=workers) as pool:
            under_way: set[Future[Observation]] = set()
            queue = iter(waiting)
            try:
                while True:
                    while len(under_way) < 2 * workers and (question := next(queue, None)):
                        under_way.add(pool.submit(observer.observe, question))
                    if not under_way:
                        break
                    complete, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in complete:
                        journal.append(future.result())
                        finished += 1
                        progress(finished, len(questions))
            finally:
                for future in under_way:
                    future.cancel()
    finally:
        journal.close()
    ids = {question.id for question in questions}
    return tuple(each for each in read(journal_path) if each.question_id in ids)


def run(
    data: DataSet,
    service: Service,
    directory: Path,
    *,
    selection: Selection = EVERYTHING,
    scope: Scope = "corpus",
    workers: int = 1,
    progress: Progress = _no_progress,
    ingesting: Callable[[int], None] = lambda count: None,
) -> Summary:
    """Run a data set against a service and write the run's directory.

    Args:
        ingesting: called with the number of documents that the target is about to be given.

    Raises:
        DataSetError: nothing matches the selection.
        RunError: the directory holds another run.
        TargetError: the target can't take the documents.
    """
    questions = select(data.questions, selection)
    known = {document.id for document in data.documents}
    # Another set's questions, which this corpus doesn't answer, are about none of its documents.
    placed = (q for q in questions if q.answerable or scope == "document")
    if lost := [question.id for question in placed if question.document_id not in known]:
        raise DataSetError(f"no document for question {lost[0]!r}: run `validate`")
    documents = corpus_of(data, questions, scope, selection.domain)
    ingesting(len(documents))
    service.hold(documents)
    # Within one document it makes no difference what else is held.
    held = {document.id for document in documents}
    others = service.others(held) if scope == "corpus" else 0
    info = service.info
    manifest = Manifest(
        data.name,
        data.sha256,
        len(questions),
        selection,
        scope,
        info.kind,
        dict(info.values),
        commit_of(),
        others,
    )
    begin(directory, manifest)
    observer = Observer(service, documents, scope)
    observations = ask_all(observer, questions, directory, workers=workers, progress=progress)
    summary = summarise(manifest, observations, complete=len(observations) == len(questions))
    write_summary(directory, summary)
    return summary
