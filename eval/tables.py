"""The tables of ``docs/reports/evaluation.md``: samples of every set, run and written as measured.

``python -m eval.tables --data-root DIR --runs DIR`` runs what isn't done yet (runs resume) and
replaces the part of the document between the two marks. ``DIR`` holds one folder per set. Runs over
the same documents share an index, so that nothing is encoded twice. It is for a checkout.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from eval.dataset import DataSet, Selection, foreign, load
from eval.errors import EvalError, RunError
from eval.gate import built_in
from eval.held_out import held_out
from eval.manifest import REPOSITORY
from eval.metrics import METRICS, by_name
from eval.records import Aggregate, Scope
from eval.runner import run
from eval.summary import Summary
from eval.targets.base import Service

DOCUMENT = REPOSITORY / "docs" / "reports" / "evaluation.md"
BEGIN = "<!-- tables: begin (python -m eval.tables) -->"
END = "<!-- tables: end -->"
SEEDS = "seeds"
SAMPLE = 100
SEED = 0


@dataclass(frozen=True, slots=True)
class TableRun:
    """A row of the plan: which set, which questions, asked how.

    Args:
        asked_of: another set, whose documents are held and asked instead of the set's own.
    """

    name: str
    data: str
    scope: Scope
    selection: Selection
    about: str
    asked_of: str | None = None

    @property
    def index(self) -> str:
        """Return the name of the index: one per set, and one per domain that is a corpus itself.

        Within a document it makes no difference what else is held; over a corpus it does.
        """
        held = self.asked_of or self.data
        domain = self.selection.domain if self.scope == "corpus" else None
        return held if domain is None else f"{held}-{domain}"


def _sample(
    *, split: str | None = None, kind: str | None = None, domain: str | None = None
) -> Selection:
    return Selection(split, kind, domain, SAMPLE, SEED)


PLAN = (
    TableRun("builtin", SEEDS, "corpus", Selection(), "Built-in set, the seed transcripts"),
    TableRun(
        "qmsum-committee",
        "qmsum",
        "corpus",
        _sample(split="val", domain="Committee"),
        "QMSum val, Committee domain, over all Committee meetings",
    ),
    TableRun(
        "qmsum-document",
        "qmsum",
        "document",
        _sample(split="val", kind="question"),
        "QMSum val, real questions, each within its meeting",
    ),
    TableRun(
        "clapnq", "clapnq", "corpus", _sample(), "CLAPNQ dev, held-out fold, over all passages"
    ),
    TableRun(
        "spoken_squad",
        "spoken_squad",
        "corpus",
        _sample(),
        "Spoken-SQuAD, held-out articles, over all articles",
    ),
    TableRun(
        "spoken_squad-document",
        "spoken_squad",
        "document",
        _sample(),
        "Spoken-SQuAD, held-out articles, each within its article",
    ),
    TableRun(
        "friendsqa-foreign",
        "friendsqa",
        "corpus",
        _sample(split="tst"),
        "FriendsQA test, held-out episodes, asked of Spoken-SQuAD's articles",
        asked_of="spoken_squad",
    ),
    TableRun(
        "friendsqa",
        "friendsqa",
        "document",
        _sample(split="tst"),
        "FriendsQA test, held-out episodes, each within its scene",
    ),
    TableRun(
        "spoken_squad-foreign",
        "spoken_squad",
        "corpus",
        _sample(),
        "Spoken-SQuAD, held-out articles, asked of FriendsQA's scenes",
        asked_of="friendsqa",
    ),
)
"""Runs that share an index stand side by side, so that one service at a time is open."""

KIND_METRICS = ("evidence_hit@5", "sentence_hit@1", "citation_f1", "short_f1", "abstention_recall")
"""What a table by kind shows: too few questions a kind for more."""


def _cell(aggregate: Aggregate) -> str:
    if aggregate.value is None:
        return f"unscored (0 / {aggregate.total})"
    unit = by_name(aggregate.metric).unit
    digits = 3 if unit == "share" else 0
    text = f"{aggregate.value:.{digits}f}"
    if aggregate.low is not None and aggregate.high is not None:
        text += f" [{aggregate.low:.{digits}f}, {aggregate.high:.{digits}f}]"
    return f"{text} ({aggregate.eligible} / {aggregate.total})"


def table(entries: Sequence[tuple[TableRun, Summary]]) -> str:
    """Return the tables as Markdown, metrics down and runs across."""
    lines = [
        "Value [95 % interval] (eligible / total). Latencies in milliseconds, on the machine",
        "that ran the suite, with other work beside it; they are no benchmark.",
        "",
        "| metric | " + " | ".join(entry.name for entry, _ in entries) + " |",
        "|---|" + "---|" * len(entries),
    ]
    for metric in METRICS:
        cells = [_cell(summary.metric(metric.name)) for _, summary in entries]
        lines.append(f"| {metric.name} | " + " | ".join(cells) + " |")
    outcomes = sorted({name for _, summary in entries for name in summary.verdicts})
    lines += ["", "| outcome | " + " | ".join(entry.name for entry, _ in entries) + " |"]
    lines.append("|---|" + "---|" * len(entries))
    for name in outcomes:
        counts = [str(summary.verdicts.get(name, 0)) for _, summary in entries]
        lines.append(f"| {name} | " + " | ".join(counts) + " |")
    lines += ["", "| run | questions | commit | data (SHA-256) | models |", "|---|---|---|---|---|"]
    for entry, summary in entries:
        models = "; ".join(f"{role} {', '.join(names)}" for role, names in summary.models.items())
        commit = (summary.run.commit or "none")[:12]
        lines.append(
            f"| {entry.name}: {entry.about} | {summary.run.questions} | {commit}"
            f" | {summary.run.data_sha256[:12]} | {models} |"
        )
    for entry, summary in entries:
        if entry.data == SEEDS:
            lines += ["", *_kinds(summary)]
    return "\n".join(lines)


def _kinds(summary: Summary) -> list[str]:
    """Return the table of a run by kind of question, without intervals: the kinds are small."""
    rows = {(row.group, row.metric): row for row in summary.groups if row.key == "kind"}
    lines = [
        "The built-in set by kind: value (eligible).",
        "",
        "| kind | " + " | ".join(KIND_METRICS) + " |",
        "|---|" + "---|" * len(KIND_METRICS),
    ]
    for kind in sorted({kind for kind, _ in rows}):
        found = [rows.get((kind, metric)) for metric in KIND_METRICS]
        cells = [f"{row.value:.3f} ({row.eligible})" if row else "–" for row in found]
        lines.append(f"| {kind} | " + " | ".join(cells) + " |")
    return lines


def replace_tables(document: str, tables: str) -> str:
    """Return the document with new tables between the marks; raises ``RunError`` without marks."""
    if BEGIN not in document or END not in document:
        raise RunError(f"the document lacks the marks {BEGIN!r} and {END!r}")
    before, rest = document.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def data_of(entry: TableRun, read: Callable[[str], DataSet]) -> DataSet:
    """Return what a run asks, of documents that nothing was trained on.

    ``read`` loads a set by name.
    """
    data = held_out(entry.data, read(entry.data))
    return data if entry.asked_of is None else foreign(data, read(entry.asked_of))


def plan_of(only: Sequence[str], limit: int | None) -> tuple[TableRun, ...]:
    """Return the runs that are asked for, with smaller samples where a limit is given.

    Raises:
        RunError: there is no run of a name.
    """
    if unknown := sorted(set(only) - {entry.name for entry in PLAN}):
        names = ", ".join(entry.name for entry in PLAN)
        raise RunError(f"there is no run {unknown[0]!r}: there are {names}")
    chosen = [entry for entry in PLAN if not only or entry.name in only]
    if limit is None:
        return tuple(chosen)
    return tuple(
        replace(e, name=f"{e.name}-{limit}", selection=replace(e.selection, limit=limit))
        for e in chosen
    )


def run_all(
    plan: Sequence[TableRun],
    read: Callable[[str], DataSet],
    open_service: Callable[[Path], Service],
    runs: Path,
    tell: Callable[[str], None],
) -> tuple[tuple[TableRun, Summary], ...]:
    """Run a plan; runs side by side over the same documents share a service and its index.

    Args:
        read: loads a set by name.
        open_service: opens a service on a data directory.
        runs: folder with a folder per run, and ``indexes``.
        tell: called with a line per run, how long it took included.
    """
    entries: list[tuple[TableRun, Summary]] = []
    began = time.perf_counter()
    for index, members in groupby(plan, key=lambda entry: entry.index):
        service = open_service(runs / "indexes" / index)
        try:
            for entry in members:
                started = time.perf_counter()
                data, out = data_of(entry, read), runs / entry.name
                summary = run(data, service, out, selection=entry.selection, scope=entry.scope)
                entries.append((entry, summary))
                seconds = time.perf_counter() - started
                tell(f"{entry.name}: {summary.run.questions} questions, {seconds:.0f} s")
        finally:
            service.close()
    tell(f"all: {time.perf_counter() - began:.0f} s")
    return tuple(entries)


def _main(
    data_root: Annotated[Path, typer.Option(help="Folder with one folder per set.")],
    runs: Annotated[Path, typer.Option(help="Folder of the runs; what is done is kept.")],
    only: Annotated[
        list[str] | None, typer.Option(help="Only this run; may be given several times.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"Questions per run; {SAMPLE} by default.")
    ] = None,
    write: Annotated[
        bool | None,
        typer.Option(help="Replace the document's tables; by default when everything was run."),
    ] = None,
) -> None:
    """Run samples of every set and write, or print, the tables."""
    from eval.open import open_in_process

    @cache
    def read(name: str) -> DataSet:
        return built_in() if name == SEEDS else load(data_root / name)

    try:
        entries = run_all(
            plan_of(only or (), limit),
            read,
            open_in_process,
            runs,
            lambda line: typer.echo(line, err=True),
        )
        tables = table(entries)
        if write or (write is None and not only and limit is None):
            document = replace_tables(DOCUMENT.read_text("utf-8"), tables)
            DOCUMENT.write_text(document, encoding="utf-8")
        else:
            typer.echo(tables)
    except EvalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    typer.run(_main)
