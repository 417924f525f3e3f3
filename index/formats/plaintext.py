"""Plain text: the seed's form, and any text of one turn per line.

Lines 1 to 3 are a header (title, ``YYYYMMDD``, url) only when lines 2 and 3 are a real date and a
web address. Every other line that isn't blank is one turn; ``NAME: `` in front of it is its label,
and a turn without a label has no speaker, whoever spoke in the line above. The canonical text is
the decoded file itself, so offsets are offsets in the file.
"""

from __future__ import annotations

import re

from index.errors import RefusedSource
from index.formats.base import Draft, Reader, Stated, one_line
from index.formats.dates import compact_date
from index.formats.lines import Line, lines_of, stripped
from index.records import Turn

_URL = re.compile(r"https?://[^\s/]+\S*", re.IGNORECASE)

# A label in capitals: "INSKEEP", "DR. O'NEIL-SMITH", "UNIDENTIFIED PERSON #2", "Q". Names in mixed
# case are too easily part of what is said ("He said: no"), so the labelled-text reader takes those
# on the evidence of the whole file.
_LABEL = re.compile(r"\s*(?P<name>[^\W\d_][^:\n]{0,59}?)\s*:(?=\s|$)")


def label_in_capitals(line: str) -> re.Match[str] | None:
    """Return the match of a ``NAME:`` label at the line's start, with group ``name``, or null."""
    match = _LABEL.match(line)
    if match is None:
        return None
    name = match.group("name")
    if name != name.upper() or not any(letter.isupper() for letter in name):
        return None
    return match


def header_of(lines: list[Line]) -> Stated | None:
    """Return what the three header lines state, or null where the file has no such header."""
    if len(lines) < 3:
        return None
    date = compact_date(lines[1].text.strip())
    url = lines[2].text.strip()
    if date is None or not _URL.fullmatch(url):
        return None
    return Stated(title=one_line(lines[0].text), date=date, url=url)


def read(text: str) -> tuple[Draft, ...]:
    """Read a plain-text transcript.

    Raises:
        RefusedSource: ``no_turns`` when nothing was said beside the header.
    """
    lines = list(lines_of(text))
    stated = header_of(lines)
    turns: list[Turn] = []
    for line in lines[3 if stated else 0 :]:
        if line.blank:
            continue
        label = label_in_capitals(line.text)
        start, end = stripped(text, line.start + (label.end() if label else 0), line.end)
        speaker = one_line(label.group("name")) if label else None
        if start < end:
            turns.append(Turn(len(turns), speaker, start, end))
    if not turns:
        raise RefusedSource(
            "nothing is said in this file: after the header it has no turns",
            code="no_turns",
            line=len(lines),
        )
    return (Draft(text, tuple(turns), stated or Stated()),)


READER = Reader("text", lambda text: True, read)
