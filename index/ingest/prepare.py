"""Source → what will be stored: transcript, sentences, passages."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace

from index.errors import RefusedSource
from index.formats import read_transcripts
from index.records import Sentence, Source, Transcript
from index.store import AliasRow, Prepared
from index.text import passages
from index.text.passages import CountTokens, build_passages
from index.text.sentences import MAX_SENTENCES, split_sentences, too_many

# A file of many transcripts is read as a whole: it may hold so many times what one of them may.
SENTENCES_OF_A_FILE = 5

DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")

# Hexadecimal digits of the key's hash in a derived id: they keep "a.txt" and "a.vtt" apart.
HASH_DIGITS = 8
_MAX_SLUG = 64 - 1 - HASH_DIGITS


@dataclass(frozen=True, slots=True)
class Parsed:
    """A transcript that was read, with the id and the key it will be stored under.

    ``verbatim`` ones come from an export: they are stored as they were, beside a twin as well, and
    those that weren't ``current`` don't become so. ``aliases`` are an export's, null where it is
    silent about them; a source that is read states its own in the transcript.
    """

    name: str
    source_key: str
    document_id: str
    transcript: Transcript
    version: str
    sentences: tuple[Sentence, ...]
    verbatim: bool = False
    current: bool = True
    ingested_at: str | None = None
    aliases: tuple[AliasRow, ...] | None = None
    may_replace: bool = True


def derive_id(source_key: str) -> str:
    """Return the document id that belongs to a source key: its readable part and a hash."""
    stem = source_key.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:_MAX_SLUG] or "transcript"
    digest = hashlib.sha256(source_key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{slug}-{digest[:HASH_DIGITS]}"


def parse(source: Source, max_bytes: int, max_sentences: int = MAX_SENTENCES) -> tuple[Parsed, ...]:
    """Read the transcripts in a source, which have at most ``max_sentences`` each.

    Raises:
        RefusedSource: it can't be read, is too large, or names an id that can't be one.
    """
    if len(source.data) > max_bytes:
        raise RefusedSource(
            f"the file has {len(source.data):,} bytes, over the limit of {max_bytes:,}; "
            f"split it, or raise TRANSCRIPT_QA_MAX_FILE_BYTES",
            code="too_large",
        )
    if source.document_id is not None and not DOCUMENT_ID.match(source.document_id):
        raise RefusedSource(
            f"{source.document_id!r} can't be a document id; "
            f"use 1 to 64 of the characters A-Z a-z 0-9 _ -",
            code="invalid_id",
        )
    found = read_transcripts(source, max_sentences)
    parsed: list[Parsed] = []
    together = 0
    for inner_id, transcript in found:
        if source.collection is not None:
            metadata = replace(transcript.metadata, collection=source.collection)
            transcript = replace(transcript, metadata=metadata)
        if len(transcript.turns) > max_sentences:
            raise too_many(f"the transcript has over {max_sentences:,} turns")
        sentences = split_sentences(transcript, max_sentences)
        together += len(sentences)
        if together > SENTENCES_OF_A_FILE * max_sentences:
            raise too_many(f"the file's transcripts have {together:,} sentences and more")
        if not sentences:
            raise RefusedSource(
                "no turn of it has a word; a transcript needs lines of speech after its header",
                code="empty",
            )
        key = source.key if len(found) == 1 else f"{source.key}#{inner_id or len(parsed)}"
        parsed.append(
            Parsed(
                name=key,
                source_key=key,
                document_id=inner_id or source.document_id or derive_id(key),
                transcript=transcript,
                version=transcript.version,
                sentences=sentences,
                may_replace=source.may_replace,
            )
        )
    return tuple(parsed)


def prepare(parsed: Parsed, count_tokens: CountTokens) -> Prepared:
    """Derive the passages of a transcript; vectors follow once they are stored."""
    text = parsed.transcript.text
    return Prepared(
        transcript=parsed.transcript,
        version=parsed.version,
        sentences=parsed.sentences,
        passages=build_passages(text, parsed.sentences, count_tokens),
    )


def prepare_version(parsed: Parsed) -> Prepared:
    """Return a transcript that is to be stored, not searched: it has no passages."""
    return Prepared(parsed.transcript, parsed.version, parsed.sentences, ())


def passage_settings() -> str:
    """Return what passages are made with, as one word: others call for a reindex."""
    return f"{passages.PASSAGE_TOKENS}:{passages.FULL_ENOUGH}:{passages.REMAINDER}"
