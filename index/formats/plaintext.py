"""Plain text: the seed's form, and any text with a turn per line.

Lines 1 to 3 are a header (title, ``YYYYMMDD``, url) only when lines 2 and 3 are a real date and a
web address. Every other line that isn't blank is a turn. Labels are those of ``labels``; a turn
without a label has no speaker, whoever spoke in the line above. The canonical text is the decoded
file itself, so offsets are offsets in the file.

Two layouts put a turn on several lines, and both say so: a label alone on its line owns the lines
below it, and in a file without the header whose labels all begin a paragraph, so does every label,
to the next blank line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from index.errors import RefusedSource
from index.formats.base import FormatReader, StatedMetadata, TranscriptDraft, one_line
from index.formats.dates import compact_date
from index.formats.labels import Label, believed, label_of
from index.formats.lines import Line, lines_of, stripped
from index.records import Turn

_URL = re.compile(r"https?://[^\s/]\S*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line with the label in front of it, and whether a blank line (or nothing) is above it."""

    line: Line
    label: Label | None
    begins_block: bool


def header_of(lines: list[Line]) -> StatedMetadata | None:
    """Return what the three header lines state, or null where the file has no such header."""
    if len(lines) < 3:
        return None
    date = compact_date(lines[1].text.strip())
    url = lines[2].text.strip()
    if date is None or not _URL.fullmatch(url):
        return None
    return StatedMetadata(title=one_line(lines[0].text), date=date, url=one_line(url))


def read(text: str) -> tuple[TranscriptDraft, ...]:
    """Read a plain-text transcript.

    Raises:
        RefusedSource: ``no_turns`` when nothing was said except the header.
    """
    lines = list(lines_of(text))
    stated = header_of(lines)
    turns = turns_of(text, lines[3:] if stated else lines, label_of, header=stated is not None)
    return (TranscriptDraft(text, turns, stated or StatedMetadata()),)


def turns_of(
    text: str, lines: list[Line], find: Callable[[str], Label | None], *, header: bool
) -> tuple[Turn, ...]:
    """Return the turns in the lines of a text.

    Args:
        text: the whole text.
        lines: those of its lines that may hold turns.
        find: returns the label at the start of a line.
        header: the file has the seed's header, and so a turn on every line.

    Raises:
        RefusedSource: ``no_turns``.
    """
    rows = list(_rows(lines, find))
    paragraphs = not header and _in_paragraphs(rows)
    turns: list[_Open] = []
    owner: _Open | None = None
    for row in rows:
        label = row.label
        start, end = stripped(text, row.line.start + (label.body if label else 0), row.line.end)
        if label is not None:
            turns.append(_Open(label, start, end))
            owner = turns[-1] if paragraphs or (start == end and not header) else None
        elif owner is not None and not row.begins_block:
            owner.start, owner.end = (start if owner.start == owner.end else owner.start), end
        else:
            owner = None
            turns.append(_Open(None, start, end))
    said = [turn for turn in turns if turn.start < turn.end]
    if not said:
        raise RefusedSource(
            "this file has no words besides a header and labels",
            code="no_turns",
            line=lines[-1].number if lines else None,
        )
    return tuple(turn.closed(number) for number, turn in enumerate(said))


@dataclass(slots=True)
class _Open:
    """A turn that may still grow by the lines below it."""

    label: Label | None
    start: int
    end: int

    def closed(self, number: int) -> Turn:
        """Return the turn under its number."""
        label = self.label
        if label is None:
            return Turn(number, None, self.start, self.end)
        return Turn(number, label.name, self.start, self.end, label.start_ms, label.end_ms)


def _rows(lines: list[Line], find: Callable[[str], Label | None]) -> Iterator[_Row]:
    """Yield the lines with words; labels in mixed case only where the file bears them out."""
    spoken = [line for line in lines if not line.blank]
    labels = [find(line.text) for line in spoken]
    names = believed(labels)
    blanks = {line.number for line in lines if line.blank}
    for line, label in zip(spoken, labels, strict=True):
        if label is not None and not label.certain and label.name not in names:
            label = None
        yield _Row(line, label, line is spoken[0] or line.number - 1 in blanks)


def _in_paragraphs(rows: list[_Row]) -> bool:
    """Return whether labels occur only at the start of paragraphs, and paragraphs have lines."""
    labelled = [row for row in rows if row.label is not None and row.label.name is not None]
    return (
        len(labelled) >= 2
        and all(row.begins_block for row in labelled)
        and any(not row.begins_block for row in rows)
    )


READER = FormatReader("text", lambda probe: True, read, verbatim=True)
