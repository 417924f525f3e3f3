"""Builders of evidence for tests of what is made from it."""

from __future__ import annotations

from index.records import Hit, Metadata, Scores, Sentence
from qa.records import Evidence


def make_evidence(text: str, speaker: str | None = "MAYNES") -> Evidence:
    sentence = Sentence(0, 0, speaker, 0, len(text))
    hit = Hit(
        passage_id="doc:0",
        document_id="doc",
        document_version="v",
        metadata=Metadata("Title"),
        speakers=(speaker,) if speaker else (),
        text=text,
        char_start=0,
        char_end=len(text),
        scores=Scores(None, None, 0.0),
        passage_key=1,
        sentences=(sentence,),
    )
    return Evidence(hit, sentence, text, text, 1.0)
