"""Source → what will be stored: transcript, sentences, passages, vectors."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.encoder import Encoder, PassageInput
from index.errors import RefusedSource
from index.formats import read_transcripts
from index.passages import build_passages, render_passage
from index.records import Passage, Sentence, Source, Transcript
from index.sentences import split_sentences
from index.store import Prepared

_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")

# Hexadecimal digits of the key's hash in a derived id: they keep "a.txt" and "a.vtt" apart.
HASH_DIGITS = 8
_MAX_SLUG = 64 - 1 - HASH_DIGITS


@dataclass(frozen=True, slots=True)
class Parsed:
    """A transcript that was read, with the id and the key it will be stored under."""

    name: str
    source_key: str
    document_id: str
    transcript: Transcript


def derive_id(source_key: str) -> str:
    """Return the document id that belongs to a source key: its readable part and a hash."""
    stem = source_key.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:_MAX_SLUG] or "transcript"
    digest = hashlib.sha256(source_key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{slug}-{digest[:HASH_DIGITS]}"


def parse(source: Source, max_bytes: int) -> tuple[Parsed, ...]:
    """Read the transcripts in a source.

    Raises:
        RefusedSource: it can't be read, is too large, or names an id that can't be one.
    """
    if len(source.data) > max_bytes:
        raise RefusedSource(
            f"the file has {len(source.data):,} bytes, over the limit of {max_bytes:,}; "
            f"split it, or raise TRANSCRIPT_QA_MAX_FILE_BYTES",
            code="too_large",
        )
    if source.document_id is not None and not _DOCUMENT_ID.match(source.document_id):
        raise RefusedSource(
            f"{source.document_id!r} can't be a document id; "
            f"use 1 to 64 of the characters A-Z a-z 0-9 _ -",
            code="invalid_id",
        )
    found = read_transcripts(source)
    parsed: list[Parsed] = []
    for inner_id, transcript in found:
        if source.collection is not None:
            metadata = replace(transcript.metadata, collection=source.collection)
            transcript = replace(transcript, metadata=metadata)
        if not split_sentences(transcript):
            raise RefusedSource(
                "nothing is said in it: no turn holds a word; "
                "a transcript needs lines of speech after its header",
                code="empty",
            )
        key = source.key if len(found) == 1 else f"{source.key}#{inner_id or len(parsed)}"
        parsed.append(
            Parsed(
                name=key,
                source_key=key,
                document_id=inner_id or source.document_id or derive_id(key),
                transcript=transcript,
            )
        )
    return tuple(parsed)


def prepare(transcripts: Sequence[Transcript], encoder: Encoder) -> list[Prepared]:
    """Derive sentences, passages and vectors; all passages are encoded in one go."""
    derived: list[tuple[tuple[Sentence, ...], tuple[Passage, ...]]] = []
    inputs: list[PassageInput] = []
    for transcript in transcripts:
        sentences = split_sentences(transcript)
        passages = build_passages(transcript.text, sentences, encoder.count_tokens)
        derived.append((sentences, passages))
        inputs += [
            render_passage(transcript.text, transcript.metadata, sentences, passage)
            for passage in passages
        ]
    vectors = iter(encoder.encode_passages(inputs))
    return [
        Prepared(
            transcript=transcript,
            sentences=sentences,
            passages=passages,
            vectors=tuple(next(vectors) for _ in passages),
            encoder=encoder.id,
        )
        for transcript, (sentences, passages) in zip(transcripts, derived, strict=True)
    ]
