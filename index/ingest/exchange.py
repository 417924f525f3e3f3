"""Documents ↔ lines of JSON: everything out, and exactly the same back in.

One line per version: ``{"format": "transcript-qa-export/1", "id", "version", "current",
"source_key", "source_format", "ingested_at", "title", "date", "url", "language", "collection",
"text", "turns": [[speaker, char_start, char_end, start_ms, end_ms, words]],
"aliases": [[label, name, stated]]}``, where ``words`` is a list of
``[char_start, char_end, start_ms, end_ms]``. Offsets count code points of ``text``, so that a
citation resolves in the copy as it did in the original. A document's current version comes after
its older ones; it alone has the aliases, which are the document's: the name in use and the one that
the source states, either may be null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.aliases import alias_map, fold
from index.errors import InvalidAlias, RefusedSource
from index.ingest.prepare import DOCUMENT_ID, Parsed
from index.records import DocumentInfo, Metadata, Transcript, Turn, Word
from index.store import AliasRow
from index.text.sentences import split_sentences

FORMAT = "transcript-qa-export/1"

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")

_Offset = Annotated[int, Field(ge=0)]
_Word = tuple[_Offset, _Offset, int, int]
_Turn = tuple[str | None, _Offset, _Offset, int | None, int | None, tuple[_Word, ...]]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)

    format: Literal["transcript-qa-export/1"]
    id: str
    version: str
    current: bool
    source_key: str
    source_format: str
    ingested_at: str
    title: str
    date: str | None
    url: str | None
    language: str | None
    collection: str | None
    text: str
    turns: tuple[_Turn, ...]
    aliases: tuple[tuple[str, str | None, str | None], ...] | None = None


def to_line(
    info: DocumentInfo,
    version: str,
    metadata: Metadata,
    text: str,
    turns: Iterable[Turn],
    aliases: Sequence[AliasRow] = (),
) -> str:
    """Return one version of a document as a line, without a line end."""
    current = version == info.document_version
    line = _Line(
        format=FORMAT,
        id=info.document_id,
        version=version,
        current=current,
        source_key=info.source_key,
        source_format=info.source_format,
        ingested_at=info.ingested_at,
        title=metadata.title,
        date=metadata.date,
        url=metadata.url,
        language=metadata.language,
        collection=metadata.collection,
        text=text,
        turns=tuple(
            (
                turn.speaker,
                turn.char_start,
                turn.char_end,
                turn.start_ms,
                turn.end_ms,
                tuple((w.char_start, w.char_end, w.start_ms, w.end_ms) for w in turn.words),
            )
            for turn in turns
        ),
        aliases=tuple((row.label, row.name, row.stated) for row in aliases) if current else None,
    )
    # ASCII: lines stay lines, whatever a reader takes for a line end.
    return json.dumps(line.model_dump(mode="json"), separators=(",", ":"))


def from_line(text: str, number: int) -> Parsed:
    """Read a line of an export.

    Args:
        text: the line.
        number: its 1-based number, for messages.

    Raises:
        RefusedSource: it isn't what an export writes, or was changed since.
    """
    try:
        line = _Line.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the line"
        raise RefusedSource(
            f"line {number} isn't a line of an export: {where}: {first['msg']}; "
            f"`import` reads what `export` wrote, everything else is for `ingest`",
            code="not_an_export",
            line=number,
        ) from error
    transcript = Transcript(
        metadata=Metadata(line.title, line.date, line.url, line.language, line.collection),
        text=line.text,
        turns=tuple(
            Turn(n, speaker, start, end, start_ms, end_ms, tuple(Word(*word) for word in words))
            for n, (speaker, start, end, start_ms, end_ms, words) in enumerate(line.turns)
        ),
        source_format=line.source_format,
    )
    problem = _problem(line, transcript)
    if problem is not None:
        raise RefusedSource(
            f"line {number}: {problem}; export again", code="damaged_export", line=number
        )
    return Parsed(
        name=line.id,
        source_key=line.source_key,
        document_id=line.id,
        transcript=transcript,
        version=line.version,
        sentences=split_sentences(transcript),
        verbatim=True,
        current=line.current,
        ingested_at=line.ingested_at,
        aliases=_alias_rows(line, number),
    )


def read_lines(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that aren't blank with their 1-based numbers."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield number, line


def _alias_rows(line: _Line, number: int) -> tuple[AliasRow, ...] | None:
    """Return the aliases of a line, ordered by label; null where it says nothing of them."""
    if line.aliases is None or not line.current:
        return None
    try:
        names = alias_map({label: name or stated for label, name, stated in line.aliases})
        if len(names) != len(line.aliases):
            raise InvalidAlias("a label stands twice")
        for label, _, stated in line.aliases:
            alias_map({label: stated or label})
    except InvalidAlias as error:
        raise RefusedSource(
            f"line {number}: {error}; export again", code="damaged_export", line=number
        ) from error
    rows = (AliasRow(*row) for row in line.aliases)
    return tuple(sorted(rows, key=lambda row: fold(row.label)))


def _problem(line: _Line, transcript: Transcript) -> str | None:
    """Return what can't be right about a line, or None."""
    if not DOCUMENT_ID.match(line.id):
        return f"{line.id!r} can't be a document id"
    if line.date is not None and not _DATE.match(line.date):
        return f"{line.date!r} is no date"
    length = len(line.text)
    for turn in transcript.turns:
        ranges = [(turn.char_start, turn.char_end)]
        ranges += [(word.char_start, word.char_end) for word in turn.words]
        if any(not start <= end <= length for start, end in ranges):
            return f"turn {turn.number} lies outside the text"
    if transcript.version != line.version:
        return f"the text and turns aren't those of version {line.version!r}"
    return None
