"""The tables of ``docs/evaluation.md``: samples of every set, run and written as measured.

``python -m eval.tables --data-root DIR --runs DIR`` runs what isn't done yet (runs resume) and
replaces the part of the document between the two marks. ``DIR`` holds one folder per set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from eval.dataset import Selection, load
from eval.errors import EvalError, RunError
from eval.manifest import REPOSITORY
from eval.metrics import METRICS, by_name
from eval.records import Aggregate, Scope
from eval.runner import run
from eval.summary import Summary

DOCUMENT = REPOSITORY / "docs" / "evaluation.md"
BEGIN = "<!-- tables: begin (python -m eval.tables) -->"
END = "<!-- tables: end -->"
SAMPLE = 100
SEED = 0


@dataclass(frozen=True, slots=True)
class TableRun:
    """A row of the plan: which set, which questions, asked how."""

    name: str
    data: str
    scope: Scope
    selection: Selection
    about: str


def _sample(
    *, split: str | None = None, kind: str | None = None, domain: str | None = None
) -> Selection:
    return Selection(split, kind, domain, SAMPLE, SEED)


PLAN = (
    TableRun("builtin", "seeds", "corpus", Selection(), "Built-in set, the seed transcripts"),
    TableRun(
        "qmsum-document",
        "qmsum",
        "document",
        _sample(split="val", kind="question"),
        "QMSum val, real questions, each within its meeting",
    ),
    TableRun(
        "qmsum-committee",
        "qmsum",
        "corpus",
        _sample(split="val", domain="Committee"),
        "QMSum val, Committee domain, over all Committee meetings",
    ),
    TableRun("clapnq", "clapnq", "corpus", _sample(), "CLAPNQ dev, over all passages"),
    TableRun(
        "spoken_squad", "spoken_squad", "corpus", _sample(), "Spoken-SQuAD, over all articles"
    ),
    TableRun(
        "spoken_squad-document",
        "spoken_squad",
        "document",
        _sample(),
        "Spoken-SQuAD, each within its article",
    ),
    TableRun(
        "friendsqa",
        "friendsqa",
        "document",
        _sample(split="tst"),
        "FriendsQA test, each within its scene",
    ),
)


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
    return "\n".join(lines)


def replace_tables(document: str, tables: str) -> str:
    """Return the document with new tables between the marks; raises ``RunError`` without marks."""
    if BEGIN not in document or END not in document:
        raise RunError(f"the document lacks the marks {BEGIN!r} and {END!r}")
    before, rest = document.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def _main(
    data_root: Annotated[Path, typer.Option(help="Folder with one folder per set.")],
    runs: Annotated[Path, typer.Option(help="Folder of the runs; what is done is kept.")],
    only: Annotated[list[str] | None, typer.Option(help="Only these runs.")] = None,
    write: Annotated[bool, typer.Option(help="Replace the tables of the document.")] = True,
) -> None:
    """Run samples of every set and write the tables."""
    from eval.open import open_in_process

    entries: list[tuple[TableRun, Summary]] = []
    for entry in PLAN:
        if only and entry.name not in only:
            continue
        folder = REPOSITORY / "seeds" if entry.data == "seeds" else data_root / entry.data
        out = runs / entry.name
        try:
            # Each run has an index of its own: what else is in a corpus changes what is found.
            service = open_in_process(out / "data")
            try:
                summary = run(
                    load(folder), service, out, selection=entry.selection, scope=entry.scope
                )
            finally:
                service.close()
        except EvalError as error:
            typer.echo(f"{entry.name}: {error}", err=True)
            raise typer.Exit(1) from error
        entries.append((entry, summary))
        typer.echo(f"{entry.name}: {summary.run.questions} questions", err=True)
    tables = table(entries)
    if write:
        DOCUMENT.write_text(replace_tables(DOCUMENT.read_text("utf-8"), tables), encoding="utf-8")
    else:
        typer.echo(tables)


if __name__ == "__main__":
    typer.run(_main)
