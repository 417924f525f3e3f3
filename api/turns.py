"""Questions that come at once → a few answered together, some waiting, the rest told to come back.

Answers are made in the same threads as everything else; without a bound, forty people who wait for
a slow model would keep the others from reading a transcript.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import Request

from api.problems import ProblemDetails, ProblemError

# Of the forty threads of the pool, those that answers may have; the others are for everything else.
ANSWERS_AT_ONCE = 16
# Twice as many may wait: their turn comes within a few answers' time. More would wait for nothing.
ANSWERS_WAITING = 32
# An answer of the embedded model takes a second or two; some of the queue is done by then.
RETRY_AFTER_S = 5


class Turns:
    """Whose turn it is: ``at_once`` hold one, ``waiting`` wait for one, in the order they came."""

    def __init__(self, at_once: int = ANSWERS_AT_ONCE, waiting: int = ANSWERS_WAITING) -> None:
        self._free = anyio.Semaphore(at_once)
        self._most_waiting = waiting
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return self._waiting

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[None]:
        """Wait for a turn and hold it.

        Raises:
            ProblemError: 503, too many wait already, or the client went away meanwhile.
        """
        try:
            self._free.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait(request)
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self, request: Request) -> None:
        if self._waiting >= self._most_waiting:
            raise ProblemError(
                ProblemDetails(
                    503,
                    "busy",
                    "Too many questions are being answered; try again in a few seconds.",
                    headers={"Retry-After": str(RETRY_AFTER_S)},
                )
            )
        gone = True

        async def leave_with_client() -> None:
            while (await request.receive())["type"] != "http.disconnect":
                pass
            group.cancel_scope.cancel()

        self._waiting += 1
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(leave_with_client)
                await self._free.acquire()
                gone = False
                group.cancel_scope.cancel()
        finally:
            self._waiting -= 1
        if gone:
            raise ProblemError(ProblemDetails(503, "cancelled", "The client has gone."))
