"""Coroutines → their results, from an event loop in a thread of its own.

A task, unlike a thread that waits for a socket, can be cancelled and given a deadline, however its
server drips.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

CLOSE_S = 10.0
"""Tasks that were cancelled end at once; one that doesn't is left to its daemon thread."""

T = TypeVar("T")


class RequestLoop:
    """Runs requests; its thread starts with the first one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Return whether there is a thread."""
        return self._loop is not None

    def start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Run a coroutine; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self._started())

    def close(self, *closers: Callable[[], Awaitable[None]]) -> None:
        """End every task, then what the closers close, and the thread; may be called twice."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(_ended(closers), loop).result(CLOSE_S)
        except TimeoutError:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="llm-requests", daemon=True
                )
                self._thread.start()
            return self._loop


async def _ended(closers: tuple[Callable[[], Awaitable[None]], ...]) -> None:
    me = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not me]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
    for close in closers:
        await close()
