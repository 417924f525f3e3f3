"""``transcript-qa eval``: validate a data set, run it, compare runs, write a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from eval.dataset import Selection, load
from eval.errors import EvalError
from eval.validate import validate

eval_app = typer.Typer(
    name="eval", help="Measure a service on gold questions.", no_args_is_help=True
)
"""Mounted by the command line of the service."""

WORKERS = 4
"""Questions asked at once over HTTP; two cores answer no more than a few at a time."""

_out = Console()
_err = Console(stderr=True)


def _fail(error: EvalError) -> typer.Exit:
    _err.print(f"[red]{escape(str(error))}[/red]", soft_wrap=True)
    return typer.Exit(1)


@eval_app.command("validate")
def validate_command(
    directory: Annotated[Path, typer.Argument(help="Folder of the data set.")],
) -> None:
    """Check a data set: files, ids, and that every quote stands where it says."""
    try:
        data = load(directory)
    except EvalError as error:
        raise _fail(error) from error
    problems = validate(data)
    for problem in problems[:50]:
        colour = "red" if problem.error else "yellow"
        _err.print(f"[{colour}]{escape(problem.where)}: {escape(problem.what)}[/{colour}]")
    if len(problems) > 50:
        _err.print(f"… and {len(problems) - 50} more")
    errors = sum(problem.error for problem in problems)
    kinds = sorted({question.kind for question in data.questions if question.kind})
    _out.print(
        f"{escape(data.name)}: {len(data.documents)} documents, {len(data.questions)} questions"
        f" ({sum(question.answerable for question in data.questions)} answerable);"
        f" splits {', '.join(sorted({question.split for question in data.questions}))};"
        f" kinds {', '.join(kinds) or 'none'}; {errors} errors, {len(problems) - errors} warnings",
        soft_wrap=True,
    )
    if errors:
        raise typer.Exit(1)


@eval_app.command("run")
def run_command(
    data: Annotated[Path, typer.Option(help="Folder of the data set.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; an unfinished run resumes.")],
    target: Annotated[str, typer.Option(help="in-process, or the address of a service.")] = (
        "in-process"
    ),
    split: Annotated[str | None, typer.Option(help="Only questions of this split.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only questions of this kind.")] = None,
    domain: Annotated[
        str | None, typer.Option(help="Only questions, and documents, of this domain.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Draw a sample of this size.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the sample and of the intervals.")] = 0,
    scope: Annotated[
        Literal["corpus", "document"],
        typer.Option(help="Ask the whole corpus, or each question within its document."),
    ] = "corpus",
    mode: Annotated[Literal["auto", "generate", "quote"], typer.Option(help="Mode.")] = "auto",
    statements: Annotated[
        int | None, typer.Option(min=1, help="Most statements of an answer; 5 for hit@5.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where an in-process service keeps its index.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Questions at once over HTTP.")] = WORKERS,
) -> None:
    """Ask a data set's questions and write every record and a summary."""
    from eval.render import summary_table
    from eval.runner import run
    from eval.targets import IN_PROCESS, open_target

    try:
        loaded = load(data)
        service = open_target(target, data_dir or out / "data", mode=mode, statements=statements)
    except EvalError as error:
        raise _fail(error) from error
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    try:
        with Progress(*columns, console=_err) as progress:
            task = progress.add_task("ingesting", total=None)
            summary = run(
                loaded,
                service,
                out,
                selection=Selection(split, kind, domain, limit, seed),
                scope=scope,
                # One service in this process has one model; it is asked one question at a time.
                workers=1 if target == IN_PROCESS else workers,
                progress=lambda done, total: progress.update(
                    task, completed=done, total=total, description="asking"
                ),
                ingesting=lambda count: progress.update(
                    task, description=f"ingesting {count} documents"
                ),
            )
    except EvalError as error:
        raise _fail(error) from error
    finally:
        service.close()
    _out.print(summary_table(summary))
    if summary.run.other_documents:
        _err.print(
            f"[yellow]the service holds {summary.run.other_documents} documents besides the set's:"
            " over the corpus they are found too[/yellow]",
            soft_wrap=True,
        )
    _out.print(f"{escape(str(out))}: see `eval report`", soft_wrap=True)


@eval_app.command("compare")
def compare_command(
    a: Annotated[Path, typer.Argument(help="Folder of the run before.")],
    b: Annotated[Path, typer.Argument(help="Folder of the run after.")],
    fail_on_regression: Annotated[
        bool, typer.Option("--fail-on-regression", help="Exit 1 when a metric got worse.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the resampling.")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
) -> None:
    """Compare two runs of the same questions, with paired intervals and tests."""
    from eval.compare import Comparison, compare
    from eval.render import changes_table, comparison_table

    try:
        comparison = compare(a, b, seed)
    except EvalError as error:
        raise _fail(error) from error
    if json_:
        typer.echo(TypeAdapter(Comparison).dump_json(comparison, indent=2).decode("utf-8"))
    else:
        _out.print(comparison_table(comparison))
        if comparison.changes:
            _out.print(changes_table(comparison))
    for name in comparison.regressions:
        _err.print(f"[red]worse: {escape(name)}[/red]")
    if fail_on_regression and comparison.regressions:
        raise typer.Exit(1)


@eval_app.command("report")
def report_command(
    directory: Annotated[Path, typer.Argument(help="Folder of the run.")],
    out: Annotated[Path | None, typer.Option(help="File to write; else report.html there.")] = None,
) -> None:
    """Write one self-contained HTML file about a run."""
    from eval.report import write_report

    try:
        path = write_report(directory, out)
    except EvalError as error:
        raise _fail(error) from error
    _out.print(escape(str(path)), soft_wrap=True)
