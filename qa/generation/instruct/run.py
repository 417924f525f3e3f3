"""What one answer of an instruct model has come to: what was stated, failed, is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from qa.evidence.disagreement import Pair
from qa.generation.instruct.reply import Claim
from qa.generation.writing import Task, Written
from qa.records import Evidence, Usage


def address(evidence: Evidence) -> tuple[str, int]:
    """Return the identity of a sentence, narrowed to a quote or not."""
    return (evidence.hit.document_id, evidence.sentence.number)


@dataclass(slots=True)
class Run:
    """One answer on its way."""

    task: Task
    numbered: dict[int, Evidence]
    opposed: tuple[Pair, ...] = ()
    cited: set[tuple[str, int]] = field(default_factory=set)
    stated: list[str] = field(default_factory=list)
    failed: list[tuple[Claim, tuple[str, ...]]] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    short: str | None = None
    claims: int = 0
    refused: bool = False
    cut: bool = False

    @property
    def full(self) -> bool:
        """Return whether there are as many statements as were asked for.

        The last place is kept for the other side of a disagreement.
        """
        kept = 1 if self.task.most > 1 and self.missing else 0
        return len(self.stated) + kept >= self.task.most

    def told(self, written: Written) -> bool:
        """Return whether it is stated already: the same words, or the same sentence quoted."""
        again = written.spoken and address(written.evidence[0]) in self.cited
        return again or written.text in self.stated

    def wants(self, evidence: Iterable[Evidence]) -> bool:
        """Return whether there is room for a statement; a kept place is for what is missing."""
        if not self.full:
            return True
        missing = {address(item) for item in self.missing}
        return len(self.stated) < self.task.most and any(address(e) in missing for e in evidence)

    @property
    def missing(self) -> tuple[Evidence, ...]:
        """Return sentences that disagree with what was cited and weren't cited themselves."""
        found = []
        for pair in self.opposed:
            for side, other in (pair, pair[::-1]):
                if address(side) in self.cited and address(other) not in self.cited:
                    found.append(other)
        return tuple(found)
