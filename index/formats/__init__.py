"""Source file → transcripts: the formats people have, told apart by what is in them.

Call ``read_transcripts``. Each format is one module with a ``READER``; the order in which
they are tried stands in ``registry``. Most files hold one transcript; JSONL holds many.
"""

from __future__ import annotations

from index.errors import RefusedSource
from index.formats.base import StatedMetadata
from index.formats.crowded import BRACKETS, refuse_crowded
from index.formats.decode import decode, refuse_surrogates
from index.formats.identity import title_of
from index.formats.registry import READERS, detect, reader_named
from index.formats.stated import (
    is_sidecar,
    merged,
    pair_sidecars,
    read_sidecar,
    sidecar_names,
    split_front_matter,
)
from index.records import Metadata, Source, Transcript
from index.text.sentences import MAX_SENTENCES

__all__ = ["format_names", "is_sidecar", "pair_sidecars", "read_transcripts", "sidecar_names"]


def format_names() -> tuple[str, ...]:
    """Return the names that ``Source.source_format`` may force, in the order of detection."""
    return tuple(reader.name for reader in READERS)


def read_transcripts(
    source: Source, max_sentences: int = MAX_SENTENCES
) -> tuple[tuple[str | None, Transcript], ...]:
    """Read a source into its transcripts.

    Args:
        source: the bytes, their name, and what the caller wants to override.
        max_sentences: what a transcript may have; a text with far more parts isn't even read.

    Returns:
        One pair per transcript, in the order of the source: the document id that the source itself
        gives (null where it gives none) and the transcript. A source of one transcript takes the id
        of ``source.document_id`` first.

    Raises:
        RefusedSource: the bytes can't become a transcript; the message says what to do.
    """
    if is_sidecar(source.key):
        raise RefusedSource(
            "this is metadata and no transcript; send it together with the file it belongs to",
            code="sidecar",
        )
    sidecar = read_sidecar(source.sidecar) if source.sidecar is not None else StatedMetadata()
    original = decode(source.data)
    front, text = split_front_matter(original)
    refuse_crowded(text, BRACKETS, max_sentences)
    reader = reader_named(source.source_format) if source.source_format else detect(text)
    refuse_crowded(text, reader.parts, max_sentences)
    drafts = reader.read(text)
    alone = len(drafts) == 1
    found: list[tuple[str | None, Transcript]] = []
    for draft in drafts:
        # The file's own words about one of many transcripts win over words about all of them.
        stated = merged(sidecar, front, draft.stated) if alone else merged(draft.stated, sidecar)
        canonical = original if reader.verbatim else draft.text
        refuse_surrogates(canonical)
        document_id = (source.document_id if alone else None) or stated.document_id
        metadata = Metadata(
            title=stated.title or stated.document_id or title_of(source.key),
            date=stated.date,
            url=stated.url,
            language=stated.language,
            collection=source.collection or stated.collection,
        )
        found.append(
            (document_id, Transcript(metadata, canonical, draft.turns, reader.name, stated.aliases))
        )
    return tuple(found)
