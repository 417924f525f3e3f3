"""Markdown with bold names: ``**Name:** words``, ``**Name** (00:01:02): words``.

The canonical text is the file itself. Headings and rules aren't said by anybody, so they are in no
turn; the first heading is the title.
"""

from __future__ import annotations

import re

from index.formats.base import FormatReader, StatedMetadata, TranscriptDraft, one_line
from index.formats.labels import Label, bold_label_of, label_of
from index.formats.lines import Line, lines_of
from index.formats.plaintext import turns_of
from index.formats.probe import Probe

_HEADING = re.compile(r" {0,3}#{1,6}(?:\s++(?P<title>.*?))?(?:\s#+)?\s*+")
_RULE = re.compile(r" {0,3}(?:(?:-\s?){3,}|(?:\*\s?){3,}|(?:_\s?){3,})\s*+")

# One bold label may be emphasis in somebody's notes; two are a transcript.
_LABELS_NEEDED = 2
# Labels of a transcript stand early; detection doesn't read hours of talk.
_LINES_LOOKED_AT = 400


def read(text: str) -> tuple[TranscriptDraft, ...]:
    """Read a Markdown transcript.

    Raises:
        RefusedSource: ``no_turns`` when nothing was said except headings.
    """
    title: str | None = None
    spoken: list[Line] = []
    for line in lines_of(text):
        heading = _HEADING.fullmatch(line.text[:500]) if line.text.lstrip()[:1] == "#" else None
        if heading is not None:
            title = title or one_line(heading.group("title"))
        spoken.append(
            line if heading is None and not _is_rule(line) else Line(line.number, line.start, "")
        )
    turns = turns_of(text, spoken, _label, header=False)
    return (TranscriptDraft(text, turns, StatedMetadata(title=title)),)


def _is_rule(line: Line) -> bool:
    return len(line.text) < 200 and _RULE.fullmatch(line.text) is not None


def _label(line: str) -> Label | None:
    return bold_label_of(line) or label_of(line)


def detects(probe: Probe) -> bool:
    """Return whether at least two lines have a bold label."""
    found = 0
    for number, line in enumerate(lines_of(probe.text)):
        found += bold_label_of(line.text) is not None
        if found >= _LABELS_NEEDED or number >= _LINES_LOOKED_AT:
            break
    return found >= _LABELS_NEEDED


READER = FormatReader("markdown", detects, read, verbatim=True)
