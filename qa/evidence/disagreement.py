"""Evidence → pairs of sentences that say different things of the same, by speaker or by date.

Two signs are read, both deterministic: different numbers of the same thing ("nine weeks", "fourteen
weeks"), and one sentence that denies what another of nearly the same words asserts. A false alarm
puts a sentence into the answer that has no place there, so little counts as "the same". What
differs in other words isn't found here; the model is asked to look for that too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from qa.language.lexicon import NEGATIONS
from qa.language.placed_numbers import numbers
from qa.language.tokens import Token, tokens
from qa.question.features import content_stems
from qa.records import Evidence

Pair = tuple[Evidence, Evidence]

MOST = 3
"""Pairs that are looked after: more would crowd out the answer."""

READ = 30
"""Sentences that are compared, best first: what comes later is seldom about the same."""

SHARED = 3
"""Content words that two sentences about the same have in common at least."""

OWN = 2
"""Content words that they share and most of the other sentences haven't, at least."""

COUNT_LIKE = 0.5
"""Share of the shorter one's content words in the other, from which numbers are compared."""

OFTEN = 0.4
LEAST_OFTEN = 6
"""What stands in more than this share of the sentences is the topic of all, and this many at least:
two sentences that share nothing else needn't be about the same."""

LIKE = 0.75
"""Share of the shorter one's content words in the other: speech repeats single words all day."""

REACH = 3
"""Words behind a negation among which is what it denies."""

NOT_DENIED = frozenset(("only", "just", "necessarily", "really", "need"))
"""Behind these what follows isn't denied but weighed."""

UNKNOWN = frozenset(("know", "rememb", "sure", "understand", "mean"))
"""Who denies one of these says nothing of the thing."""

LIKE_LONG = 0.5
"""Share of the longer one's content words in the other: what is said beside it may be the point."""


def disagreements(question: str, evidence: Sequence[Evidence]) -> tuple[Pair, ...]:
    """Return pairs that disagree on what a question asks, the best first."""
    wanted = set(content_stems(question))
    read = [(item, tokens(item.text)) for item in evidence[:READ] if "?" not in item.text]
    said = Counter(stem for _, words in read for stem in {t.stem for t in words if t.content})
    often = {stem for stem, count in said.items() if count > max(LEAST_OFTEN, OFTEN * len(read))}
    found = [
        (one, other)
        for (one, mine), (other, theirs) in combinations(read, 2)
        if _apart(one, other) and _differ(mine, theirs, wanted, often)
    ]
    return tuple(found[:MOST])


def _apart(one: Evidence, other: Evidence) -> bool:
    """Return whether two sentences are of different speakers, or of different dates."""
    speakers = {one.sentence.speaker, other.sentence.speaker}
    dates = {one.hit.metadata.date, other.hit.metadata.date}
    return any(len(known) == 2 and None not in known for known in (speakers, dates))


def _differ(
    mine: Sequence[Token], theirs: Sequence[Token], wanted: set[str], often: set[str]
) -> bool:
    words = [{t.stem for t in said if t.content} for said in (mine, theirs)]
    shared = words[0] & words[1]
    if not shared & wanted or len(shared - often) < OWN:
        return False
    short, long = sorted(map(len, words))
    counted, otherwise = _counted(mine), _counted(theirs)
    if len(shared) >= COUNT_LIKE * short:
        for thing in counted.keys() & otherwise.keys() & wanted:
            if counted[thing].isdisjoint(otherwise[thing]):
                return True
    if len(shared) < SHARED or len(shared) < LIKE * short or len(shared) < LIKE_LONG * long:
        return False
    denied, denied_there = _denied(mine), _denied(theirs)
    return bool(denied) != bool(denied_there) and bool((denied | denied_there) & shared)


def _counted(words: Sequence[Token]) -> dict[str, set[object]]:
    """Return what the numbers right before a word may mean, by its stem."""
    found: dict[str, set[object]] = {}
    for number in numbers(words):
        after = next((t for t in words[number.last + 1 : number.last + 2] if t.content), None)
        if after is not None:
            meant = ((reading.low, reading.high) for reading in number.readings)
            found.setdefault(after.stem, set()).update(meant)
    return found


def _denied(words: Sequence[Token]) -> set[str]:
    """Return the stem of the content word behind each negation: what is denied, most often.

    "No" at the start answers somebody, and "not only" denies nothing.
    """
    found = set()
    for place, token in enumerate(words):
        behind = words[place + 1 : place + 1 + REACH]
        if token.word not in NEGATIONS or (place == 0 and token.word == "no"):
            continue
        if behind and behind[0].word not in NOT_DENIED:
            found |= {next((t.stem for t in behind if t.content), "")}
    return found - {""} - UNKNOWN
