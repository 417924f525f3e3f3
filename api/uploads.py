"""Uploaded files → what became of each: stored and searchable, or refused and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from fastapi import UploadFile

from api.inputs import check_label, shown
from api.metrics import Metrics
from api.ports import QuestionService
from api.problems import FieldError, ProblemDetails, ProblemError
from index.errors import StorageError, StoredUnindexed
from index.formats import format_names, is_sidecar, pair_sidecars
from index.records import Accepted, Refused, Source


@dataclass(frozen=True, slots=True)
class UploadReport:
    """What became of an upload."""

    accepted: tuple[Accepted, ...]
    refused: tuple[Refused, ...]

    @property
    def status(self) -> int:
        """Return the HTTP status: 201 for any that was taken, 409 where replacing would help."""
        if self.accepted:
            return 201
        return 409 if any(each.document_id is not None for each in self.refused) else 422


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """What is said about all files of an upload: their format and collection, or null.

    Other content under the id or name of a document is refused unless it is to ``replace`` it.
    """

    source_format: str | None = None
    collection: str | None = None
    replace: bool = False


def upload_options(
    source_format: str | None, collection: str | None, *, replace: bool = False
) -> UploadOptions:
    """Return the options of an upload; a field that is empty, as forms send them, counts as absent.

    Raises:
        ProblemError: 422 ``format``, there is no such format.
        InvalidQuery: the collection's name can't be one.
    """
    chosen = (source_format or "").strip() or None
    if chosen is not None and chosen not in format_names():
        detail = f"format is {shown(chosen)}; leave it out, or give one of: "
        detail += f"{', '.join(format_names())}."
        raise ProblemError(
            ProblemDetails(422, "format", detail, (FieldError("format", "unknown format"),))
        )
    named = (collection or "").strip()
    return UploadOptions(chosen, check_label(named, "collection") if named else None, replace)


def take_uploads(
    service: QuestionService,
    files: Sequence[UploadFile],
    metrics: Metrics,
    options: UploadOptions = UploadOptions(),
) -> UploadReport:
    """Ingest uploaded files one after the other; a bad one doesn't stop the rest."""
    accepted: list[Accepted] = []
    refused: list[Refused] = []
    sources = _sources(files, service.settings.max_file_bytes, options)
    try:
        for outcome in service.library.ingest(sources):
            if isinstance(outcome, Accepted):
                accepted.append(outcome)
                metrics.ingested(outcome.status)
            else:
                refused.append(outcome)
                metrics.ingested("refused")
    except StorageError as error:
        if not accepted:
            raise
        # What was stored before is said; as a failure of the whole it would be sent again.
        refused += _not_taken(files, {a.name for a in accepted} | {r.name for r in refused}, error)
    return UploadReport(tuple(accepted), tuple(refused))


def _not_taken(files: Sequence[UploadFile], known: set[str], error: StorageError) -> list[Refused]:
    """Return a refusal of every file that nothing is known of since storing failed."""
    told = {name.partition("#")[0] for name in known}
    names = (_name(file.filename, number) for number, file in enumerate(files, start=1))
    detail = "It couldn't be stored; send it again later."
    if isinstance(error, StoredUnindexed):
        detail = "It is stored, don't send it again; it is found once the index can be written."
    return [Refused(n, error.code, detail) for n in names if n not in told and not is_sidecar(n)]


def submit_uploads(
    service: QuestionService,
    files: Sequence[UploadFile],
    options: UploadOptions = UploadOptions(),
) -> str:
    """Put uploaded files on disk to be taken in later; return the id of the job."""
    return service.library.submit(_sources(files, service.settings.max_file_bytes, options))


def _sources(
    files: Sequence[UploadFile], max_file_bytes: int, options: UploadOptions
) -> Iterator[Source]:
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
        yield Source(
            key=name,
            data=file.file.read(max_file_bytes + 1),
            collection=options.collection,
            source_format=options.source_format,
            sidecar=sidecar,
            may_replace=options.replace,
        )


def _sidecar(file: UploadFile, max_file_bytes: int) -> bytes:
    """Return a file of metadata; several uploads of one name may share it."""
    file.file.seek(0)
    return file.file.read(max_file_bytes + 1)


def _name(filename: str | None, number: int) -> str:
    """Return the file's name without folders; browsers and scripts differ in what they send."""
    name = PurePosixPath((filename or "").replace("\\", "/").replace("\0", "")).name
    return name or f"file-{number}"
