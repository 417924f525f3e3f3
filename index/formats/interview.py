"""Interview corpora: one object per interview with parallel lists of speakers and utterances.

Their keys differ: ``utt``, ``utterances`` or ``text`` beside ``speaker`` or ``speakers``. Each
utterance is a turn, unchanged, numbered as in the data.
"""

from __future__ import annotations

from pydantic import AliasChoices, Field

from index.formats.base import TranscriptDraft, one_line
from index.formats.jsontext import JsonPart
from index.formats.render import Said
from index.formats.shape import Shape, StatedFields, draft

_UTTERANCES = ("utt", "utterances", "utterance", "text")
_SPEAKERS = ("speaker", "speakers")


class _Interview(StatedFields):
    utterances: tuple[str, ...] = Field(validation_alias=AliasChoices(*_UTTERANCES))
    speakers: tuple[str | None, ...] = Field(validation_alias=AliasChoices(*_SPEAKERS))
    program: str | None = None


def read(part: JsonPart) -> TranscriptDraft:
    """Read one interview.

    Raises:
        RefusedSource: with the line, for values that don't fit, or lists of different lengths.
    """
    interview = part.validated(_Interview, "an interview of speakers and utterances")
    if len(interview.speakers) != len(interview.utterances):
        raise part.refusal(
            f"{len(interview.speakers)} speakers for {len(interview.utterances)} "
            "utterances; the lists must have the same length",
        )
    said = [
        Said(one_line(speaker), words)
        for speaker, words in zip(interview.speakers, interview.utterances, strict=True)
    ]
    return draft(part, said, interview.stated(part))


def matches(value: object) -> bool:
    """Return whether a value has a list of utterances and one of speakers, both plain strings."""
    if not isinstance(value, dict):
        return False
    return any(_plain(value.get(key)) for key in _UTTERANCES) and any(
        _plain(value.get(key)) for key in _SPEAKERS
    )


def _plain(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], (str, type(None)))


SHAPE = Shape("interview", matches, read)
