"""Question + in-memory corpus → the candidates that the service would rank."""

from __future__ import annotations

from collections.abc import Sequence

from eval.training.retrieval import Corpus
from index.encoders.base import Vectors
from index.records import Hit, Metadata, Scores
from qa.evidence.candidates import Candidate, build_candidates


def hit_of(corpus: Corpus, position: int, rank: int) -> Hit:
    """Return a passage of the corpus as the service would hand it over, found at this rank."""
    place = corpus.places[position]
    document = place.document
    passage = document.passages[place.passage]
    return Hit(
        passage_id=f"{document.id}.{passage.number}",
        document_id=document.id,
        document_version="v",
        metadata=Metadata(document.title),
        speakers=passage.speakers,
        text=document.text[passage.char_start : passage.char_end],
        char_start=passage.char_start,
        char_end=passage.char_end,
        scores=Scores(None, None, 1.0 / (1 + rank)),
        passage_key=position,
        sentences=document.sentences[passage.first_sentence : passage.last_sentence + 1],
    )


def candidates_for(
    question: str, vector: Vectors, corpus: Corpus, positions: Sequence[int]
) -> tuple[Candidate, ...]:
    """Return the sentences of the passages at these positions, best passage first."""
    hits = [hit_of(corpus, position, rank) for rank, position in enumerate(positions)]
    similarities = []
    for position, hit in zip(positions, hits, strict=True):
        first = corpus.places[position].first_row
        rows = corpus.sentence_vectors[first : first + len(hit.sentences)]
        similarities.append([float(value) for value in rows @ vector])
    return build_candidates(question, hits, similarities)
