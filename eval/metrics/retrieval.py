"""Hits → was the evidence found, how early, and within how many words?"""

from __future__ import annotations

from collections.abc import Sequence

import ir_measures
from ir_measures import Qrel, ScoredDoc

from eval.metrics.base import Scorer, about, needs, nothing_to_find
from eval.overlap import WordKey, covered_words, matches_any, read_within, words_of
from eval.records import Observation, Outcome, Score, Span, Unscored

NDCG_DEPTH = 10
RR_DEPTH = 20
"""How deep hits are looked at: a run asks for this many."""


def _measure(measure: ir_measures.Measure, relevant: set[str], ranking: Sequence[str]) -> float:
    """Return one query's measure for a ranking of distinct ids, best first."""
    if not ranking:
        return 0.0
    qrels = [Qrel("q", name, 1) for name in sorted(relevant)]
    # Scores fall with the rank, so no tie is left to the library.
    run = [ScoredDoc("q", name, float(-rank)) for rank, name in enumerate(ranking)]
    return float(ir_measures.calc_aggregate([measure], qrels, run)[measure])


@needs(nothing_to_find)
def document_ndcg(one: Observation) -> Outcome:
    """Normalised discounted cumulative gain of the documents in the order of their best hit, at 10.

    Järvelin and Kekäläinen 2002 (ACM TOIS 20(4)), through ir-measures; the document that the
    question was written about is the relevant one. Further hits in a document don't count again.
    """
    if one.scope == "document":
        return Unscored("asked within one document: there is no choice of documents")
    ranking = list(dict.fromkeys(hit.document_id for hit in one.hits))
    value = _measure(ir_measures.nDCG @ NDCG_DEPTH, {one.document_id}, ranking)
    return Score((value, 1.0), f"documents in order: {', '.join(ranking[:NDCG_DEPTH])}")


@needs(nothing_to_find)
def reciprocal_rank(one: Observation) -> Outcome:
    """One over the rank of the first hit that holds evidence, 0 if none of the first 20 does.

    Mean reciprocal rank (Voorhees 1999, TREC-8 question answering track).
    """
    rank = first_evidence_rank(one, RR_DEPTH)
    if rank is None:
        return Score((0.0, 1.0), f"none of {len(one.hits[:RR_DEPTH])} hits holds evidence")
    return Score((1 / rank, 1.0), f"the first hit with evidence is number {rank}")


def first_evidence_rank(one: Observation, depth: int | None = None) -> int | None:
    """Return the 1-based rank of the first hit that holds evidence, or null."""
    ranks = enumerate(one.hits[:depth], start=1)
    return next((rank for rank, hit in ranks if matches_any(hit, one.gold.spans)), None)


def evidence_hit(depth: int) -> Scorer:
    """Return the metric "one of the first ``depth`` hits holds evidence"."""

    @about(f"Whether one of the first {depth} passages holds evidence (success at {depth}).")
    @needs(nothing_to_find)
    def score(one: Observation) -> Outcome:
        rank = first_evidence_rank(one)
        found = rank is not None and rank <= depth
        return Score((float(found), 1.0), f"first evidence at rank {rank or 'none'}")

    return score


def hit_within_words(budget: int) -> Scorer:
    """Return the metric "a reader who stops after ``budget`` words has met evidence".

    A budget in words compares systems whose passages differ in size.
    """

    @about(f"Whether the first {budget} words of the hits, in order, hold evidence.")
    @needs(nothing_to_find)
    def score(one: Observation) -> Outcome:
        read = read_within(one.hits, budget)
        found = any(matches_any(span, one.gold.spans) for span in read)
        return Score((float(found), 1.0), f"{len(read)} hits read within {budget} words")

    return score


def _covered(wanted: dict[WordKey, int], one: Observation, budget: int) -> Outcome:
    """Return which share of the words a reader has met after ``budget`` words."""
    if not wanted:
        return Unscored("the evidence has no words")
    covered = len(covered_words(wanted, read_within(one.hits, budget)))
    return Score((covered / len(wanted), 1.0), f"{covered} of {len(wanted)} words within {budget}")


def _best_words(group: Sequence[Span], read: Sequence[Span]) -> dict[WordKey, int]:
    """Return the words of the best covered alternative, so that no answer is asked for twice."""
    words = [words_of(span) for span in group]
    return max(words, key=lambda each: len(covered_words(each, read)) / max(1, len(each)))


def word_recall(budget: int) -> Scorer:
    """Return the metric "share of the evidence's words among the first ``budget`` words"."""

    @about(f"Share of the gold quotes' words that the first {budget} words of the hits hold.")
    @needs(nothing_to_find)
    def score(one: Observation) -> Outcome:
        read = read_within(one.hits, budget)
        wanted: dict[WordKey, int] = {}
        for group in one.gold.groups:
            wanted.update(_best_words(group, read))
        return _covered(wanted, one, budget)

    return score


def span_word_recall(budget: int) -> Scorer:
    """Return the metric "share of the words of all gold turns among the first ``budget``".

    For sets that mark whole turns (coarse evidence) beside quotes; a mark longer than the budget
    can't be read in full, so 1.0 may be out of reach.
    """

    @about(f"Share of the words of the marked turns that the first {budget} words hold.")
    @needs(nothing_to_find)
    def score(one: Observation) -> Outcome:
        if not one.gold.accepted:
            return Unscored("the data marks no whole turns besides its quotes")
        wanted: dict[WordKey, int] = {}
        for span in one.gold.accepted:
            wanted.update(words_of(span))
        return _covered(wanted, one, budget)

    return score
