"""How far an ingest or a reindex is: counts, rate and time left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at work that takes a while.

    Args:
        sources: sources that are done: stored, refused or known already.
        source_bytes: their size.
        encoded: passages that this process encoded.
        waiting: passages of the current sources that still have to be encoded.
        seconds: time since the work began.
    """

    sources: int
    source_bytes: int
    encoded: int
    waiting: int
    seconds: float

    @property
    def passages_per_second(self) -> float:
        """Return the rate of encoding; 0 before the first batch."""
        return self.encoded / self.seconds if self.seconds > 0 else 0.0

    def seconds_left(self, total_bytes: int) -> float | None:
        """Return how long the rest of ``total_bytes`` of sources takes; null before it is known.

        What is in progress counts as done in proportion: its passages are most of the work.
        """
        if not self.source_bytes or self.seconds <= 0:
            return None
        share = self.encoded / max(1, self.encoded + self.waiting) if self.waiting else 1.0
        done = self.source_bytes * share
        return max(0.0, (total_bytes - done) * self.seconds / done) if done else None


OnProgress = Callable[[Progress], None]
