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
from qa.settings import WITHOUT_ADDRESS, Settings

# Of the forty threads of the pool, those that answers may have; the others are for everything else.
ANSWERS_AT_ONCE = 16
# Answers at once for each thread of the models, where everything is computed here: enough to keep
# the processors busy. More would only make each of them slower, and nobody can be refused any more
# who has a turn.
ANSWERS_PER_THREAD = 2
# Twice as many may wait, and fewer where answers are slow.
ANSWERS_WAITING = 32
# The longest that an answer should take, waiting included, where nothing else is set.
MAX_WAIT_S = 5.0
# An answer of the embedded model takes a second or two; some of the queue is done by then.
RETRY_AFTER_S = 5
# Turns that tell how long one takes: few enough to follow a change, and the median of them passes
# over the first, which may have waited for a model to load.
REMEMBERED = 16


def answers_at_once(settings: Settings) -> int:
    """Return how many answers are made at the same time."""
    if settings.llm in WITHOUT_ADDRESS:
        return min(ANSWERS_AT_ONCE, ANSWERS_PER_THREAD * settings.threads)
    return ANSWERS_AT_ONCE  # they mostly wait for an endpoint


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
        queue = self._usual() * (self._waiting + 1) / self._at_once
        return queue + self._long() > self._max_wait_s

    def _usual(self) -> float:
        return median(self._took) if self._took else 0.0

    def _long(self) -> float:
        """Return how long a turn may well take: the longest of the last ones but one."""
        return sorted(self._took)[max(0, len(self._took) - 2)] if self._took else 0.0

    def _busy(self) -> ProblemError:
        usual = self._usual()
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
        began = self._clock()

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
                with anyio.move_on_after(self._max_wait_s - self._long()):
                    await self._free.acquire()
                    taken = True
                group.cancel_scope.cancel()
        finally:
            self._waiting -= 1
        if taken and self._clock() - began + self._long() <= self._max_wait_s:
            return
        if taken:
            # What was seen meanwhile says that this answer would come too late.
            self._free.release()
        if gone:
            raise ProblemError(ProblemDetails(503, "cancelled", "The client has gone."))
        raise self._busy()
