"""Podcasting 2.0 transcripts: ``{version, segments: [{speaker, startTime, endTime, body}]}``.

As https://github.com/Podcastindex-org/podcast-namespace describes it; a segment may be one word.
"""

from __future__ import annotations

from index.formats.base import TranscriptDraft, one_line
from index.formats.jsontext import Foreign, JsonPart
from index.formats.render import Said, joined, spaced
from index.formats.shape import Shape, StatedFields, draft, is_list_of
from index.formats.times import Seconds, ordered, seconds_ms


class _Segment(Foreign):
    body: str
    speaker: str | None = None
    startTime: Seconds | None = None
    endTime: Seconds | None = None


class _Podcast(StatedFields):
    segments: tuple[_Segment, ...]


def read(part: JsonPart) -> TranscriptDraft:
    """Read one transcript.

    Raises:
        RefusedSource: with the line of a value that doesn't fit.
    """
    podcast = part.validated(_Podcast, "a Podcasting 2.0 transcript")
    said: list[Said] = []
    speaker: str | None = None
    for segment in podcast.segments:
        start, end = ordered(seconds_ms(segment.startTime), seconds_ms(segment.endTime))
        speaker = one_line(segment.speaker)
        said.append(Said(speaker, spaced(segment.body), start, end))
    return draft(part, joined(said), podcast.stated(part))


def matches(value: object) -> bool:
    """Return whether a value has segments with a body."""
    return isinstance(value, dict) and is_list_of(value.get("segments"), "body")


SHAPE = Shape("podcast", matches, read)
