"""The words and written forms that numbers are made of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction


def _listed(text: str) -> tuple[str, ...]:
    """Return the words of a list written as running text."""
    return tuple(text.split())


UNITS = {
    word: value
    for value, word in enumerate(
        _listed(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen"
        )
    )
}
TENS = {
    word: 10 * value
    for value, word in enumerate(
        _listed("twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
}
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ORDINALS = {
    word: value
    for value, word in enumerate(
        _listed(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
            "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
        ),
        start=1,
    )
} | {word.removesuffix("y") + "ieth": value for word, value in TENS.items()}
DECADES = {word.removesuffix("y") + "ies": value for word, value in TENS.items()}
PARTS = {"half": 2, "quarter": 4} | {w: v for w, v in ORDINALS.items() if 3 <= v <= 10}
PLURAL_PARTS = {"halves": 2} | {word + "s": value for word, value in PARTS.items()}
MANY = {"hundred": 100, "dozen": 12} | SCALES
TIMES = {"twice": 2, "thrice": 3, "double": 2, "triple": 3}
SUFFIX_SCALES = {"k": 10**3, "m": 10**6, "bn": 10**9}
DIGITS = re.compile(r"(?=.{1,40}\Z)(\d+(?:[.,:]\d+)*)(st|nd|rd|th|s|k|m|bn)?")
"""Numbers in digits, none so long that reading it takes time or fails."""

ARTICLES = ("a", "an")
OH = ("oh", "o")
"""How zero is said in "nineteen oh five"."""

POSSESSIVES = frozenset(_listed("his her their my your our"))
"""Before a decade these make it an age: "in his forties"."""

_OWN = frozenset(
    (*UNITS, *TENS, *MANY, *ORDINALS, *DECADES, *TIMES, *PARTS, *PLURAL_PARTS, "couple")
)

CLOCK_WORDS = frozenset(("am", "pm", "a.m", "p.m", "o'clock"))
"""What follows the hour of a time of day."""


def is_number_word(word: str) -> bool:
    """Return whether a number may be made of a word; "and" and "point" join other words too."""
    return word in _OWN or word[:1].isnumeric()


def is_number(word: str) -> bool:
    """Return whether a word is a number in digits: "1,200.50", "25th", "3.5m"; "B52" isn't."""
    return DIGITS.fullmatch(word) is not None


def value_of(written: str) -> Fraction:
    """Tell a decimal point or comma from separators of thousands: "1,200.50", "1.200,50"."""
    groups = re.split(r"[.,]", written)
    marks = re.findall(r"[.,]", written)
    point = len(set(marks)) == 2 or (
        len(marks) == 1 and (marks == ["."] or len(groups[-1]) != 3 or groups[0] == "0")
    )
    if point and marks.count(marks[-1]) == 1:
        return Fraction(f"{''.join(groups[:-1])}.{groups[-1]}")
    return Fraction("".join(groups))


def at(words: Sequence[str], place: int) -> str:
    """Return the word at a place, empty outside."""
    return words[place] if 0 <= place < len(words) else ""
