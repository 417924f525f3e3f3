"""``transcript-qa ingest``: files and folders → what became of each, as soon as it is durable."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.options import Json, NoWait, load_settings, open_service
from api.cli.output import FAILED, err, escape, print_json
from index.formats import format_names, pair_sidecars, sidecar_names
from index.ingest.progress import Progress as Done
from index.records import Accepted, Refused, Source


@dataclass(frozen=True, slots=True)
class Found:
    """A file to ingest; ``named`` when it was an argument itself rather than in a folder."""

    path: Path
    key: str
    named: bool
    sidecar: Path | None = None


@dataclass(slots=True)
class Report:
    """What became of the files so far."""

    accepted: list[Accepted] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unreadable: int = 0

    def failed(self, named: frozenset[str]) -> bool:
        """Return whether the run failed.

        It did when nothing was accepted, when a file couldn't be read, or when a file that was
        named itself was refused. Files of a folder may be refused: folders hold other things too.
        """
        return (
            not self.accepted
            or self.unreadable > 0
            or any(refused.name in named for refused in self.refused)
        )


def ingest(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Files, or folders to go through.", exists=True),
    ],
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="C", help="Put them in a collection.")
    ] = None,
    source_format: Annotated[
        str | None,
        typer.Option("--format", metavar="F", help=f"Read them as {', '.join(format_names())}."),
    ] = None,
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """Take transcripts in. Prints a line per transcript as soon as it is stored and searchable.

    With --no-wait that is by its words; a running server, or `reindex`, makes the vectors later.

    Ends with 1 when nothing was accepted, when a file couldn't be read, or when a file named as
    PATH was refused; other files found in a folder may be refused without that.
    """
    settings = load_settings()
    found = tuple(find(paths))
    report = Report()
    with open_service(settings) as service, _progress(len(found)) as progress:
        task = progress.add_task("ingest", total=len(found), pace="")
        total_bytes = sum(_size(file.path) for file in found)

        def show(done: Done) -> None:
            progress.update(task, pace=pace(done, total_bytes))

        sources = _sources(
            found, collection, source_format, settings.max_file_bytes, report, progress
        )
        for outcome in service.library.ingest(sources, wait=not no_wait, on_progress=show):
            if isinstance(outcome, Accepted):
                report.accepted.append(outcome)
                if not json:
                    _say(f"{outcome.status:<10} {outcome.name}  {outcome.document_id}")
            else:
                report.refused.append(outcome)
                if not json:
                    _say(f"{'refused':<10} {outcome.name}  {outcome.code}")
            progress.advance(task)
    _summarise(report)
    if json:
        print_json(_report_json(report))
    if report.failed(frozenset(file.key for file in found if file.named)):
        raise typer.Exit(FAILED)


def pace(done: Done, total_bytes: int) -> str:
    """Return how fast it goes and how long it takes, as far as that is known."""
    said = f"{done.passages_per_second:.0f} passages/s" if done.encoded else ""
    left = done.seconds_left(total_bytes)
    if left is None:
        return said
    minutes, seconds = divmod(round(left), 60)
    shown = f"{minutes} min {seconds:02} s left" if minutes else f"{seconds} s left"
    return f"{said}, {shown}" if said else shown


def _size(path: Path) -> int:
    """Return the size of a file; one that can't be looked at is refused when its turn comes."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def find(paths: Sequence[Path]) -> Iterator[Found]:
    """Yield the files to ingest: those named, and all that aren't hidden below the folders named.

    A file's key is its path below the folder, or its name; sorted, so that runs are alike. Files
    of metadata (``talk.meta.yaml``) go with the transcript they stand beside.
    """
    for path in paths:
        if not path.is_dir():
            beside = (path.with_name(name) for name in sidecar_names(path.name))
            sidecar = next((file for file in beside if file.is_file()), None)
            yield Found(path, path.name, True, sidecar)
            continue
        for folder, folders, names in os.walk(path):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            here = [name for name in sorted(names) if not name.startswith(".")]
            for name, sidecar_name in pair_sidecars(here):
                file = Path(folder) / name
                if file.is_file():
                    sidecar = file.with_name(sidecar_name) if sidecar_name else None
                    yield Found(file, file.relative_to(path).as_posix(), False, sidecar)


def _sources(
    found: Sequence[Found],
    collection: str | None,
    source_format: str | None,
    max_file_bytes: int,
    report: Report,
    progress: Progress,
) -> Iterator[Source]:
    """Yield each file as a source, read when its turn comes; note those that can't be taken."""
    seen: dict[str, Path] = {}
    for file in found:
        other = seen.setdefault(file.key, file.path)
        if other != file.path:
            detail = (
                f"{file.path} would replace {other}: both are called {file.key!r}; "
                "ingest the folder that holds both"
            )
            report.refused.append(Refused(file.key, "same_name", detail))
            report.unreadable += 1
            continue
        try:
            with file.path.open("rb") as stream:
                data = stream.read(max_file_bytes + 1)
            sidecar = file.sidecar.read_bytes() if file.sidecar else None
        except OSError as error:
            detail = f"the file can't be read: {error.strerror}"
            report.refused.append(Refused(file.key, "unreadable", detail))
            report.unreadable += 1
            continue
        yield Source(
            key=file.key,
            data=data,
            collection=collection,
            source_format=source_format,
            sidecar=sidecar,
        )


def _progress(total: int) -> Progress:
    """Return a bar on standard error; lines on standard output pass above it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[pace]}", markup=False),
        console=err,
        transient=True,
        disable=not sys.stderr.isatty() or total < 2,
        redirect_stdout=sys.stdout.isatty(),
    )


def _say(line: str) -> None:
    """Print a line and push it out at once: whoever reads it may rely on it."""
    print(_plain(line), flush=True)


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in text)


def _summarise(report: Report) -> None:
    counts: dict[str, int] = {}
    for accepted in report.accepted:
        counts[accepted.status] = counts.get(accepted.status, 0) + 1
    if report.refused:
        counts["refused"] = len(report.refused)
    said = ", ".join(f"{count} {status}" for status, count in counts.items())
    err.print(said or "nothing to ingest")
    for refused in report.refused:
        line = f" (line {refused.line})" if refused.line is not None else ""
        err.print(
            f"  refused {escape(refused.name)}{line}: {refused.code}: {escape(refused.detail)}"
        )


def _report_json(report: Report) -> dict[str, object]:
    from api.render import accepted_json, refused_json

    return {
        "documents": [
            {"name": accepted.name, **accepted_json(accepted)} for accepted in report.accepted
        ],
        "refused": [refused_json(refused) for refused in report.refused],
    }
