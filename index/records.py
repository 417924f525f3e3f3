"""The values that travel through ``index``: Transcript → Turn → Sentence → Passage → Hit.

Offsets count Unicode code points of the canonical text, end exclusive; times are milliseconds from
the start of the recording. Everything is frozen and holds tuples, so that a value can be shared.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Literal

# What a browser may follow from an answer.
_WEB = re.compile(r"https?://\S", re.IGNORECASE)

IngestStatus = Literal["new", "replaced", "unchanged", "duplicate"]


@dataclass(frozen=True, slots=True)
class Word:
    """A piece that the source times: its range in the canonical text, and its times.

    A word where the source times words; a whole cue or segment where it times nothing smaller.
    """

    char_start: int
    char_end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker's utterance; the range holds what was said, not the label in front of it."""

    number: int
    speaker: str | None
    char_start: int
    char_end: int
    start_ms: int | None = None
    end_ms: int | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known about a transcript besides its text.

    ``date`` is an ISO 8601 date. ``url`` is one that a browser may follow, whatever was stated or
    stored: anything but http and https (``javascript:``, ``data:``, ``file:``) becomes null.
    """

    title: str
    date: str | None = None
    url: str | None = None
    language: str | None = None
    collection: str | None = None

    def __post_init__(self) -> None:
        """Drop a url that isn't one of the web."""
        if self.url is not None and not _WEB.match(self.url):
            object.__setattr__(self, "url", None)


@dataclass(frozen=True, slots=True)
class Transcript:
    """A source after reading: metadata, the canonical text and the turns in it, in file order.

    ``aliases`` are the pairs of label and name that the source itself states ("INSKEEP" is "Steve
    Inskeep, host"); they are no part of the content that ``version`` identifies.
    """

    metadata: Metadata
    text: str
    turns: tuple[Turn, ...]
    source_format: str
    aliases: tuple[tuple[str, str], ...] = ()

    @property
    def version(self) -> str:
        """Return the identity of this content: a hash of the canonical text and its turns."""
        digest = hashlib.sha256(self.text.encode("utf-8"))
        for turn in self.turns:
            row = [turn.speaker, turn.char_start, turn.char_end, turn.start_ms, turn.end_ms]
            digest.update(json.dumps(row).encode("ascii"))
        return digest.hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sentence:
    """The unit of citation: a range inside one turn. Times are null where the source has none."""

    number: int
    turn: int
    speaker: str | None
    char_start: int
    char_end: int
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: sentences ``first_sentence`` to ``last_sentence``, both included."""

    number: int
    first_sentence: int
    last_sentence: int
    char_start: int
    char_end: int
    speakers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is limited to; an empty field doesn't limit. Dates are ISO, both ends included.

    ``speakers`` are compared with the source's labels and with their aliases, upper and lower case
    alike.
    """

    document_ids: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    since: str | None = None
    until: str | None = None
    collection: str | None = None

    @property
    def empty(self) -> bool:
        """Return whether nothing is filtered."""
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Scores:
    """A hit's cosine similarity and BM25 score, null where not found, and the fused score."""

    dense: float | None
    lexical: float | None
    fused: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, with its text, its scores and its place in the source.

    ``aliases`` are the pairs of label and name of those of its speakers that have a name.
    """

    passage_id: str
    document_id: str
    document_version: str
    metadata: Metadata
    speakers: tuple[str, ...]
    text: str
    char_start: int
    char_end: int
    scores: Scores
    passage_key: int
    sentences: tuple[Sentence, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Bytes to ingest: ``key`` names them (a relative path or a file name), ids may be given.

    ``sidecar`` holds the metadata file beside them (``talk.meta.json`` for ``talk.vtt``), as it is.
    One that ``may_replace`` takes the place of other content under its id; else it is refused.
    """

    key: str
    data: bytes
    document_id: str | None = None
    collection: str | None = None
    source_format: str | None = None
    sidecar: bytes | None = None
    may_replace: bool = True


@dataclass(frozen=True, slots=True)
class Accepted:
    """A source that is stored and searchable."""

    name: str
    document_id: str
    document_version: str
    status: IngestStatus


@dataclass(frozen=True, slots=True)
class Refused:
    """A source that was not taken, why, and the 1-based line where that can be told.

    ``document_id`` is the document whose place it would have taken, if that is why.
    """

    name: str
    code: str
    detail: str
    line: int | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """One row of the list of documents: the current version and what is known about it."""

    document_id: str
    document_version: str
    metadata: Metadata
    source_key: str
    source_format: str
    characters: int
    turns: int
    speakers: tuple[str, ...]
    ingested_at: str
    aliases: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class SpeakerCount:
    """A speaker's label with the number of turns and documents that carry it.

    ``names`` are its aliases: one label may stand for several people in several documents.
    """

    speaker: str
    turns: int
    documents: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of a health check: what was looked at, whether it is fine, and what to do if not."""

    name: str
    ok: bool
    detail: str
    remedy: str | None = None
    values: tuple[tuple[str, str], ...] = field(default=())
