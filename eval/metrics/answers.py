"""Answers → words compared with the gold, decisions to abstain, confidence, and how it ran."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from rouge_score.rouge_scorer import RougeScorer

from eval.metrics.base import answer_of
from eval.metrics.citations import matches_any_of
from eval.normalise import exact_match, long_golds, short_golds, token_f1
from eval.records import AnswerRecord, Failed, Observation, Outcome, Score, Unscored


def _answered(observation: Observation) -> AnswerRecord | Outcome:
    answer = answer_of(observation)
    if isinstance(answer, Failed):
        return answer
    if not observation.answerable:
        return Unscored("unanswerable: there is no gold answer")
    if answer.status == "abstained":
        return Unscored("abstained: scored by the abstention metrics")
    return answer


def _short(observation: Observation, compare: Callable[[str, str], float]) -> Outcome:
    answer = _answered(observation)
    if not isinstance(answer, AnswerRecord):
        return answer
    golds = short_golds(observation.answers)
    if not golds:
        return Unscored("the data gives no short answer")
    if answer.short_answer is None:
        return Score((0.0, 1.0), "no short answer given")
    value = max(compare(answer.short_answer, gold) for gold in golds)
    return Score((value, 1.0), f"{answer.short_answer!r} against {' | '.join(golds)}")


def short_exact_match(observation: Observation) -> Outcome:
    """Whether the short answer equals a gold one, best of all golds.

    SQuAD exact match (Rajpurkar et al. 2016, arXiv:1606.05250): case, punctuation and articles
    aside. No short answer in an answer is 0; an abstention is scored by the abstention metrics.
    """
    return _short(observation, exact_match)


def short_f1(observation: Observation) -> Outcome:
    """Token F1 of the short answer against the best gold one.

    SQuAD F1 (Rajpurkar et al. 2016, arXiv:1606.05250): case, punctuation and articles aside.
    """
    return _short(observation, token_f1)


@cache
def _scorer() -> RougeScorer:
    return RougeScorer(["rougeL"], use_stemmer=True)


def statement_rouge_l(observation: Observation) -> Outcome:
    """ROUGE-L F-measure of the statements, joined, against the best long gold answer.

    Lin 2004 (ACL W04-1013), by the package rouge-score with Porter stemming.
    """
    answer = _answered(observation)
    if not isinstance(answer, AnswerRecord):
        return answer
    golds = long_golds(observation.answers)
    if not golds:
        return Unscored("the data gives no long answer")
    said = " ".join(statement.text for statement in answer.statements)
    value = max(float(_scorer().score(gold, said)["rougeL"].fmeasure) for gold in golds)
    return Score((value, 1.0), f"{len(said.split())} words said")


def _decision(observation: Observation) -> tuple[bool, bool] | Failed:
    """Return (abstained, should have)."""
    answer = answer_of(observation)
    if isinstance(answer, Failed):
        return answer
    return answer.status == "abstained", not observation.answerable


def abstention_precision(observation: Observation) -> Outcome:
    """Of the questions abstained from, the share that the transcripts don't answer."""
    decision = _decision(observation)
    if isinstance(decision, Failed):
        return decision
    abstained, should = decision
    if not abstained:
        return Unscored("answered")
    return Score((float(should), 1.0), "rightly abstained" if should else "wrongly abstained")


def abstention_recall(observation: Observation) -> Outcome:
    """Of the questions that the transcripts don't answer, the share abstained from."""
    decision = _decision(observation)
    if isinstance(decision, Failed):
        return decision
    abstained, should = decision
    if not should:
        return Unscored("answerable")
    return Score((float(abstained), 1.0), "abstained" if abstained else "answered anyway")


def abstention_f1(observation: Observation) -> Outcome:
    """Harmonic mean of abstention precision and recall: 2 TP / (2 TP + FP + FN).

    Van Rijsbergen 1979; abstaining is the positive class.
    """
    decision = _decision(observation)
    if isinstance(decision, Failed):
        return decision
    abstained, should = decision
    if not abstained and not should:
        return Unscored("answerable and answered: not in the F1 of abstaining")
    both = abstained and should
    return Score((2.0 if both else 0.0, 2.0 if both else 1.0), "right" if both else "wrong")


def confidence(observation: Observation) -> Outcome:
    """Confidence against whether the best sentence holds evidence.

    An unanswerable question has no right sentence, so its label is wrong. Abstentions count too,
    by the nearest sentence they show: confidence is judged apart from the threshold on it.
    """
    answer = answer_of(observation)
    if isinstance(answer, Failed):
        return answer
    if observation.answerable and observation.gold.unmapped:
        return Unscored("gold evidence could not be placed in the target's text")
    if observation.answerable and not observation.gold.groups:
        return Unscored("the data gives no evidence")
    right = observation.answerable and matches_any_of(answer.ranked[:1], observation)
    return Score((answer.confidence, float(right)), "right" if right else "wrong")


def generated_share(observation: Observation) -> Outcome:
    """Of the questions answered, the share with at least one generated statement."""
    answer = answer_of(observation)
    if isinstance(answer, Failed):
        return answer
    if answer.status == "abstained":
        return Unscored("abstained")
    origins = sorted({statement.origin for statement in answer.statements})
    return Score((float("generated" in origins), 1.0), ", ".join(origins) or "no statement")


def degraded_share(observation: Observation) -> Outcome:
    """Share of answers that a missing or slow part made poorer than they should be."""
    answer = answer_of(observation)
    if isinstance(answer, Failed):
        return answer
    return Score((float(bool(answer.degraded)), 1.0), ", ".join(answer.degraded) or "in full")


def latency(call: str) -> Callable[[Observation], Outcome]:
    """Return the metric "milliseconds that a call took, as its caller waited"."""

    def score(observation: Observation) -> Outcome:
        answer = answer_of(observation)
        if isinstance(answer, Failed):
            return answer
        if call not in observation.latency_ms:
            return Unscored(f"{call} wasn't called")
        value = observation.latency_ms[call]
        return Score((value,), f"{value:.1f} ms")

    score.__doc__ = f"""Milliseconds that ``{call}`` took, as its caller waited (nearest rank)."""
    return score
