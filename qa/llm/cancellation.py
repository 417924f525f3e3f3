"""A signal from the caller to the work in progress: the client disconnected."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cancelled(Exception):
    """The client disconnected; the rest of the work isn't done."""


class Cancellation:
    """Set once, from any thread; work in progress polls it, or is called back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set = False
        self._callbacks: list[Callable[[], None]] = []

    @property
    def cancelled(self) -> bool:
        """Return whether it was set."""
        return self._set

    def cancel(self) -> None:
        """Set it and run the callbacks; more than once is harmless."""
        with self._lock:
            self._set = True
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise ``Cancelled`` if it was set."""
        if self._set:
            raise Cancelled

    @contextmanager
    def telling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call back, once, if it is set within the block or was before."""
        with self._lock:
            late = self._set
            if not late:
                self._callbacks.append(callback)
        if late:
            callback()
        try:
            yield
        finally:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)
