"""Uploaded files → what became of each: stored and searchable, or refused and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fastapi import UploadFile

from api.metrics import Metrics
from api.ports import QuestionService
from index.formats import pair_sidecars
from index.records import Accepted, Refused, Source


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What became of an upload."""

    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]


def take_uploads(
    service: QuestionService, files: Sequence[UploadFile], metrics: Metrics
) -> UploadReport:
    """Ingest uploaded files one after the other; a bad one doesn't stop the rest."""
    accepted: list[Accepted] = []
    refused: list[Refused] = []
    sources = _sources(files, service.settings.max_file_bytes)
    for outcome in service.library.ingest(sources):
        if isinstance(outcome, Accepted):
            accepted.append(outcome)
            metrics.ingested(outcome.status)
        else:
            refused.append(outcome)
            metrics.ingested("refused")
    return UploadReport(tuple(accepted), tuple(refused))


def _sources(files: Sequence[UploadFile], max_file_bytes: int) -> Iterator[Source]:
    """Yield the files as sources, each read only when its turn comes.

    One byte more than allowed is read: the library sees that a file is too large without the
    whole of it in memory. Metadata (``talk.meta.json``) goes with the file of its name.
    """
    named = {_name(file.filename, at): file for at, file in enumerate(files, start=1)}
    sidecars = dict(pair_sidecars(tuple(named)))
    taken = set(sidecars.values())
    for number, file in enumerate(files, start=1):
        name = _name(file.filename, number)
        if name in taken:
            continue
        beside = named.get(sidecars.get(name) or "")
        sidecar = _sidecar(beside, max_file_bytes) if beside is not None else None
        yield Source(key=name, data=file.file.read(max_file_bytes + 1), sidecar=sidecar)


def _sidecar(file: UploadFile, max_file_bytes: int) -> bytes:
    """Return a file of metadata; several uploads of one name may share it."""
    file.file.seek(0)
    return file.file.read(max_file_bytes + 1)


def _name(filename: str | None, number: int) -> str:
    """Return the file's name without folders; browsers and scripts differ in what they send."""
    name = PurePosixPath((filename or "").replace("\\", "/").replace("\0", "")).name
    return name or f"file-{number}"
