"""Citations → do they stand where the gold stands, and does each stand where it says?"""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics.base import Scorer, about, abstained, needs, nothing_to_find
from eval.overlap import Located, distinct, found_groups, matches_any, unit_counts
from eval.records import Observation, Outcome, Score, Unscored


def _counts(one: Observation) -> tuple[int, int]:
    """Return right and all units of the distinct citations."""
    pairs = [unit_counts(citation, one.gold.spans) for citation in distinct(one.said.citations)]
    return sum(right for right, _ in pairs), sum(units for _, units in pairs)


@needs(nothing_to_find, abstained)
def citation_precision(one: Observation) -> Outcome:
    """Share of an answer's citations that stand where gold evidence stands.

    Attribution precision as in ALCE (Gao et al. 2023, arXiv:2305.14627), by place instead of a
    judge model: a citation is right when it shares half of the shorter of the two with a gold span.
    """
    right, units = _counts(one)
    if not units:
        return Unscored("the answer cites nothing")
    return Score((right / units, 1.0), f"{right} of {units} citations hold evidence")


@needs(nothing_to_find, abstained)
def citation_recall(one: Observation) -> Outcome:
    """Share of the gold evidence that an answer's citations hold.

    Evidence recall as in FEVER (Thorne et al. 2018, arXiv:1803.05355), counted in parts: each
    quote that supports the answer counts, occurrences of one answer count once.
    """
    found, groups = found_groups(one.said.citations, one.gold), len(one.gold.groups)
    return Score((found / groups, 1.0), f"{found} of {groups} gold spans are cited")


@needs(nothing_to_find, abstained)
def citation_f1(one: Observation) -> Outcome:
    """Harmonic mean of citation precision and recall of an answer (van Rijsbergen 1979).

    0 where nothing right is cited, an answer without citations included.
    """
    right, units = _counts(one)
    precision = right / units if units else 0.0
    recall = found_groups(one.said.citations, one.gold) / len(one.gold.groups)
    total = precision + recall
    value = 2 * precision * recall / total if total else 0.0
    return Score((value, 1.0), f"precision {precision:.2f}, recall {recall:.2f}")


def sentence_hit(depth: int) -> Scorer:
    """Return the metric "one of the first ``depth`` sentences holds evidence".

    The sentences are the citations in order, or the nearest ones that an abstention shows, so that
    the choice of sentences is judged apart from the decision to answer.
    """
    which = (
        "the first cited sentence" if depth == 1 else f"one of the first {depth} cited sentences"
    )

    @about(f"Whether {which} holds evidence, of those that an answer shows.")
    @needs(nothing_to_find)
    def score(one: Observation) -> Outcome:
        ranked = one.said.ranked
        found = matches_any_of(ranked[:depth], one)
        return Score((float(found), 1.0), f"{len(ranked)} sentences ranked")

    return score


def matches_any_of(cited: Sequence[Located], one: Observation) -> bool:
    """Return whether one of the citations holds gold evidence."""
    return any(matches_any(citation, one.gold.spans) for citation in cited)


@needs()
def validity(one: Observation) -> Outcome:
    """Share of citations and statements that are what they say they are; must be 1.0.

    A citation is valid when its quote is exactly the text at its address in the target's own
    text, inside the turn and from the speaker that it names. A statement is valid when it stands at
    its range of the answer and cites at least one citation that exists.
    """
    answer = one.said
    problems: list[str] = []
    for citation, check in zip(answer.ranked, one.checks, strict=True):
        if check.actual is None:
            problems.append(f"[{citation.number}] has no such place")
        elif check.actual != citation.quote:
            problems.append(f"[{citation.number}] quotes {citation.quote!r}, not {check.actual!r}")
        elif not check.turn_agrees:
            problems.append(f"[{citation.number}] names another turn or speaker")
    numbers = {citation.number for citation in answer.citations}
    for statement in answer.statements:
        text = answer.answer[statement.char_start : statement.char_end]
        if not statement.citations or not numbers.issuperset(statement.citations):
            problems.append(f"{statement.text!r} has no citation that exists")
        elif text != statement.text:
            problems.append(f"{statement.text!r} isn't at its place in the answer")
    total = len(answer.ranked) + len(answer.statements)
    if answer.status == "answered" and not answer.statements:
        total += 1
        problems.append("answered without a statement")
    if not total:
        return Unscored("nothing cited and nothing stated")
    return Score(((total - len(problems)), float(total)), "; ".join(problems) or "all valid")
