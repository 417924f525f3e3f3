"""Statement and evidence as words → whether one is surer than the other: "may" made "will"."""

from __future__ import annotations

from collections.abc import Sequence

from qa.language.lexicon import ordered
from qa.language.tokens import Token, stem
from qa.verify.alignment import gaps

_WEAK = ordered(
    "may might could can should would suggest propose think believe want plan consider probably "
    "perhaps maybe possibly likely sometimes hope wonder wish guess seem seems appear appears try"
)
_STRONG = ordered(
    "will must shall certainly definitely surely always decide know refuse adopt insist confirm "
    "prove ensure guarantee did"
)
WEAK = frozenset(map(stem, _WEAK))
"""Stems of words that leave open whether something is so."""

STRONG = frozenset(map(stem, _STRONG)) - {stem("do")}
"""Stems of words that don't."""

_MODALS = frozenset(ordered("may might could can should would will must shall"))
_FUTURE = frozenset(("will", "would", "shall"))


def shifts(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Return whether parallel words differ in how sure they are: "may go" and "will go".

    "Will" and "would" may stand for each other, since reports of speech shift the tense.
    """
    for gap in gaps(statement, evidence):
        mine = {t.word for t in gap.statement} & _MODALS
        theirs = {t.word for t in gap.evidence} & _MODALS
        if mine and theirs and not (mine | theirs) <= _FUTURE and _sure(mine) != _sure(theirs):
            return True
        strong = {t.stem for t in gap.statement} & STRONG
        weak = {t.stem for t in gap.statement} & WEAK
        if strong and {t.stem for t in gap.evidence} & WEAK and not weak:
            return True
    return False


def _sure(modals: set[str]) -> bool:
    return bool(modals & {"will", "must", "shall"})


def unheard(statement: Sequence[Token], evidence: Sequence[Token], words: frozenset[str]) -> int:
    """Return how many of the ``words`` (stems) the statement has and the evidence hasn't."""
    known = {token.stem for token in evidence}
    return sum(token.stem in words and token.stem not in known for token in statement)
