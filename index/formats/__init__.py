"""Source file → transcripts: the formats people have, told apart by what is in them.

``read_transcripts`` is the way in. Each format is one module with a ``READER``; the order in which
they are tried stands in ``registry``. Most files hold one transcript; JSONL holds many.
"""

from __future__ import annotations

from index.formats.base import Draft, Reader
from index.formats.decode import decode
from index.formats.identity import title_of
from index.formats.registry import READERS, detect, reader_named
from index.records import Metadata, Source, Transcript

__all__ = ["READERS", "Draft", "Reader", "format_names", "read_transcripts"]


def format_names() -> tuple[str, ...]:
    """Return the names that ``Source.source_format`` may force, in the order of detection."""
    return tuple(reader.name for reader in READERS)


def read_transcripts(source: Source) -> tuple[tuple[str | None, Transcript], ...]:
    """Read a source into its transcripts.

    Args:
        source: the bytes, their name, and what the caller wants to override.

    Returns:
        One pair per transcript, in the order of the source: the document id that the source itself
        gives (null where it gives none) and the transcript. A source of one transcript takes the id
        of ``source.document_id`` first.

    Raises:
        RefusedSource: the bytes can't become a transcript; the message says what to do.
    """
    text = decode(source.data)
    reader = reader_named(source.source_format) if source.source_format else detect(text)
    drafts = reader.read(text)
    alone = len(drafts) == 1
    return tuple(
        (
            (source.document_id if alone and source.document_id else draft.document_id),
            _transcript(draft, source, reader.name),
        )
        for draft in drafts
    )


def _transcript(draft: Draft, source: Source, source_format: str) -> Transcript:
    stated = draft.stated
    metadata = Metadata(
        title=stated.title or draft.document_id or title_of(source.key),
        date=stated.date,
        url=stated.url,
        language=stated.language,
        collection=source.collection or stated.collection,
    )
    return Transcript(metadata, draft.text, draft.turns, source_format)
