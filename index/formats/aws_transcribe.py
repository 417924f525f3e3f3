"""AWS Transcribe: ``{results: {items, speaker_labels?, channel_labels?}}``, times as strings.

The items are words and punctuation; punctuation stands without space after its word. Speakers are
found by an item's own label, by its start in the speaker segments, or by its channel.
"""

from __future__ import annotations

from index.formats.base import TranscriptDraft, one_line
from index.formats.jsontext import Foreign, JsonPart
from index.formats.render import Said, Timed, joined, spaced
from index.formats.shape import Shape, draft
from index.formats.times import Seconds, ordered, seconds_ms


class _Choice(Foreign):
    content: str


class _Item(Foreign):
    type: str = "pronunciation"
    start_time: Seconds | None = None
    end_time: Seconds | None = None
    speaker_label: str | None = None
    alternatives: tuple[_Choice, ...] = ()


class _Moment(Foreign):
    start_time: Seconds
    speaker_label: str


class _Segment(Foreign):
    items: tuple[_Moment, ...] = ()


class _SpeakerLabels(Foreign):
    segments: tuple[_Segment, ...] = ()


class _Channel(Foreign):
    channel_label: str
    items: tuple[_Item, ...] = ()


class _ChannelLabels(Foreign):
    channels: tuple[_Channel, ...] = ()


class _Results(Foreign):
    items: tuple[_Item, ...]
    speaker_labels: _SpeakerLabels | None = None
    channel_labels: _ChannelLabels | None = None
    language_code: str | None = None


class _Aws(Foreign):
    results: _Results
    jobName: str | None = None


def read(part: JsonPart) -> TranscriptDraft:
    """Read one transcript.

    Raises:
        RefusedSource: with the line of a value that doesn't fit.
    """
    results = part.validated(_Aws, "an AWS Transcribe transcript").results
    segments = results.speaker_labels.segments if results.speaker_labels else ()
    speakers = {
        moment.start_time: moment.speaker_label for segment in segments for moment in segment.items
    }
    channels = results.channel_labels.channels if results.channel_labels else ()
    said: list[Said] = []
    if channels and not speakers:
        for channel in channels:
            said += _said(channel.items, {}, one_line(channel.channel_label))
        said.sort(key=lambda piece: piece.start_ms or 0)
    else:
        said = _said(results.items, speakers, None)
    return draft(part, joined(said))


def _said(items: tuple[_Item, ...], speakers: dict[float, str], channel: str | None) -> list[Said]:
    """Return one piece per word, its punctuation attached to it."""
    said: list[Said] = []
    for item in items:
        content = spaced(item.alternatives[0].content) if item.alternatives else ""
        if not content:
            continue
        if item.type == "punctuation" and said:
            word = said[-1]
            said[-1] = Said(
                word.speaker, word.text + content, word.start_ms, word.end_ms, word.timed
            )
            continue
        start, end = ordered(seconds_ms(item.start_time), seconds_ms(item.end_time))
        label = item.speaker_label
        if label is None and item.start_time is not None:
            label = speakers.get(item.start_time)
        timed = (
            (Timed(0, len(content), start, end),) if start is not None and end is not None else ()
        )
        said.append(Said(one_line(label) or channel, content, start, end, timed))
    return said


def matches(value: object) -> bool:
    """Return whether a value has results with items."""
    if not isinstance(value, dict):
        return False
    results = value.get("results")
    return isinstance(results, dict) and isinstance(results.get("items"), list)


SHAPE = Shape("aws-transcribe", matches, read)
