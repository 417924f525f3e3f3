"""Text → the same with the signs of its numbers in words: "5-10" as "5 to 10", "½" as "one half".

Words have no signs: who reads only words would take "-5" for 5, and "5-10" for two numbers.
"""

from __future__ import annotations

import re

_ANY = re.compile(r"[\d½¼¾⅓⅔]")
_NUMBER = r"\d[\d.,:]*+"
_MONEY = "[$€£]?"
_RANGE = re.compile(
    rf"(?<![\w.,:/–-])({_MONEY}{_NUMBER}(?:%|st|nd|rd|th|s|[ap]\.?m\.?)?)(?:-|\s?–\s?|(?<=%)\s-\s)"
    rf"(?={_MONEY}{_NUMBER}(?![-–/]\d))"
)
"""Not the dashes of dates such as 2022-01-27."""

_RATIO = re.compile(r"(?<![\w.,:])(\d+):(?=\d(?!\d))")
_MINUS = re.compile(rf"(?<![\w)\]%.,])[-−](?={_MONEY}\.?\d)")
_OR_MORE = re.compile(r"(?<=\d)\+(?!\d)")
_ABOUT = re.compile(rf"[~≈]\s?(?={_MONEY}\d)")
_LEADING_POINT = re.compile(r"(?<![\w.])\.(?=\d)")
_SUFFIXED = re.compile(
    r"(?<![\w.,:])(\d++(?:[.,:]\d+)*+)(?!(?:st|nd|rd|th|s|k|m|bn)(?![^\W_]))(?=[^\W\d_])",
    re.IGNORECASE,
)
"""A number and the unit that is written to it: "10am", "120GB", "$14billion"."""

_PARTS = {"1/2": "half", "1/3": "third", "2/3": "thirds", "1/4": "quarter", "3/4": "quarters"}
_GLYPHS = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4"}
_COUNT = {"1": "one", "2": "two", "3": "three"}
_PART = re.compile(r"(?:(?<![\w.,/])(\d+)(?:\s+|\s+and\s+|-))?(?<![\w.,/])([123]/[234])(?![\w/])")
_GLYPH = re.compile(rf"(\d)?\s?([{''.join(_GLYPHS)}])")


def written_out(text: str) -> str:
    """Return the text with minus signs, dashes of ranges, fractions and ratios in words."""
    if not _ANY.search(text):
        return text
    text = _GLYPH.sub(lambda m: f"{m[1] or ''} {_GLYPHS[m[2]]}", text)
    text = _PART.sub(_fraction, text)
    text = _LEADING_POINT.sub("0.", text)
    text = _RANGE.sub(r"\1 to ", text)
    text = _RATIO.sub(r"\1 to ", text)
    text = _MINUS.sub("minus ", text)
    text = _OR_MORE.sub(" or more", text)
    text = _ABOUT.sub("about ", text)
    return _SUFFIXED.sub(r"\1 ", text)


def _fraction(match: re.Match[str]) -> str:
    whole, part = match.groups()
    name = _PARTS.get(part)
    if name is None:
        return match.group()
    said = f"{_COUNT[part[0]]} {name}"
    return said if whole is None else f"{whole} and {said}"
