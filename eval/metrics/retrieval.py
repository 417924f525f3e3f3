"""Hits → was the evidence found, how early, and within how many words?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ir_measures
from ir_measures import Qrel, ScoredDoc

from eval.metrics.base import gold_problem
from eval.overlap import covered_words, matches_any, read_within, words_of
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


def document_ndcg(observation: Observation) -> Outcome:
    """Normalised discounted cumulative gain of the documents in the order of their best hit, at 10.

    Järvelin and Kekäläinen 2002 (ACM TOIS 20(4)), through ir-measures; the document that the
    question was written about is the relevant one. Further hits in a document don't count again.
    """
    if (problem := gold_problem(observation)) is not None:
        return problem
    if observation.scope == "document":
        return Unscored("asked within one document: there is no choice of documents")
    ranking = list(dict.fromkeys(hit.document_id for hit in observation.hits))
    value = _measure(ir_measures.nDCG @ NDCG_DEPTH, {observation.document_id}, ranking)
    return Score((value, 1.0), f"documents in order: {', '.join(ranking[:NDCG_DEPTH])}")


def reciprocal_rank(observation: Observation) -> Outcome:
    """One over the rank of the first hit that holds evidence, 0 if none of the first 20 does.

    Mean reciprocal rank (Voorhees 1999, TREC-8 question answering track), through ir-measures.
    """
    if (problem := gold_problem(observation)) is not None:
        return problem
    gold = observation.gold.spans
    hits = observation.hits[:RR_DEPTH]
    ranking = [str(rank) for rank in range(len(hits))]
    relevant = {str(rank) for rank, hit in enumerate(hits) if matches_any(hit, gold)}
    if not relevant:
        return Score((0.0, 1.0), f"none of {len(hits)} hits holds evidence")
    value = _measure(ir_measures.RR @ RR_DEPTH, relevant, ranking)
    return Score((value, 1.0), f"the first hit with evidence is number {round(1 / value)}")


def first_evidence_rank(observation: Observation) -> int | None:
    """Return the 1-based rank of the first hit that holds evidence, or null."""
    gold = observation.gold.spans
    for rank, hit in enumerate(observation.hits, start=1):
        if matches_any(hit, gold):
            return rank
    return None


def evidence_hit(depth: int) -> Callable[[Observation], Outcome]:
    """Return the metric "one of the first ``depth`` hits holds evidence"."""

    def score(observation: Observation) -> Outcome:
        if (problem := gold_problem(observation)) is not None:
            return problem
        rank = first_evidence_rank(observation)
        found = rank is not None and rank <= depth
        return Score((float(found), 1.0), f"first evidence at rank {rank or 'none'}")

    score.__doc__ = (
        f"""Whether one of the first {depth} passages holds evidence (success at {depth})."""
    )
    return score


def hit_within_words(budget: int) -> Callable[[Observation], Outcome]:
    """Return the metric "a reader who stops after ``budget`` words has met evidence"."""

    def score(observation: Observation) -> Outcome:
        if (problem := gold_problem(observation)) is not None:
            return problem
        read = read_within(observation.hits, budget)
        found = any(matches_any(span, observation.gold.spans) for span in read)
        return Score((float(found), 1.0), f"{len(read)} hits read within {budget} words")

    score.__doc__ = f"""Whether the first {budget} words of the hits, in order, hold evidence.

    A budget in words compares systems whose passages differ in size.
    """
    return score


def _gold_words(observation: Observation, read: Sequence[Span]) -> tuple[int, int]:
    """Return how many words of the gold were read, and how many it has.

    Of a group's alternatives the best covered one counts, so that no answer is asked for twice.
    """
    wanted: dict[tuple[str, str, int], int] = {}
    for group in observation.gold.groups:
        words = [words_of(span) for span in group]
        shares = [len(covered_words(each, read)) / max(1, len(each)) for each in words]
        wanted.update(words[shares.index(max(shares))])
    return len(covered_words(wanted, read)), len(wanted)


def word_recall(budget: int) -> Callable[[Observation], Outcome]:
    """Return the metric "share of the evidence's words among the first ``budget`` words"."""

    def score(observation: Observation) -> Outcome:
        if (problem := gold_problem(observation)) is not None:
            return problem
        covered, total = _gold_words(observation, read_within(observation.hits, budget))
        if not total:
            return Unscored("the evidence has no words")
        return Score((covered / total, 1.0), f"{covered} of {total} words within {budget}")

    score.__doc__ = (
        f"""Share of the gold quotes' words that the first {budget} words of the hits hold."""
    )
    return score


def span_word_recall(budget: int) -> Callable[[Observation], Outcome]:
    """Return the metric "share of the words of all gold turns among the first ``budget``"."""

    def score(observation: Observation) -> Outcome:
        if (problem := gold_problem(observation)) is not None:
            return problem
        if not observation.gold.accepted:
            return Unscored("the data marks no whole turns besides its quotes")
        wanted: dict[tuple[str, str, int], int] = {}
        for span in observation.gold.accepted:
            wanted.update(words_of(span))
        if not wanted:
            return Unscored("the evidence has no words")
        covered = len(covered_words(wanted, read_within(observation.hits, budget)))
        text = f"{covered} of {len(wanted)} words within {budget}"
        return Score((covered / len(wanted), 1.0), text)

    score.__doc__ = f"""Share of the words of the marked turns that the first {budget} words hold.

    For sets that mark whole turns (coarse evidence) beside quotes; a mark longer than the budget
    can't be read in full, so 1.0 may be out of reach.
    """
    return score
