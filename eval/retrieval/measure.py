"""Part + systems → observations → figures with intervals, and paired differences to each floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from eval.aggregate import aggregate
from eval.compare import Difference, difference
from eval.gold import place
from eval.metrics import retrieval
from eval.metrics.base import Metric, ratio
from eval.metrics.citations import sentence_hit
from eval.records import (
    AbstentionRecord,
    Aggregate,
    AnswerRecord,
    CitedQuote,
    HitRecord,
    Observation,
    TargetDocument,
)
from eval.retrieval.plan import Chosen, Part
from eval.retrieval.systems import System

# As many as the metrics look at: 20 ranks, and more than 800 words.
LIMIT = 20

METRICS: tuple[Metric, ...] = (
    Metric("hit within 300 words", "retrieval", retrieval.hit_within_words(300), ratio),
    Metric("hit within 800 words", "retrieval", retrieval.hit_within_words(800), ratio),
    Metric("words found in 300", "retrieval", retrieval.word_recall(300), ratio),
    Metric("words found in 800", "retrieval", retrieval.word_recall(800), ratio),
    Metric("MRR", "retrieval", retrieval.reciprocal_rank, ratio),
    Metric("document nDCG@10", "retrieval", retrieval.document_ndcg, ratio),
    Metric("passage hit@1", "retrieval", retrieval.evidence_hit(1), ratio),
    Metric("passage hit@5", "retrieval", retrieval.evidence_hit(5), ratio),
    Metric("sentence hit@1", "evidence", sentence_hit(1), ratio),
    Metric("sentence hit@5", "evidence", sentence_hit(5), ratio),
)

Sentences = Callable[[str, Sequence[HitRecord]], tuple[CitedQuote, ...]]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a part's questions said: values per system, differences of ours to each other system."""

    part: Part
    questions: int
    documents: int
    values: Mapping[str, tuple[Aggregate, ...]]
    differences: Mapping[str, tuple[Difference, ...]]


def observe(
    system: System,
    part: Part,
    chosen: Chosen,
    documents: Mapping[str, TargetDocument],
    sentences: Sentences,
) -> list[Observation]:
    """Ask a system every question of a part.

    A search gives no answer; the best sentence of each hit stands in the place of what an
    abstention shows, in the order of the hits, so that sentences are judged as passages are.
    """
    data = {document.id: document for document in chosen.documents}
    corpus = tuple(data) if part.scope == "corpus" else ()
    found = []
    for question in chosen.questions:
        within = (question.document_id,) if part.scope == "document" else corpus
        if len(within) == len(documents):
            within = ()
        hits = system.search(question.question, within, LIMIT)
        shown = AbstentionRecord("no_evidence", sentences(question.question, hits))
        held = documents[question.document_id]
        found.append(
            Observation(
                question_id=question.id,
                document_id=question.document_id,
                question=question.question,
                answers=question.answers,
                answerable=True,
                split=question.split,
                kind=question.kind,
                domain=question.domain,
                scope=part.scope,
                gold=place(question, data[question.document_id], held),
                answer=AnswerRecord("abstained", "", None, (), (), 0.0, shown),
                hits=hits,
                checks=(),
                windows=(),
                latency_ms={},
            )
        )
    return found


def figures(
    part: Part, chosen: Chosen, observed: Mapping[str, Sequence[Observation]], ours: str
) -> Figures:
    """Return the values of every system and how ours differs from each other one."""
    values = {
        name: tuple(aggregate(m, [m.score(each) for each in found]) for m in METRICS)
        for name, found in observed.items()
    }
    differences = {
        name: tuple(difference(m, list(zip(found, observed[ours], strict=True))) for m in METRICS)
        for name, found in observed.items()
        if name != ours
    }
    return Figures(part, len(chosen.questions), len(chosen.documents), values, differences)
