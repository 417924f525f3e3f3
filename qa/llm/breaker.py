"""Outages in a row → no more requests for a while, so that a dead endpoint costs nobody time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES = 5
"""Outages in a row that open the circuit: one or two are bad luck."""

PAUSE_S = 20.0
"""How long it stays open; then one request tries."""


class CircuitBreaker:
    """Counts outages of one endpoint."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def open_for(self) -> float:
        """Return for how many more seconds no request may be sent; 0 lets one through.

        After the pause each caller that is let through puts the next ones off again, so that a
        dead endpoint is tried once a pause.
        """
        with self._lock:
            if self._failures < FAILURES:
                return 0.0
            wait = self._until - self._clock()
            if wait > 0:
                return wait
            self._until = self._clock() + PAUSE_S
            return 0.0

    def failed(self) -> None:
        """Note an outage."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._until = self._clock() + PAUSE_S

    def succeeded(self) -> None:
        """Note an answer: the circuit closes."""
        with self._lock:
            self._failures = 0
