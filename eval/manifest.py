"""run.json: what a run asks, of what, and with which code; a resumed run has to agree with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.dataset import DataSet, Selection
from eval.errors import RunError
from eval.records import Scope

MANIFEST = "run.json"
REPOSITORY = Path(__file__).resolve().parent.parent

Setting = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What identifies a run.

    Args:
        other_documents: documents that the target holds besides the set's: over the corpus they are
            found too, so runs beside different ones can't be compared.
        commit: null outside a repository; ``+`` marks local changes.
    """

    data: str
    data_sha256: str
    questions: int
    selection: Selection
    scope: Scope
    target: str
    settings: Mapping[str, Setting]
    commit: str | None
    other_documents: int = 0


_MANIFEST = TypeAdapter(Manifest)


def commit_of(directory: Path = REPOSITORY) -> str | None:
    """Return the commit of the code, with ``+`` where tracked files differ from it."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(  # noqa: S603  (fixed arguments, no shell)
                ["git", "-C", str(directory), *arguments],  # noqa: S607  (git of the user's PATH)
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError:
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    head = git("rev-parse", "HEAD")
    if head is None:
        return None
    return head + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")


def manifest_of(
    data: DataSet,
    questions: int,
    selection: Selection,
    scope: Scope,
    target: str,
    settings: Mapping[str, Setting],
    other_documents: int = 0,
) -> Manifest:
    """Return the manifest of a run that is about to start."""
    return Manifest(
        data.name,
        data.sha256,
        questions,
        selection,
        scope,
        target,
        dict(settings),
        commit_of(),
        other_documents,
    )


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step, on the disk before the old one goes."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest of a run.

    Raises:
        RunError: there is none, or it can't be read.
    """
    path = directory / MANIFEST
    try:
        return _MANIFEST.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"{str(directory)!r} holds no run: {MANIFEST} is missing") from error
    except ValidationError as error:
        raise RunError(f"{str(path)!r} can't be read: {error.errors()[0]['msg']}") from error


def begin(directory: Path, manifest: Manifest) -> None:
    """Start a run in a directory, or make sure that the one there can be resumed.

    Raises:
        RunError: another run is there; the message names what differs.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / MANIFEST).exists():
        write_atomically(directory / MANIFEST, _MANIFEST.dump_json(manifest, indent=2) + b"\n")
        return
    before = read_manifest(directory)
    if before == manifest:
        return
    names = Manifest.__dataclass_fields__
    differing = [name for name in names if getattr(before, name) != getattr(manifest, name)]
    raise RunError(
        f"{str(directory)!r} holds another run (differs in {', '.join(differing)}):"
        " give a new --out, or the same options to resume"
    )
