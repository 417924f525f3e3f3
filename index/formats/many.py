"""Many transcripts in one file: JSONL, a value per line, and JSON arrays of values.

Each value may have any JSON shape, known by its keys. One bad line refuses the whole file and is
named, so that a file is either in or out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from index.errors import RefusedSource
from index.formats.base import FormatReader, TranscriptDraft
from index.formats.jsontext import JsonPart, load
from index.formats.lines import lines_of
from index.formats.probe import NotJson, Probe
from index.formats.shapes import SHAPES, shape_of


def read_jsonl(text: str) -> tuple[TranscriptDraft, ...]:
    """Read every line's transcript.

    Raises:
        RefusedSource: with the line that is broken, of no known shape, or repeats an id.
    """
    return tuple(
        _drafts(
            JsonPart(load(line.text, line.number), line.text, line.number)
            for line in lines_of(text)
            if not line.blank
        )
    )


def read_array(text: str) -> tuple[TranscriptDraft, ...]:
    """Read every transcript of a JSON array.

    Raises:
        RefusedSource: with the line of the first value that is wrong.
    """
    values = load(text)
    if not isinstance(values, list):
        raise RefusedSource("line 1: not a JSON array of transcripts", code="json", line=1)
    return tuple(_drafts(JsonPart(value, text, 1, (at,)) for at, value in enumerate(values)))


def _drafts(parts: Iterable[JsonPart]) -> Iterator[TranscriptDraft]:
    seen: set[str] = set()
    for part in parts:
        shape = shape_of(part.value)
        if shape is None:
            known = ", ".join(shape.name for shape in SHAPES)
            raise part.refusal(f"this value has the keys of no known format ({known})")
        draft = shape.read(part)
        given = draft.stated.document_id
        if given is not None:
            if given in seen:
                raise part.refusal(
                    f"the id {given!r} occurs further up already; ids must differ within a file",
                    code="duplicate_id",
                )
            seen.add(given)
        yield draft


def detects_jsonl(probe: Probe) -> bool:
    """Return whether the first line is a known shape, and the text isn't one JSON value."""
    return probe.value is NotJson and shape_of(probe.first_value) is not None


def detects_array(probe: Probe) -> bool:
    """Return whether the text is an array whose first value has a known shape."""
    value = probe.value
    return isinstance(value, list) and bool(value) and shape_of(value[0]) is not None


JSONL = FormatReader("jsonl", detects_jsonl, read_jsonl, parts=None)
ARRAY = FormatReader("json-array", detects_array, read_array, parts=None)
