"""What may come in: uploads in turn and within quotas, ratings at a rate.

Uploads and ratings are work and room that whoever reaches the service asks for. Each has a bound of
its own, so that none of it takes the threads, the disk or the queue from the others.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import Request, UploadFile
from starlette.types import ASGIApp, Receive, Scope, Send

from api.concurrency import Turns
from api.ports import QuestionService
from api.problems import ProblemDetails, ProblemError, problem_at
from qa.settings import Settings

UPLOAD_PATHS = frozenset({"/v1/documents", "/documents"})

# Uploads that are received at the same time for each that is worked on: bodies are slow, and wait
# on disk for their turn.
RECEIVED_FOR_EACH = 8
# An upload may wait longer than a question: nobody sits in front of it.
UPLOAD_WAIT_S = 30.0
# When to come back: a job takes a while, a disk is emptied by a person.
QUEUE_RETRY_S = 30
DISK_RETRY_S = 300


class Rate:
    """So many a minute; as many may come at once after a quiet minute. For one thread."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(per_minute)
        self._per_s = per_minute / 60
        self._clock = clock
        self._left = self._most
        self._at = clock()

    def take(self) -> None:
        """Count one; raises ``ProblemError`` 429 when it is one too many."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1:
            seconds = math.ceil((1 - self._left) / self._per_s)
            raise _refusal(429, "too_many_requests", "Too many ratings at once", seconds)
        self._left -= 1


@dataclass(slots=True)
class Admission:
    """The bounds of one application."""

    uploads: Turns
    feedback: Rate
    receiving: int = field(default=0)

    @classmethod
    def of(cls, settings: Settings) -> Admission:
        """Return the bounds that are set."""
        turns = Turns(
            settings.uploads_at_once,
            settings.uploads_at_once * RECEIVED_FOR_EACH,
            UPLOAD_WAIT_S,
            what="uploads are being taken in",
        )
        return cls(turns, Rate(settings.feedback_per_minute))


async def take_upload_turn(request: Request) -> AsyncIterator[None]:
    """Hold a turn of the uploads; raises like ``Turns.turn``."""
    admission: Admission = request.app.state.context.admission
    async with admission.uploads.turn(request):
        yield


async def count_rating(request: Request) -> None:
    """Count a rating; raises ``ProblemError`` 429."""
    admission: Admission = request.app.state.context.admission
    admission.feedback.take()


def require_room(service: QuestionService, files: Sequence[UploadFile], *, queued: bool) -> None:
    """Refuse files that there is no room for, on the disk or, if ``queued``, among the jobs.

    Raises:
        ProblemError: 429 ``queue_full``, 503 ``storage_full``.
    """
    settings = service.settings
    size = sum(file.size or 0 for file in files)
    if _free(settings.data_dir) < settings.min_free_bytes + size:
        said = "The disk is nearly full; nothing more is taken in until there is room"
        raise _refusal(503, "storage_full", said, DISK_RETRY_S)
    if queued:
        jobs, waiting = service.library.backlog()
        if jobs >= settings.max_jobs or waiting + size > settings.max_job_bytes:
            said = "Too many uploads wait to be taken in"
            raise _refusal(429, "queue_full", said, QUEUE_RETRY_S)


def _free(folder: Path) -> int:
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    return shutil.disk_usage(there).free


def _refusal(status: int, code: str, said: str, seconds: int) -> ProblemError:
    headers = {"Retry-After": str(seconds)}
    detail = f"{said}; try again in {seconds} seconds."
    return ProblemError(ProblemDetails(status, code, detail, headers=headers))


class LimitUploads:
    """Refuse uploads beyond those that may be received at once, before anything of them is read."""

    def __init__(self, app: ASGIApp, admission: Admission, at_once: int) -> None:
        self._app = app
        self._admission = admission
        self._most = at_once * RECEIVED_FOR_EACH

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if not (
            scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in UPLOAD_PATHS
        ):
            await self._app(scope, receive, send)
            return
        if self._admission.receiving >= self._most:
            problem = _refusal(503, "busy", "Too many uploads at once", QUEUE_RETRY_S).problem
            await problem_at(scope["path"], problem).response()(scope, receive, send)
            return
        self._admission.receiving += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._admission.receiving -= 1
