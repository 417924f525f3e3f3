"""AssemblyAI: ``{utterances: [{speaker, start, end, text, words}], text, words}``, in milliseconds.

Utterances are turns as they stand. Without speaker labels there are only words, which are joined.
"""

from __future__ import annotations

from index.formats.base import TranscriptDraft
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
from index.formats.times import Milliseconds, ordered


class _Word(Foreign):
    text: str
    start: Milliseconds | None = None
    end: Milliseconds | None = None
    speaker: str | int | None = None


class _Utterance(Foreign):
    text: str
    speaker: str | int | None = None
    start: Milliseconds | None = None
    end: Milliseconds | None = None
    words: tuple[_Word, ...] | None = None


class _Transcript(StatedFields):
    utterances: tuple[_Utterance, ...] | None = None
    words: tuple[_Word, ...] | None = None
    text: str | None = None
    language_code: str | None = None


def read(part: JsonPart) -> TranscriptDraft:
    """Read one transcript.

    Raises:
        RefusedSource: with the line of a value that doesn't fit.
    """
    transcript = part.validated(_Transcript, "an AssemblyAI transcript")
    if transcript.utterances:
        said = [_said(utterance) for utterance in transcript.utterances]
    else:
        said = joined(
            Said(speaker_name(word.speaker), spaced(word.text), *ordered(word.start, word.end))
            for word in transcript.words or ()
        ) or [Said(None, spaced(transcript.text or ""))]
    fields = transcript.model_copy(
        update={"language": transcript.language or transcript.language_code}
    )
    return draft(part, said, fields.stated(part))


def _said(utterance: _Utterance) -> Said:
    text = spaced(utterance.text)
    words = [HeardWord(word.text, word.start, word.end) for word in utterance.words or ()]
    whole = Said(speaker_name(utterance.speaker), text, *ordered(utterance.start, utterance.end))
    (said,) = pieces(text, words, whole)
    return said


def matches(value: object) -> bool:
    """Return whether a value has utterances of text, or words of text beside the whole text."""
    if not isinstance(value, dict):
        return False
    return is_list_of(value.get("utterances"), "text", "start") or (
        "text" in value and is_list_of(value.get("words"), "text", "start", "end")
    )


SHAPE = Shape("assemblyai", matches, read)
