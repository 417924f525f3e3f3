"""A request that waits for its answer: when its client goes away, the work is cancelled."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import Request

from api.problems import ProblemDetails, ProblemError
from qa.llm.cancellation import Cancellation, Cancelled

T = TypeVar("T")


async def wait_for(request: Request, work: Callable[[Cancellation], T]) -> T:
    """Return what the work returns, done in a thread; raises like it.

    Raises:
        ProblemError: the client disconnected; this isn't sent.
    """
    cancellation = Cancellation()
    finished: list[T] = []
    failure: list[Exception] = []

    def run() -> None:
        try:
            finished.append(work(cancellation))
        except Exception as error:
            failure.append(error)

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        cancellation.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(watch)
        try:
            await anyio.to_thread.run_sync(run, abandon_on_cancel=True)
        finally:
            cancellation.cancel()
        group.cancel_scope.cancel()
    if not failure:
        return finished[0]
    if isinstance(failure[0], Cancelled):
        raise ProblemError(ProblemDetails(503, "cancelled", "The client has gone."))
    raise failure[0]
