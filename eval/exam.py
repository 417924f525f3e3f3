"""The exam → a table: is an answering sentence cited, is what isn't there refused?

``python -m eval.exam seeds/exam/dev`` asks each question of all the transcripts of a half, and
with ``--scope document`` of its own transcript alone. What was abstained cites nothing, so every
answerable question counts. Intervals are bootstrapped over transcripts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from eval.dataset import load
from eval.errors import EvalError
from eval.journal import RECORDS, read
from eval.metrics.citations import matches_any_of
from eval.normalise import short_golds, token_f1
from eval.records import Observation, Scope
from eval.runner import run
from eval.training.measures import Figure, bootstrap
from qa.records import Mode

Value = Callable[[Observation], float]


def _abstained(one: Observation) -> float:
    return float(one.answer is None or one.answer.status == "abstained")


def _cited(depth: int | None) -> Value:
    def value(one: Observation) -> float:
        cited = one.answer.citations[:depth] if one.answer else ()
        return float(not _abstained(one) and matches_any_of(cited, one))

    return value


def _short(one: Observation) -> float:
    said = (one.answer.short_answer if one.answer else None) or ""
    golds = short_golds(one.answers) if said else ()
    return max((token_f1(said, gold) for gold in golds), default=0.0)


def figures(observations: Sequence[Observation]) -> dict[str, Figure]:
    """Return the exam's figures by name, those for which there are questions."""
    answerable = [o for o in observations if o.answerable]
    others = [o for o in observations if not o.answerable]
    short = [o for o in answerable if short_golds(o.answers)]
    rows: list[tuple[str, list[Observation], Value]] = [
        ("an answering sentence cited", answerable, _cited(None)),
        ("cited first", answerable, _cited(1)),
        ("unanswerable refused", others, _abstained),
        ("answerable wrongly refused", answerable, _abstained),
        ("short answer, token F1", short, _short),
    ]
    return {
        name: bootstrap([o.document_id for o in asked], [(value(o),) for o in asked])
        for name, asked, value in rows
        if asked
    }


def main(
    half: Annotated[Path, typer.Argument(help="Folder of a half, such as seeds/exam/dev.")],
    scope: Annotated[Scope, typer.Option(help="All transcripts, or a question's own.")] = "corpus",
    mode: Annotated[Mode, typer.Option(help="Mode of the answers.")] = "quote",
) -> None:
    """Ask a half of the exam and print its table."""
    from eval.targets import open_in_process

    try:
        data = load(half)
        with tempfile.TemporaryDirectory() as folder:
            with closing(open_in_process(Path(folder) / "data", mode=mode)) as service:
                run(data, service, Path(folder), scope=scope)
            observations = read(Path(folder) / RECORDS)
    except EvalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for name, figure in figures(observations).items():
        typer.echo(f"{name}: {figure}")


if __name__ == "__main__":
    typer.run(main)
