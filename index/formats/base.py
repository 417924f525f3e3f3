"""What every format shares: the draft that a reader returns, and what a reader is.

A reader gets the decoded text and returns drafts; the caller adds what the file doesn't know
(its name, a forced collection) and makes transcripts of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from index.formats.probe import Probe
from index.records import Turn

# A line end, whichever there is.
LINES = re.compile(r"\r\n?|\n")

_WHITE = re.compile(r"[\s\0]+")


@dataclass(frozen=True, slots=True)
class StatedMetadata:
    """What a source says about itself; null where it is silent.

    ``date`` is an ISO 8601 date, ``document_id`` a valid id, ``aliases`` pairs of a label
    and its name.
    """

    title: str | None = None
    date: str | None = None
    url: str | None = None
    language: str | None = None
    collection: str | None = None
    document_id: str | None = None
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TranscriptDraft:
    """A transcript as its reader leaves it: canonical text, turns in file order, what is stated."""

    text: str
    turns: tuple[Turn, ...]
    stated: StatedMetadata = field(default_factory=StatedMetadata)


@dataclass(frozen=True, slots=True)
class FormatReader:
    """One format.

    Args:
        name: the public name, as ``--format`` and ``Transcript.source_format`` have it.
        detects: tells from a look at the text whether this is the format; cheap, never raises.
        read: makes drafts of the text, or raises ``RefusedSource``.
        verbatim: the canonical text is the file itself, not one rendered from it.
        parts: matches what each costs memory to read, lines if nothing else is said; null where
            those were counted before.
    """

    name: str
    detects: Callable[[Probe], bool]
    read: Callable[[str], tuple[TranscriptDraft, ...]]
    verbatim: bool = False
    parts: re.Pattern[str] | None = LINES


def one_line(value: str | None) -> str | None:
    """Return a label or title on one line: white space and NUL runs become one space; '' is null.

    Labels and titles go into columns that can't hold NUL, and into the canonical text's lines.
    """
    if value is None:
        return None
    return _WHITE.sub(" ", value).strip() or None
