"""A number of a statement and one of its evidence → whether the statement may say it."""

from __future__ import annotations

from fractions import Fraction

from qa.language.exactness import ALLOWS
from qa.language.numbers import MONEY, Number
from qa.language.numerals import Reading

_HALF_DAY = 12 * 60
_SIZES = {"cent": Fraction(1, 100), "percent": Fraction(1, 100)}


def backs(evidence: Number, statement: Number) -> bool:
    """Return whether a number says what a statement's number asserts.

    The value has to be the same, in the same unit where both have one, and as exact: "about 100"
    doesn't back "100". Where a numeral means several things, one in common is enough.
    """
    if evidence.exactness not in ALLOWS[statement.exactness]:
        return False
    if statement.half is not None and statement.half != evidence.half:
        return False
    return any(
        _alike(one, other, statement, evidence) and _same(one, other, statement, evidence)
        for one in statement.readings
        for other in evidence.readings
    )


def _alike(one: Reading, other: Reading, statement: Number, evidence: Number) -> bool:
    """Return whether two readings have one kind and unit, so that their values are comparable."""
    kinds = {one.kind, other.kind}
    if kinds == {"count", "ordinal"}:
        return evidence.dated or statement.dated
    if kinds == {"count", "price"}:
        return statement.unit in MONEY or evidence.unit in MONEY
    if len(kinds) > 1:
        return False
    mine, theirs = statement.unit, evidence.unit
    if mine == theirs:
        return True
    if "points" in (mine, theirs):
        return False
    if "percent" in (mine, theirs):
        # "Half of them" are 50 percent; fifty of them aren't.
        return None in (mine, theirs) and 0 < (other if mine == "percent" else one).low < 1
    return None in (mine, theirs) or "cent" in (mine, theirs)


def _same(one: Reading, other: Reading, statement: Number, evidence: Number) -> bool:
    mine, theirs = (one.low, one.high), (other.low, other.high)
    if one.kind == "clock":
        mine = (mine[0] % _HALF_DAY, mine[1] % _HALF_DAY)
        theirs = (theirs[0] % _HALF_DAY, theirs[1] % _HALF_DAY)
    factor = _factor(statement.unit, evidence.unit)
    mine = (mine[0] * factor, mine[1] * factor)
    return mine == theirs or (evidence.ends and one.low == one.high and mine[0] in theirs)


def _factor(mine: str | None, theirs: str | None) -> Fraction:
    """Return what makes a statement's cents euros, its percent a share, or the other way round."""
    if mine == theirs or (None in (mine, theirs) and "percent" not in (mine, theirs)):
        return Fraction(1)
    return _SIZES.get(mine or "", Fraction(1)) / _SIZES.get(theirs or "", Fraction(1))
