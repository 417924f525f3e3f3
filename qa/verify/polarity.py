"""Statement and evidence as words → whether one denies what the other asserts."""

from __future__ import annotations

from collections.abc import Sequence

from qa.language.lexicon import FUNCTION_WORDS, NEGATIONS, NEGATIVE_VERBS, OPPOSITES
from qa.language.tokens import Token, stem
from qa.verify.alignment import gaps

SCOPE = 3
"""Words after a negation that it is taken to turn around, auxiliaries and articles not counted."""

NEAR = 8
"""Words between a negation and what it turns around in loose speech."""

_TRANSPARENT = frozenset(
    (
        *("a", "an", "the", "to", "be", "been", "being", "have", "has", "had", "do", "does", "did"),
        *("is", "are", "was", "were", "that", "of", "really", "any", "very", "so", "yet", "even"),
        *("will", "would", "can", "could", "should", "may", "might", "must"),
        *("i", "you", "he", "she", "it", "we", "they", "there"),
        *("think", "thinks", "thought", "believe", "believes", "believed", "expect", "expected"),
    )
)
_OPPOSITE: dict[str, set[str]] = {}
for _pair in OPPOSITES:
    _one, _other = _pair.split()
    _OPPOSITE.setdefault(stem(_one), set()).add(stem(_other))
    _OPPOSITE.setdefault(stem(_other), set()).add(stem(_one))
_AUXILIARY = frozenset(("do", "does", "did"))


def contradicts(
    statement: Sequence[Token], evidence: Sequence[Token], *, verbatim: bool
) -> tuple[str, ...]:
    """Return the reasons why the statement's polarity doesn't agree with its evidence's.

    Which word a negation belongs to can be compared only where the statement is ``verbatim``,
    mostly the evidence's own words in their order.
    """
    reasons = []
    if (
        _negation_alone(statement, evidence)
        or _astray(statement, evidence)
        or (verbatim and (_scope_differs(statement, evidence) or _gap_differs(statement, evidence)))
    ):
        reasons.append("negation")
    if _opposite(statement, evidence):
        reasons.append("opposite")
    return tuple(dict.fromkeys(reasons))


def _negation_alone(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether the statement negates where the evidence has nothing negative in it."""
    if not any(token.word in NEGATIONS for token in statement):
        return False
    negative = NEGATIONS | NEGATIVE_VERBS
    return not any(token.word in negative for token in evidence)


def _astray(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether the statement negates a word that the evidence has, but negates nowhere near.

    A negation may be expressed by other words, so anything negative nearby will do.
    """
    negative = NEGATIONS | NEGATIVE_VERBS
    places = [place for place, token in enumerate(evidence) if token.word in negative]
    for place, token in enumerate(statement):
        if token.word not in NEGATIONS:
            continue
        scope = [t.stem for t in statement[place + 1 : place + 1 + NEAR] if t.content][:SCOPE]
        there = [p for p, t in enumerate(evidence) if t.stem in scope]
        if there and all(abs(p - other) > NEAR for p in there for other in places):
            return True
    return False


def _scope_differs(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether a word is always negated here and never there, or the other way round."""
    mine, theirs = _negated(statement), _negated(evidence)
    return any(
        word in theirs and len(mine[word]) == len(theirs[word]) == 1 and mine[word] != theirs[word]
        for word in mine
    )


def _negated(words: Sequence[Token]) -> dict[str, set[bool]]:
    """Return, for the stem of each content word, whether it stands under a negation."""
    found: dict[str, set[bool]] = {}
    left = 0
    for token in words:
        if token.start:
            left = 0
        if token.word in NEGATIONS:
            left = SCOPE
            continue
        if token.word in _TRANSPARENT:
            continue
        if token.content:
            found.setdefault(token.stem, set()).add(left > 0)
        left -= 1
    return found


def scope_differs(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether a word stands under negations only here or only there, in any wording.

    Too often wrong to refuse a statement for; together with other signs it tells something.
    """
    mine, theirs = _negated(statement), _negated(evidence)
    return any(
        word in theirs and True in (mine[word] ^ theirs[word]) and len(mine[word]) == 1
        for word in mine
    )


def opposed(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether the evidence has the opposite of a word that it doesn't have."""
    known = {token.stem for token in evidence}
    return any(
        token.stem not in known and known & _OPPOSITE.get(token.stem, set()) for token in statement
    )


def _gap_differs(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether parallel words differ by a negation: "will go" and "will never go"."""
    for gap in gaps(_without_auxiliaries(statement), _without_auxiliaries(evidence)):
        mine = any(token.word in NEGATIONS for token in gap.statement)
        theirs = any(token.word in NEGATIONS for token in gap.evidence)
        negative = any(t.word in NEGATIVE_VERBS for t in (*gap.statement, *gap.evidence))
        if mine != theirs and not negative:
            return True
        for token in gap.statement:
            opposites = _OPPOSITE.get(token.stem, ())
            if any(other.stem in opposites for other in gap.evidence):
                return True
    return False


def _without_auxiliaries(words: Sequence[Token]) -> list[Token]:
    """Drop "do" before "not": "they do not know" runs parallel to "they know"."""
    return [
        token
        for place, token in enumerate(words)
        if not (
            token.word in _AUXILIARY and place + 1 < len(words) and words[place + 1].word == "not"
        )
    ]


def _opposite(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether the statement uses a word of which the evidence has only the opposite."""
    known = {token.stem for token in evidence}
    denied = any(token.word in NEGATIONS for token in (*statement, *evidence))
    return not denied and any(
        token.stem not in known
        and token.word not in FUNCTION_WORDS
        and known & _OPPOSITE.get(token.stem, set())
        for token in statement
    )
