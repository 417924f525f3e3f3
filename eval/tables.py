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
from eval.metrics import METRICS
from eval.records import Aggregate, Scope
from eval.render import NOTHING, markdown, spread
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
    name: str,
    about: str,
    data: str,
    scope: Scope = "corpus",
    asked_of: str | None = None,
    **chosen: str,
) -> TableRun:
    selection = Selection(**chosen, limit=SAMPLE, seed=SEED)
    return TableRun(name, data, scope, selection, about, asked_of)


_SQUAD = "Spoken-SQuAD, held-out articles"
_FRIENDS = "FriendsQA test, held-out episodes"
PLAN = (
    TableRun("builtin", SEEDS, "corpus", Selection(), "Built-in set, the seed transcripts"),
    _sample(
        "qmsum-committee",
        "QMSum val, Committee domain, over all Committee meetings",
        "qmsum",
        split="val",
        domain="Committee",
    ),
    _sample(
        "qmsum-document",
        "QMSum val, real questions, each within its meeting",
        "qmsum",
        "document",
        split="val",
        kind="question",
    ),
    _sample("clapnq", "CLAPNQ dev, held-out fold, over all passages", "clapnq"),
    _sample("spoken_squad", f"{_SQUAD}, over all articles", "spoken_squad"),
    _sample(
        "spoken_squad-document", f"{_SQUAD}, each within its article", "spoken_squad", "document"
    ),
    _sample(
        "friendsqa-foreign",
        f"{_FRIENDS}, asked of Spoken-SQuAD's articles",
        "friendsqa",
        asked_of="spoken_squad",
        split="tst",
    ),
    _sample(
        "friendsqa", f"{_FRIENDS}, each within its scene", "friendsqa", "document", split="tst"
    ),
    _sample(
        "spoken_squad-foreign",
        f"{_SQUAD}, asked of FriendsQA's scenes",
        "spoken_squad",
        asked_of="friendsqa",
    ),
)
"""Runs that share an index stand side by side, so that one service at a time is open."""

KIND_METRICS = ("evidence_hit@5", "sentence_hit@1", "citation_f1", "short_f1", "abstention_recall")
"""What a table by kind shows: too few questions a kind for more."""


def table(entries: Sequence[tuple[TableRun, Summary]]) -> str:
    """Return the tables as Markdown, metrics down and runs across."""
    names = [entry.name for entry, _ in entries]
    found = {m.name: [(s.metric(m.name), m.unit) for _, s in entries] for m in METRICS}
    cells = [
        (name, *(_cell(each, spread(each, unit)) for each, unit in row))
        for name, row in found.items()
    ]
    outcomes = sorted({name for _, summary in entries for name in summary.verdicts})
    runs = [
        (
            f"{entry.name}: {entry.about}",
            summary.run.questions,
            (summary.run.commit or "none")[:12],
            summary.run.data_sha256[:12],
            "; ".join(f"{role} {', '.join(names)}" for role, names in summary.models.items()),
        )
        for entry, summary in entries
    ]
    lines = [
        "Value [95 % interval] (eligible / total). Latencies in milliseconds, on the machine",
        "that ran the suite, with other work beside it; they are no benchmark.",
        *("", *markdown(("metric", *names), cells), ""),
        *markdown(
            ("outcome", *names),
            [(name, *(s.verdicts.get(name, 0) for _, s in entries)) for name in outcomes],
        ),
        *("", *markdown(("run", "questions", "commit", "data (SHA-256)", "models"), runs)),
    ]
    for entry, summary in entries:
        if entry.data == SEEDS:
            lines += ["", *_kinds(summary)]
    return "\n".join(lines)


def _cell(found: Aggregate, shown: str) -> str:
    if found.value is None:
        return f"unscored (0 / {found.total})"
    return f"{shown} ({found.eligible} / {found.total})"


def _kinds(summary: Summary) -> list[str]:
    """Return the table of a run by kind of question, without intervals: the kinds are small."""
    found = {
        (row.group, row.metric): f"{row.value:.3f} ({row.eligible})"
        for row in summary.groups
        if row.key == "kind"
    }
    rows = [
        (kind, *(found.get((kind, metric), NOTHING) for metric in KIND_METRICS))
        for kind in sorted({kind for kind, _ in found})
    ]
    title = "The built-in set by kind: value (eligible)."
    return [title, "", *markdown(("kind", *KIND_METRICS), rows)]


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
    from eval.targets import open_in_process

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
