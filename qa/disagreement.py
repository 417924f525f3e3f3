"""Evidence → pairs of sentences that say different things of the same, by speaker or by date.

Two signs are read, both deterministic: different numbers of the same thing ("nine weeks", "fourteen
weeks"), and one sentence that denies what another of much the same words asserts. What differs
in other words isn't found here; the model is asked to look for that too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from qa.question_features import content_stems
from qa.records import Evidence
from qa.verify.lexicon import NEGATIONS
from qa.verify.numbers import numbers
from qa.verify.tokens import Token, tokens

Pair = tuple[Evidence, Evidence]

MOST = 3
"""Pairs that are looked after: more would crowd out the answer."""

READ = 30
"""Sentences that are compared, best first: what comes later is seldom about the same."""

SHARED = 2
"""Content words that two sentences about the same have in common at least."""

LIKE = 0.5
"""Share of the shorter one's content words in the other, from which polarity is compared."""


def disagreements(question: str, evidence: Sequence[Evidence]) -> tuple[Pair, ...]:
    """Return pairs that disagree on what a question asks, the best first."""
    wanted = set(content_stems(question))
    read = [(item, tokens(item.text)) for item in evidence[:READ]]
    found = [
        (one, other)
        for (one, mine), (other, theirs) in combinations(read, 2)
        if _apart(one, other) and _differ(mine, theirs, wanted)
    ]
    return tuple(found[:MOST])


def _apart(one: Evidence, other: Evidence) -> bool:
    """Tell whether two sentences are of different speakers, or of different dates."""
    speakers = {one.sentence.speaker, other.sentence.speaker}
    dates = {one.hit.metadata.date, other.hit.metadata.date}
    return any(len(known) == 2 and None not in known for known in (speakers, dates))


def _differ(mine: Sequence[Token], theirs: Sequence[Token], wanted: set[str]) -> bool:
    if any(words and words[-1].text.endswith("?") for words in (mine, theirs)):
        return False
    counted, otherwise = _counted(mine), _counted(theirs)
    for thing in counted.keys() & otherwise.keys() & wanted:
        if counted[thing].isdisjoint(otherwise[thing]):
            return True
    words = [{t.stem for t in said if t.content} for said in (mine, theirs)]
    shared = words[0] & words[1]
    alike = len(shared) >= SHARED and len(shared) >= LIKE * min(map(len, words))
    return alike and bool(shared & wanted) and _denies(mine) != _denies(theirs)


def _counted(words: Sequence[Token]) -> dict[str, set[object]]:
    """Return the values of the numbers that stand right before a word, by its stem."""
    found: dict[str, set[object]] = {}
    for number in numbers(words):
        after = next((t for t in words[number.last + 1 : number.last + 2] if t.content), None)
        if after is not None:
            found.setdefault(after.stem, set()).add(number.value)
    return found


def _denies(words: Sequence[Token]) -> bool:
    return any(token.word in NEGATIONS for token in words)
