"""One transcript as ``{id, title, date?, url?, turns: [{speaker, text}]}``.

The canonical text has one line per turn, ``SPEAKER: text`` or the text alone; a turn's range is the
data's text, unchanged, so turn numbers and offsets in a turn are those of the data. A turn without
words stays, with an empty range, to keep the numbers.
"""

from __future__ import annotations

from index.formats.base import TranscriptDraft, one_line
from index.formats.jsontext import Foreign, JsonPart
from index.formats.render import Said
from index.formats.shape import Shape, StatedFields, draft
from index.formats.times import Milliseconds, ordered


class _Turn(Foreign):
    speaker: str | None = None
    text: str
    start_ms: Milliseconds | None = None
    end_ms: Milliseconds | None = None


class _Document(StatedFields):
    turns: tuple[_Turn, ...]


def read(part: JsonPart) -> TranscriptDraft:
    """Read one document of turns.

    Raises:
        RefusedSource: with the line, for values that don't fit, an impossible date, or no words.
    """
    document = part.validated(_Document, "a document of turns")
    said = [
        Said(one_line(turn.speaker), turn.text, *ordered(turn.start_ms, turn.end_ms))
        for turn in document.turns
    ]
    return draft(part, said, document.stated(part))


def matches(value: object) -> bool:
    """Return whether a value is an object with a list of turns."""
    return isinstance(value, dict) and isinstance(value.get("turns"), list)


SHAPE = Shape("turns", matches, read)
