"""Work on the next items in another thread while the results of the last ones are used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Items that are worked on or wait: enough that commits and the encoder, which leave Python alone,
# never wait for parsing; few enough that large files don't pile up in memory.
PREFETCHED = 4


def prefetch(work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield ``work(item)`` for every item in order, ``PREFETCHED`` of them before they are used.

    One thread: parsing is Python's own work, of which two threads do no more than one. Processes
    cost as much to start and to feed as they saved (docs/reports, ingest).
    """
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as executor:
        waiting: deque[Future[R]] = deque()
        try:
            for item in items:
                waiting.append(executor.submit(work, item))
                if len(waiting) >= PREFETCHED:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
