"""``transcript-qa feedback list|export``: what people thought of answers."""

from __future__ import annotations

import json as json_
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from api.cli.options import Json, load_settings, open_service
from api.cli.output import escape, out, print_json

app = typer.Typer(
    help="See what people thought of answers; export it as evaluation questions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list")
def list_feedback(json: Json = False) -> None:
    """List the last opinion about each answer."""
    from dataclasses import asdict

    from qa.answer.feedback import FeedbackFile

    found = FeedbackFile(load_settings().data_dir).all()
    if json:
        print_json({"feedback": [asdict(each) for each in found]})
        return
    if not found:
        out.print("There is no feedback yet; the web form has thumbs under each answer.")
    for each in found:
        colour, sign = ("green", "up  ") if each.rating == "up" else ("red", "down")
        comment = f"  “{escape(each.comment)}”" if each.comment else ""
        out.print(f"[{colour}]{sign}[/] [dim]{each.at}[/]  {escape(each.question)}{comment}")


@app.command("export")
def export_feedback(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Folder to write; made anew.")],
    json: Json = False,
) -> None:
    """Write what was found right as a data set for `eval run`, and the rest to be looked at.

    Answers with a thumb up become `questions.jsonl` and `documents.jsonl`. Those with a thumb down,
    and those whose transcript has changed since, go to `review.jsonl` with the comment: nobody has
    said yet what would be right.
    """
    from api.feedback_export import export
    from qa.answer.feedback import FeedbackFile

    with open_service() as service:
        found = FeedbackFile(service.settings.data_dir).all()
        exported = export(found, service.library)
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / "questions.jsonl", exported.questions)
    _write(directory / "documents.jsonl", exported.documents)
    _write(directory / "review.jsonl", exported.review)
    counts = {
        "questions": len(exported.questions),
        "documents": len(exported.documents),
        "review": len(exported.review),
    }
    if json:
        print_json({"directory": str(directory), **counts})
        return
    out.print(
        f"{counts['questions']} questions about {counts['documents']} transcripts, "
        f"{counts['review']} to review, in {escape(str(directory))}"
    )


def _write(path: Path, rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json_.dumps(row, ensure_ascii=False) + "\n")
