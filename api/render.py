"""Records → the JSON objects of the interface, shared by HTTP and the command line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from index.aliases import AliasMap, Suggestion, as_mapping, name_of
from index.ingest.jobs import Job
from index.records import (
    Accepted,
    CheckResult,
    DocumentInfo,
    Hit,
    Refused,
    SpeakerCount,
    Turn,
)

JsonObject = dict[str, Any]


def hits_json(hits: Iterable[Hit]) -> JsonObject:
    """Return the JSON of ``POST /v1/search``."""
    return {"hits": [hit_json(hit) for hit in hits]}


def hit_json(hit: Hit) -> JsonObject:
    """Return one passage."""
    return {
        "passage_id": hit.passage_id,
        "document_id": hit.document_id,
        "document_version": hit.document_version,
        "title": hit.metadata.title,
        "date": hit.metadata.date,
        "speakers": list(hit.speakers),
        "text": hit.text,
        "char_start": hit.char_start,
        "char_end": hit.char_end,
        "scores": {
            "dense": hit.scores.dense,
            "lexical": hit.scores.lexical,
            "fused": hit.scores.fused,
        },
    }


def document_json(info: DocumentInfo) -> JsonObject:
    """Return one document."""
    return {
        "document_id": info.document_id,
        "document_version": info.document_version,
        "title": info.metadata.title,
        "date": info.metadata.date,
        "url": info.metadata.url,
        "language": info.metadata.language,
        "collection": info.metadata.collection,
        "source_key": info.source_key,
        "source_format": info.source_format,
        "characters": info.characters,
        "turns": info.turns,
        "speakers": list(info.speakers),
        "aliases": as_mapping(info.aliases),
        "ingested_at": info.ingested_at,
    }


def accepted_json(accepted: Accepted) -> JsonObject:
    """Return what an upload became."""
    return {
        "document_id": accepted.document_id,
        "document_version": accepted.document_version,
        "status": accepted.status,
    }


def job_json(job: Job) -> JsonObject:
    """Return how far a job is."""
    return {
        "job_id": job.job_id,
        "state": job.state,
        "sources": job.sources,
        "sources_done": job.sources_done,
        "passages": job.passages,
        "passages_done": job.passages_done,
        "documents": [accepted_json(accepted) for accepted in job.accepted],
        "refused": [refused_json(refused) for refused in job.refused],
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "error": job.error,
    }


def refused_json(refused: Refused) -> JsonObject:
    """Return why a source was not taken."""
    return {
        "name": refused.name,
        "code": refused.code,
        "detail": refused_detail(refused),
        "document_id": refused.document_id,
    }


def refused_detail(refused: Refused) -> str:
    """Return the reason, with the line where that is known and not yet said."""
    if refused.line is None or f"line {refused.line}" in refused.detail.lower():
        return refused.detail
    return f"line {refused.line}: {refused.detail}"


def turns_json(
    document_id: str, version: str, turns: Iterable[Turn], aliases: AliasMap = ()
) -> JsonObject:
    """Return the turns of a version."""
    return {
        "document_id": document_id,
        "document_version": version,
        "turns": [
            {
                "number": turn.number,
                "speaker": turn.speaker,
                "speaker_name": name_of(turn.speaker, aliases),
                "char_start": turn.char_start,
                "char_end": turn.char_end,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
            }
            for turn in turns
        ],
    }


def speakers_json(speakers: Iterable[SpeakerCount]) -> JsonObject:
    """Return the speakers' labels with their aliases."""
    return {
        "speakers": [
            {
                "speaker": count.speaker,
                "names": list(count.names),
                "turns": count.turns,
                "documents": count.documents,
            }
            for count in speakers
        ]
    }


def aliases_json(
    document_id: str, aliases: AliasMap, suggestions: Iterable[Suggestion] = ()
) -> JsonObject:
    """Return a document's names for its labels, and those that its words suggest."""
    return {
        "document_id": document_id,
        "aliases": as_mapping(aliases),
        "suggestions": [
            {
                "label": suggestion.label,
                "name": suggestion.name,
                "turn": suggestion.turn,
                "char_start": suggestion.char_start,
                "char_end": suggestion.char_end,
            }
            for suggestion in suggestions
        ],
    }


def check_json(check: CheckResult) -> JsonObject:
    """Return one check in full, for whoever runs the service."""
    return {
        "name": check.name,
        "ok": check.ok,
        "detail": check.detail,
        "remedy": check.remedy,
        "values": dict(check.values),
    }


def public_check_json(check: CheckResult) -> JsonObject:
    """Return one check for whoever can reach the service: no message, which may name a path."""
    return {
        "name": check.name,
        "ok": check.ok,
        "detail": "fine" if check.ok else "not fine; `transcript-qa doctor` tells why",
        "remedy": None,
        "values": {name: value for name, value in check.values if value.isdecimal()},
    }
