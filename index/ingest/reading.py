"""A source, or a line of an export → what it holds, or why it can't be taken, with its size."""

from __future__ import annotations

from index.errors import RefusedSource
from index.ingest.exchange import from_line
from index.ingest.ingest import Read
from index.ingest.metadata_limits import USUAL, MetadataLimits
from index.ingest.prepare import parse
from index.records import Refused, Source
from index.text.sentences import MAX_SENTENCES


def read_source(
    source: Source,
    max_file_bytes: int,
    max_sentences: int = MAX_SENTENCES,
    limits: MetadataLimits = USUAL,
) -> Read:
    """Return the transcripts of a source, or its refusal; its size is in bytes."""
    try:
        parsed = parse(source, max_file_bytes, max_sentences)
        for each in parsed:
            limits.check(each.source_key, each.transcript)
        return parsed, len(source.data)
    except RefusedSource as refusal:
        return (_refused(source.key[: limits.text], refusal),), len(source.data)


def read_line(numbered: tuple[int, str]) -> Read:
    """Return the document of a numbered line, or its refusal; its size is in characters."""
    number, line = numbered
    try:
        return (from_line(line, number),), len(line)
    except RefusedSource as refusal:
        return (_refused(f"line {number}", refusal),), len(line)


def _refused(name: str, refusal: RefusedSource) -> Refused:
    return Refused(name, refusal.code, refusal.detail, refusal.line)
