"""What a source may say about itself: metadata that is short enough to repeat in every list.

Titles, addresses and labels stand in each list, hit and citation, so a long one costs every later
request. What is too long is refused: cut, it would be another title.
"""

from __future__ import annotations

from dataclasses import dataclass

from index.errors import RefusedSource
from index.records import Transcript


@dataclass(frozen=True, slots=True)
class MetadataLimits:
    """How long metadata may be, in characters.

    Args:
        text: title, address, language, collection and source key, each. The longest addresses
            that browsers agree on have 2,000.
        label: a speaker's label, longer than any seen in transcripts.
        labels: a transcript's different labels together: a parliament of a thousand speakers.
    """

    text: int = 2000
    label: int = 200
    labels: int = 20_000

    def check(self, key: str, transcript: Transcript) -> None:
        """Raise ``RefusedSource`` where the metadata of a transcript is too long."""
        metadata = transcript.metadata
        for name, value in (
            ("file name", key),
            ("title", metadata.title),
            ("url", metadata.url),
            ("language", metadata.language),
            ("collection", metadata.collection),
        ):
            if value is not None and len(value) > self.text:
                raise _too_long(f"the {name} has {len(value):,} characters", self.text)
        labels = {turn.speaker for turn in transcript.turns if turn.speaker}
        longest = max(map(len, labels), default=0)
        if longest > self.label:
            raise _too_long(f"a speaker's label has {longest:,} characters", self.label)
        together = sum(map(len, labels))
        if together > self.labels:
            said = f"the labels of its {len(labels):,} speakers have {together:,} characters"
            raise _too_long(said, self.labels)


# The limits where no others are set.
USUAL = MetadataLimits()


def _too_long(said: str, limit: int) -> RefusedSource:
    return RefusedSource(f"{said}, over the limit of {limit:,}; shorten it", code="metadata")
