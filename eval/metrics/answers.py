"""Answers → words compared with the gold, decisions to abstain, confidence, and how it ran."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from rouge_score.rouge_scorer import RougeScorer

from eval.metrics.base import Scorer, about, abstained, evidence_unknown, needs, unanswerable
from eval.metrics.citations import matches_any_of
from eval.normalise import exact_match, long_golds, short_golds, token_f1
from eval.records import Observation, Outcome, Score, Unscored


def _short(one: Observation, compare: Callable[[str, str], float]) -> Outcome:
    golds = short_golds(one.answers)
    if not golds:
        return Unscored("the data gives no short answer")
    if one.said.short_answer is None:
        return Score((0.0, 1.0), "no short answer given")
    value = max(compare(one.said.short_answer, gold) for gold in golds)
    return Score((value, 1.0), f"{one.said.short_answer!r} against {' | '.join(golds)}")


@needs(unanswerable, abstained)
def short_exact_match(one: Observation) -> Outcome:
    """Whether the short answer equals a gold one, best of all golds.

    SQuAD exact match (Rajpurkar et al. 2016, arXiv:1606.05250): case, punctuation and articles
    aside. No short answer in an answer is 0; an abstention is scored by the abstention metrics.
    """
    return _short(one, exact_match)


@needs(unanswerable, abstained)
def short_f1(one: Observation) -> Outcome:
    """Token F1 of the short answer against the best gold one.

    SQuAD F1 (Rajpurkar et al. 2016, arXiv:1606.05250): case, punctuation and articles aside.
    """
    return _short(one, token_f1)


@cache
def _scorer() -> RougeScorer:
    return RougeScorer(["rougeL"], use_stemmer=True)


@needs(unanswerable, abstained)
def statement_rouge_l(one: Observation) -> Outcome:
    """ROUGE-L F-measure of the statements, joined, against the best long gold answer.

    Lin 2004 (ACL W04-1013), by the package rouge-score with Porter stemming.
    """
    golds = long_golds(one.answers)
    if not golds:
        return Unscored("the data gives no long answer")
    said = " ".join(statement.text for statement in one.said.statements)
    value = max(float(_scorer().score(gold, said)["rougeL"].fmeasure) for gold in golds)
    return Score((value, 1.0), f"{len(said.split())} words said")


@needs()
def abstention_precision(one: Observation) -> Outcome:
    """Of the questions abstained from, the share that the transcripts don't answer."""
    if one.said.status != "abstained":
        return Unscored("answered")
    words = "wrongly abstained" if one.answerable else "rightly abstained"
    return Score((float(not one.answerable), 1.0), words)


@needs()
def abstention_recall(one: Observation) -> Outcome:
    """Of the questions that the transcripts don't answer, the share abstained from."""
    if one.answerable:
        return Unscored("answerable")
    did = one.said.status == "abstained"
    return Score((float(did), 1.0), "abstained" if did else "answered anyway")


@needs()
def abstention_f1(one: Observation) -> Outcome:
    """Harmonic mean of abstention precision and recall: 2 TP / (2 TP + FP + FN).

    Van Rijsbergen 1979; abstaining is the positive class.
    """
    did, should = one.said.status == "abstained", not one.answerable
    if not did and not should:
        return Unscored("answerable and answered: not in the F1 of abstaining")
    both = did and should
    return Score((2.0, 2.0) if both else (0.0, 1.0), "right" if both else "wrong")


@needs(lambda one: evidence_unknown(one) if one.answerable else None)
def confidence(one: Observation) -> Outcome:
    """Confidence against whether the best sentence holds evidence.

    An unanswerable question has no right sentence, so its label is wrong. Abstentions count too,
    by the nearest sentence they show: confidence is judged apart from the threshold on it.
    """
    right = one.answerable and matches_any_of(one.said.ranked[:1], one)
    return Score((one.said.confidence, float(right)), "right" if right else "wrong")


@needs()
def generated_share(one: Observation) -> Outcome:
    """Of the questions answered, the share with at least one generated statement."""
    if one.said.status == "abstained":
        return Unscored("abstained")
    origins = sorted({statement.origin for statement in one.said.statements})
    return Score((float("generated" in origins), 1.0), ", ".join(origins) or "no statement")


@needs()
def degraded_share(one: Observation) -> Outcome:
    """Share of answers that a missing or slow part made poorer than they should be."""
    lacks = one.said.degraded
    return Score((float(bool(lacks)), 1.0), ", ".join(lacks) or "in full")


def latency(call: str) -> Scorer:
    """Return the metric "milliseconds that a call took, as its caller waited"."""

    @about(f"Milliseconds that ``{call}`` took, as its caller waited (nearest rank).")
    @needs()
    def score(one: Observation) -> Outcome:
        if call not in one.latency_ms:
            return Unscored(f"{call} wasn't called")
        return Score((one.latency_ms[call],), f"{one.latency_ms[call]:.1f} ms")

    return score
