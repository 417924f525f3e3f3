"""run.json: what a run asks, of what, and with which code; a resumed run has to agree with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from eval.dataset import Selection
from eval.errors import RunError
from eval.records import Scope

MANIFEST = "run.json"
REPOSITORY = Path(__file__).resolve().parent.parent

T = TypeVar("T")
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

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(directory), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603

    try:
        head = git("rev-parse", "HEAD")
        return head + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def write_atomically(path: Path, content: bytes) -> None:
    """Replace a file in one step, on the disk before the old one goes."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def read_json(adapter: TypeAdapter[T], path: Path, missing: str) -> T:
    """Read a record from a file; raises ``RunError`` where it is missing or something else."""
    try:
        return adapter.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(missing) from error
    except ValidationError as error:
        raise RunError(f"{str(path)!r} can't be read: {error.errors()[0]['msg']}") from error


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest of a run; raises ``RunError``."""
    missing = f"{str(directory)!r} holds no run: {MANIFEST} is missing"
    return read_json(_MANIFEST, directory / MANIFEST, missing)


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
    differing = [f for f in manifest.__slots__ if getattr(before, f) != getattr(manifest, f)]
    raise RunError(
        f"{str(directory)!r} holds another run (differs in {', '.join(differing)}):"
        " give a new --out, or the same options to resume"
    )
