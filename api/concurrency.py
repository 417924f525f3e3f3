"""Work that comes at once → a few done together, some waiting, the rest refused for now.

Answers are made in the same threads as everything else; without a bound, forty people who wait for
a slow model would keep the others from reading a transcript. A request that can't be served within
``max_wait_s``, judging by the last turns, is refused at once: waiting wouldn't help.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from statistics import median

import anyio
from fastapi import Request

from api.problems import ProblemDetails, ProblemError

# Of the forty threads of the pool, those that answers may have; the others are for everything else.
ANSWERS_AT_ONCE = 16
# Twice as many may wait, and fewer where answers are slow.
ANSWERS_WAITING = 32
# The longest that an answer should take, waiting included, where nothing else is set.
MAX_WAIT_S = 5.0
# An answer of the embedded model takes a second or two; some of the queue is done by then.
RETRY_AFTER_S = 5
# Turns that tell how long one takes: few enough to follow a change, and the median of them passes
# over the first, which may have waited for a model to load.
REMEMBERED = 16


class Turn:
    """One turn, given back when its work is done: before a slow client has read the result."""

    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back = give_back
        self._held = True

    def release(self) -> None:
        """Give the turn back; a second time changes nothing."""
        if self._held:
            self._held = False
            self._give_back()


class Turns:
    """Whose turn it is: ``at_once`` hold one, ``waiting`` wait for one, in the order they came.

    Args:
        at_once: turns at the same time.
        waiting: most that wait.
        max_wait_s: longest that work should take from its arrival, in seconds.
        what: what is done in turn, for the refusal.
        clock: seconds.
    """

    def __init__(
        self,
        at_once: int = ANSWERS_AT_ONCE,
        waiting: int = ANSWERS_WAITING,
        max_wait_s: float = MAX_WAIT_S,
        what: str = "questions are being answered",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = anyio.Semaphore(at_once)
        self._at_once = at_once
        self._most_waiting = waiting
        self._waiting = 0
        self._max_wait_s = max_wait_s
        self._what = what
        self._clock = clock
        self._took: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return self._waiting

    @property
    def made(self) -> int:
        """Return how many turns are remembered."""
        return len(self._took)

    @asynccontextmanager
    async def turn(self, request: Request) -> AsyncIterator[Turn]:
        """Wait for a turn and hold it.

        Raises:
            ProblemError: 503, too many wait already, or the client went away meanwhile.
        """
        try:
            self._free.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait(request)
        began = self._clock()

        def give_back() -> None:
            self._took.append(self._clock() - began)
            self._free.release()

        turn = Turn(give_back)
        try:
            yield turn
        finally:
            turn.release()

    def _hopeless(self) -> bool:
        """Return whether another one would wait too long, judging by the last turns."""
        if self._waiting >= self._most_waiting:
            return True
        if not self._took:
            return False
        usual = median(self._took)
        return usual * (1 + (self._waiting + 1) / self._at_once) > self._max_wait_s

    def _busy(self) -> ProblemError:
        usual = median(self._took) if self._took else 0.0
        seconds = max(RETRY_AFTER_S, math.ceil(usual * (1 + self._waiting / self._at_once)))
        return ProblemError(
            ProblemDetails(
                503,
                "busy",
                f"Too many {self._what}; try again in a few seconds.",
                headers={"Retry-After": str(seconds)},
            )
        )

    async def _wait(self, request: Request) -> None:
        if self._hopeless():
            raise self._busy()
        gone = False

        async def leave_with_client() -> None:
            nonlocal gone
            while (await request.receive())["type"] != "http.disconnect":
                pass
            gone = True
            group.cancel_scope.cancel()

        taken = False
        self._waiting += 1
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(leave_with_client)
                with anyio.move_on_after(self._max_wait_s):
                    await self._free.acquire()
                    taken = True
                group.cancel_scope.cancel()
        finally:
            self._waiting -= 1
        if taken:
            return
        if gone:
            raise ProblemError(ProblemDetails(503, "cancelled", "The client has gone."))
        raise self._busy()
