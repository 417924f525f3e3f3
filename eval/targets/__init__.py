"""Whatever is evaluated: a service in this process, or one at an address."""

from __future__ import annotations

from pathlib import Path

from eval.errors import DataSetError
from eval.targets.base import Service
from eval.targets.http import HttpTarget
from eval.targets.inprocess import InProcessTarget
from qa.records import Mode
from qa.settings import Settings

IN_PROCESS = "in-process"


def open_in_process(
    data_dir: Path,
    *,
    mode: Mode = "auto",
    statements: int | None = None,
    settings: Settings | None = None,
) -> InProcessTarget:
    """Open a service on a data directory, with the settings of the environment otherwise."""
    # Imported late: the models' libraries take seconds, and an HTTP run needs none of them.
    from qa.service import Service as AnsweringService

    chosen = settings or Settings.model_validate({})
    service = AnsweringService.open(chosen.model_copy(update={"data_dir": data_dir}))
    return InProcessTarget(service, mode=mode, statements=statements)


def open_target(
    name: str, data_dir: Path, *, mode: Mode = "auto", statements: int | None = None
) -> Service:
    """Return the target of that name.

    Raises:
        DataSetError: the name is neither ``in-process`` nor an http(s) address.
    """
    if name == IN_PROCESS:
        return open_in_process(data_dir, mode=mode, statements=statements)
    if name.startswith(("http://", "https://")):
        return HttpTarget(name, mode=mode, statements=statements)
    raise DataSetError(f"--target {name!r}: give {IN_PROCESS} or an http(s) address")
