"""Builders of hits and candidates for the tests of ranking and answerability."""

from __future__ import annotations

from collections.abc import Sequence

from index.records import Hit, Metadata, Scores, Sentence
from qa.evidence.candidates import Candidate, build_candidates


def make_hit(
    *texts: str, document_id: str = "d", first: int = 0, speaker: str | None = None
) -> Hit:
    start = 100 * first
    sentences = []
    at = start
    for number, text in enumerate(texts, start=first):
        sentences.append(Sentence(number, number, speaker, at, at + len(text)))
        at += len(text) + 1
    return Hit(
        passage_id=f"{document_id}:{first}",
        document_id=document_id,
        document_version="v",
        metadata=Metadata("A title"),
        speakers=(speaker,) if speaker else (),
        text=" ".join(texts),
        char_start=start,
        char_end=at - 1,
        scores=Scores(0.5, 1.0, 0.5),
        passage_key=first,
        sentences=tuple(sentences),
    )


def make_candidates(
    question: str, hits: Sequence[Hit], dense: float = 0.3
) -> tuple[Candidate, ...]:
    return build_candidates(question, hits, [[dense] * len(hit.sentences) for hit in hits])
