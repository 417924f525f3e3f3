"""A thread of a server that does deferred work: jobs first, then pending vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

# How soon work that another process left is noticed.
POLL_S = 0.5

# After an error nothing is tried for this long: a full disk doesn't empty itself in a moment.
REST_S = 5.0


class Worker:
    """Calls ``work`` again and again in a thread of its own.

    Args:
        work: does what there is, looks at the predicate it is given before every piece, and tells
            whether there was anything.
        on_error: called with what went wrong; the work is tried again after a rest.
    """

    def __init__(
        self,
        work: Callable[[Callable[[], bool]], bool],
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        self._work = work
        self._on_error = on_error
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="transcript-worker", daemon=True)
        self.last_error: Exception | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Return whether the thread goes on."""
        return self._thread.is_alive()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    def stop(self) -> None:
        """End after the current batch, and wait for that."""
        self._stop.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            pause = POLL_S
            try:
                if self._work(self._stop.is_set):
                    pause = 0.0
                self.last_error = None
            except Exception as error:
                # Any at all: without this thread nothing that was deferred would ever be done.
                self.last_error = error
                if self._on_error is not None:
                    with suppress(Exception):
                        self._on_error(error)
                pause = REST_S
            self._wake.wait(pause)
            self._wake.clear()
