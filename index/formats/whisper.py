"""Whisper, faster-whisper and WhisperX: ``{segments: [{start, end, text, speaker?, words?}]}``.

A bare list of segments is read too. WhisperX names speakers per segment and per word; where the
words of a segment have two speakers, the segment is divided between them. Words without times
(WhisperX leaves numbers untimed) stay in the text.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field, RootModel

from index.formats.base import StatedMetadata, TranscriptDraft
from index.formats.jsontext import Foreign, JsonPart
from index.formats.render import Said, joined, spaced
from index.formats.shape import (
    HeardWord,
    Shape,
    StatedFields,
    draft,
    is_list_of,
    pieces,
    speaker_name,
)
from index.formats.times import Seconds, ordered, seconds_ms


class _Word(Foreign):
    word: str = Field(validation_alias=AliasChoices("word", "text"))
    start: Seconds | None = None
    end: Seconds | None = None
    speaker: str | int | None = None


class _Segment(Foreign):
    text: str
    start: Seconds | None = None
    end: Seconds | None = None
    speaker: str | int | None = None
    words: tuple[_Word, ...] | None = None


class _Segments(RootModel[tuple[_Segment, ...]]):
    pass


class _Whisper(StatedFields):
    segments: tuple[_Segment, ...]


def read(part: JsonPart) -> TranscriptDraft:
    """Read one transcript.

    Raises:
        RefusedSource: with the line of a value that doesn't fit.
    """
    stated = StatedMetadata()
    if isinstance(part.value, list):
        segments = part.validated(_Segments, "a list of Whisper segments").root
    else:
        whisper = part.validated(_Whisper, "a Whisper transcript")
        segments, stated = whisper.segments, whisper.stated(part)
    said = [piece for segment in segments for piece in _pieces(segment)]
    timely = sorted(said, key=_start) if all(p.start_ms is not None for p in said) else said
    return draft(part, joined(timely), stated)


def _start(piece: Said) -> int:
    return piece.start_ms or 0


def _pieces(segment: _Segment) -> list[Said]:
    start, end = ordered(seconds_ms(segment.start), seconds_ms(segment.end))
    words = [
        HeardWord(
            word.word, seconds_ms(word.start), seconds_ms(word.end), speaker_name(word.speaker)
        )
        for word in segment.words or ()
    ]
    text = spaced(segment.text)
    return pieces(text, words, Said(speaker_name(segment.speaker), text, start, end))


def matches(value: object) -> bool:
    """Return whether a value has segments with text, or is a list of them with times."""
    if isinstance(value, list):
        return is_list_of(value, "text", "start", "end")
    return isinstance(value, dict) and is_list_of(value.get("segments"), "text")


SHAPE = Shape("whisper", matches, read)
