"""Rev and Rev AI: ``{speakers?, monologues: [{speaker, elements: [{type, value, ts, end_ts}]}]}``.

A monologue is a turn. Elements hold words, and the white space and punctuation between them, so the
text is theirs put together. Rev's own transcripts write times as clock times and name the speakers.
"""

from __future__ import annotations

from index.formats.base import TranscriptDraft, one_line
from index.formats.jsontext import Foreign, JsonPart
from index.formats.render import Said, Timed, spaced
from index.formats.shape import Shape, draft, is_list_of, speaker_name
from index.formats.times import Seconds, clock_ms, ordered, seconds_ms


class _Speaker(Foreign):
    id: int | str
    name: str | None = None


class _Element(Foreign):
    type: str = "text"
    value: str = ""
    ts: Seconds | None = None
    end_ts: Seconds | None = None
    timestamp: str | None = None
    end_timestamp: str | None = None

    def times(self) -> tuple[int | None, int | None]:
        """Return the element's times, whichever way they are written."""
        start = seconds_ms(self.ts) if self.ts is not None else clock_ms(self.timestamp or "")
        end = (
            seconds_ms(self.end_ts)
            if self.end_ts is not None
            else clock_ms(self.end_timestamp or "")
        )
        return ordered(start, end)


class _Monologue(Foreign):
    speaker: int | str | None = None
    elements: tuple[_Element, ...] = ()


class _Rev(Foreign):
    monologues: tuple[_Monologue, ...]
    speakers: tuple[_Speaker, ...] | None = None


def read(part: JsonPart) -> TranscriptDraft:
    """Read one transcript.

    Raises:
        RefusedSource: with the line of a value that doesn't fit.
    """
    rev = part.validated(_Rev, "a Rev transcript")
    names = {speaker.id: one_line(speaker.name) for speaker in rev.speakers or ()}
    said = []
    for monologue in rev.monologues:
        speaker = speaker_name(monologue.speaker)
        if monologue.speaker is not None:
            speaker = names.get(monologue.speaker) or speaker
        said.append(_said(speaker, monologue.elements))
    return draft(part, [turn for turn in said if turn.text])


def _said(speaker: str | None, elements: tuple[_Element, ...]) -> Said:
    text = ""
    timed: list[Timed] = []
    for element in elements:
        value = element.value
        if text.endswith((" ", "\n")) or not text:
            value = value.lstrip(" \t\r\n")
        value = f"{spaced(value)} " if value[-1:].isspace() else spaced(value)
        if not value:
            continue
        start, end = element.times()
        word = value.strip()
        if element.type == "text" and start is not None and end is not None and word:
            at = len(text) + value.index(word)
            timed.append(Timed(at, at + len(word), start, end))
        text += value
    return Said(
        speaker,
        text.rstrip(" "),
        min((piece.start_ms for piece in timed), default=None),
        max((piece.end_ms for piece in timed), default=None),
        tuple(timed),
    )


def matches(value: object) -> bool:
    """Return whether a value has monologues of elements."""
    return isinstance(value, dict) and is_list_of(value.get("monologues"), "elements")


SHAPE = Shape("rev", matches, read)
