"""Citations → do they stand where the gold stands, and does each stand where it says?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from eval.metrics.base import answer_of, gold_problem
from eval.overlap import Located, distinct, found_groups, matches_any, unit_counts
from eval.records import Failed, Observation, Outcome, Score, Unscored


def _answered(observation: Observation) -> Outcome | None:
    """Return why there are no citations to score, if so: abstaining has metrics of its own."""
    if (problem := gold_problem(observation)) is not None:
        return problem
    if observation.answer is None or observation.answer.status == "abstained":
        return Unscored("abstained: scored by the abstention metrics")
    return None


def _counts(observation: Observation) -> tuple[int, int]:
    """Return right and all units of the distinct citations."""
    cited = distinct(observation.answer.citations if observation.answer else ())
    pairs = [unit_counts(citation, observation.gold.spans) for citation in cited]
    return sum(right for right, _ in pairs), sum(units for _, units in pairs)


def _recall(observation: Observation) -> tuple[int, int]:
    """Return found and all groups of gold sentences."""
    cited = observation.answer.citations if observation.answer else ()
    return found_groups(cited, observation.gold), len(observation.gold.groups)


def citation_precision(observation: Observation) -> Outcome:
    """Share of an answer's citations that stand where gold evidence stands.

    Attribution precision as in ALCE (Gao et al. 2023, arXiv:2305.14627), by place instead of a
    judge model: a citation is right when it shares half of the shorter of the two with a gold span.
    """
    if (problem := _answered(observation)) is not None:
        return problem
    right, units = _counts(observation)
    if not units:
        return Unscored("the answer cites nothing")
    return Score((right / units, 1.0), f"{right} of {units} citations hold evidence")


def citation_recall(observation: Observation) -> Outcome:
    """Share of the gold evidence that an answer's citations hold.

    Evidence recall as in FEVER (Thorne et al. 2018, arXiv:1803.05355), counted in parts: each
    quote that supports the answer counts, occurrences of one answer count once.
    """
    if (problem := _answered(observation)) is not None:
        return problem
    found, groups = _recall(observation)
    return Score((found / groups, 1.0), f"{found} of {groups} gold spans are cited")


def citation_f1(observation: Observation) -> Outcome:
    """Harmonic mean of citation precision and recall of an answer (van Rijsbergen 1979).

    0 where nothing right is cited, an answer without citations included.
    """
    if (problem := _answered(observation)) is not None:
        return problem
    right, units = _counts(observation)
    found, groups = _recall(observation)
    precision = right / units if units else 0.0
    recall = found / groups
    total = precision + recall
    value = 2 * precision * recall / total if total else 0.0
    return Score((value, 1.0), f"precision {precision:.2f}, recall {recall:.2f}")


def sentence_hit(depth: int) -> Callable[[Observation], Outcome]:
    """Return the metric "one of the first ``depth`` sentences holds evidence"."""

    def score(observation: Observation) -> Outcome:
        if (problem := gold_problem(observation)) is not None:
            return problem
        ranked = observation.answer.ranked if observation.answer else ()
        first = ranked[:depth]
        found = matches_any_of(first, observation)
        return Score((float(found), 1.0), f"{len(ranked)} sentences ranked")

    first = (
        "the first cited sentence" if depth == 1 else f"one of the first {depth} cited sentences"
    )
    score.__doc__ = f"""Whether {first} holds evidence, of those that an answer shows.

    The sentences are the citations in order, or the nearest ones that an abstention shows, so that
    the choice of sentences is judged apart from the decision to answer.
    """
    return score


def matches_any_of(cited: Sequence[Located], observation: Observation) -> bool:
    """Return whether one of the citations holds gold evidence."""
    gold = observation.gold.spans
    return any(matches_any(citation, gold) for citation in cited)


def validity(observation: Observation) -> Outcome:
    """Share of citations and statements that are what they say they are; must be 1.0.

    A citation is valid when its quote is exactly the text at its address in the target's own
    text, inside the turn and from the speaker that it names. A statement is valid when it stands at
    its range of the answer and cites at least one citation that exists.
    """
    answer = answer_of(observation)
    if isinstance(answer, Failed):
        return answer
    problems: list[str] = []
    for citation, check in zip(answer.ranked, observation.checks, strict=True):
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
