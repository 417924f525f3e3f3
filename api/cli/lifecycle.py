"""``documents purge|export|import``, ``reindex``, ``backup`` and ``restore``: the life of the data.

``mount`` hangs the commands into the command line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from api.cli.options import Json, NoWait, load_settings
from api.cli.output import FAILED, err, escape, out, print_json
from index.errors import StorageError

if TYPE_CHECKING:
    from index.library import Library

Yes = Annotated[bool, typer.Option("--yes", help="Don't ask, do it.")]


def mount(app: typer.Typer, documents: typer.Typer) -> None:
    """Add the commands to the command line and to its group ``documents``."""
    documents.command("purge")(purge)
    documents.command("export")(export)
    documents.command("import")(import_)
    app.command("reindex")(reindex)
    app.command("backup")(backup)
    app.command("restore")(restore)


def purge(yes: Yes = False, json: Json = False) -> None:
    """Take old versions and deleted documents off the disk, for good."""
    _ask("Old versions and deleted documents can't be brought back afterwards. Go on?", yes)
    with _open_library() as library:
        purged = library.purge()
    if json:
        print_json({"versions": purged.versions, "documents": purged.documents})
        return
    out.print(f"purged {purged.versions} versions; {purged.documents} deleted documents erased")


def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; standard output if not said.")
    ] = None,
    all_versions: Annotated[
        bool, typer.Option("--all-versions", help="Older versions too.")
    ] = False,
) -> None:
    """Write every document as a line of JSON that `documents import` reads."""
    with _open_library() as library:
        lines = (line + "\n" for line in library.export(all_versions=all_versions))
        if file is None:
            sys.stdout.writelines(lines)
            return
        draft = file.with_name(file.name + ".tmp")
        with draft.open("w", encoding="utf-8") as stream:
            stream.writelines(lines)
        draft.replace(file)
    err.print(f"exported to {escape(str(file))}")


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    no_wait: NoWait = False,
    json: Json = False,
) -> None:
    """Take in what `documents export` wrote: the same ids, versions, words and times."""
    from api.render import accepted_json, refused_json
    from index.records import Accepted

    accepted, refused = [], []
    with _open_library() as library, file.open(encoding="utf-8") as stream:
        for outcome in library.import_lines(stream, wait=not no_wait):
            if isinstance(outcome, Accepted):
                accepted.append(outcome)
            else:
                refused.append(outcome)
    if json:
        print_json(
            {
                "documents": [accepted_json(each) for each in accepted],
                "refused": [refused_json(each) for each in refused],
            }
        )
    else:
        for each in refused:
            err.print(f"  refused {escape(each.name)}: {each.code}: {escape(each.detail)}")
        out.print(f"imported {len(accepted)}, refused {len(refused)}")
    if refused:
        raise typer.Exit(FAILED)


def reindex(
    force: Annotated[
        bool, typer.Option("--force", help="Rebuild everything even if nothing changed.")
    ] = False,
    json: Json = False,
) -> None:
    """Rebuild passages and vectors with the configured encoder; the old index serves meanwhile.

    Ended early, the next one goes on where it was. Where nothing differs, only vectors that are
    pending are made. Running servers take the other encoder up by themselves; before their next
    start TRANSCRIPT_QA_ENCODER has to name it.
    """
    from index.admin.reindex import reindex as run
    from qa.service import open_encoder

    settings = load_settings()
    with _bar("reindex") as (bar, task):
        result = run(
            settings.data_dir,
            open_encoder(settings),
            database_url=settings.database_address,
            force=force,
            on_encoded=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if json:
        print_json({"switched": result.switched, "encoded": result.encoded})
        return
    serving = "the new index serves" if result.switched else "the index is as it was"
    out.print(f"encoded {result.encoded} passages; {serving}")


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to.")], json: Json = False
) -> None:
    """Write the whole database to one file; servers and ingests go on meanwhile."""
    settings = load_settings()
    if settings.database_address is None and not settings.data_dir.is_dir():
        # Opening it would make it, and the backup would be one of nothing.
        raise StorageError(
            f"there is no data directory {str(settings.data_dir)!r}; set TRANSCRIPT_QA_DATA_DIR "
            "to the one to back up"
        )
    with _open_library() as library:
        library.backup(file)
    if json:
        print_json({"file": str(file), "bytes": file.stat().st_size})
    else:
        out.print(f"backed up to {escape(str(file))}")


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Replace everything by what a backup holds; servers go on with it within a second."""
    _ask("Everything in the data directory is replaced by the backup. Go on?", yes)
    with _open_library() as library:
        library.restore(file)
        done, total = library.pending()
    if json:
        print_json({"passages": total, "vectors": done})
    else:
        out.print(f"restored: {total} passages, {done} of them with vectors")


def _ask(question: str, yes: bool) -> None:
    """Ask whoever sits at a terminal; scripts have decided already."""
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True, err=True)


@contextmanager
def _open_library() -> Iterator[Library]:
    """Open the library alone: nothing here asks a model."""
    from index.library import Library
    from qa.service import open_encoder

    settings = load_settings()
    library = Library.open(
        settings.data_dir,
        open_encoder(settings),
        database_url=settings.database_address,
        max_file_bytes=settings.max_file_bytes,
    )
    try:
        yield library
    finally:
        library.close()


@contextmanager
def _bar(name: str) -> Iterator[tuple[Progress, TaskID]]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        yield bar, bar.add_task(name, total=None)
