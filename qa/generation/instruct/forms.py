"""What an endpoint took so far → the form of reply that it is asked for next.

A form that is refused, or answered with something else again and again, is no longer asked for
for a while. Not for good: one malformed reply says little of the next, and servers are updated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

Form = Literal["schema", "json", "lines"]

FORMS: tuple[Form, ...] = ("schema", "json", "lines")
"""From the strictest to what every server can do."""

STRIKES = 2
"""Replies in a row that weren't in a form, before that form is no longer asked for."""

FORGET_S = 300.0
"""After this the strictest form is asked for again; a server that refuses it costs two requests."""


class Forms:
    """Remembers for one endpoint, for ``FORGET_S`` at most, which forms are no use."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._first = 0
        self._strikes = 0
        self._since = clock()

    @property
    def first(self) -> int:
        """Return the place in ``FORMS`` to begin at."""
        with self._lock:
            self._forget()
            return self._first

    def refused(self, upto: int) -> None:
        """Note that the server took a form only from this place on."""
        with self._lock:
            self._forget()
            self._move(upto)

    def understood(self) -> None:
        """Note a reply in its form."""
        with self._lock:
            self._strikes = 0

    def unreadable(self, place: int) -> None:
        """Note a reply that wasn't in the form at this place."""
        with self._lock:
            self._forget()
            if self._strikes == 0:
                self._since = self._clock()
            self._strikes += 1
            if self._strikes >= STRIKES and place + 1 < len(FORMS):
                self._move(place + 1)
                self._strikes = 0

    def _move(self, place: int) -> None:
        if place > self._first:
            self._first, self._since = place, self._clock()

    def _forget(self) -> None:
        if self._clock() - self._since >= FORGET_S:
            self._first, self._strikes, self._since = 0, 0, self._clock()
