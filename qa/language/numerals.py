"""Words → one numeral among them: digits and number words, with all that they may mean.

"Ten thirty" is a time of day, a price, a year or a range, and only its surroundings tell which. So
a numeral has several readings, and who compares two asks whether they have one in common.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from qa.language.number_words import (
    ARTICLES,
    CLOCK_WORDS,
    DECADES,
    DIGITS,
    MANY,
    OH,
    ORDINALS,
    PARTS,
    PLURAL_PARTS,
    POSSESSIVES,
    SCALES,
    SUFFIX_SCALES,
    TENS,
    TIMES,
    UNITS,
    at,
    value_of,
)

Kind = Literal["count", "ordinal", "decade", "clock", "price"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a numeral may mean: a value, or a range where ``high`` is above ``low``.

    Args:
        low: the value; minutes since midnight for a clock.
        high: the same, or the upper end.
        kind: what is counted or named by it.
    """

    low: Fraction
    high: Fraction
    kind: Kind = "count"

    @classmethod
    def of(cls, value: Fraction | int, kind: Kind = "count") -> Reading:
        """Return the reading of a single value."""
        return cls(Fraction(value), Fraction(value), kind)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral: its readings, likeliest first, the place after it, and whether it is vague."""

    readings: tuple[Reading, ...]
    after: int
    vague: bool = False

    @property
    def count(self) -> Fraction | None:
        """Return the value of a plain count, null for anything else."""
        first = self.readings[0]
        return first.low if first.kind == "count" and first.low == first.high else None


def numeral(words: Sequence[str], place: int) -> Numeral | None:
    """Return the numeral that begins at ``place``, none for most places."""
    word = words[place]
    digits = DIGITS.fullmatch(word)
    if digits is not None:
        return _digits(words, place, digits)
    if word == "half":
        return _half(words, place)
    if word in PARTS and at(words, place - 1) in ARTICLES and at(words, place + 1) == "of":
        return Numeral((Reading.of(Fraction(1, PARTS[word])),), place + 1)
    if word == "couple":
        return _couple(words, place)
    if word in TIMES:
        return Numeral((Reading.of(TIMES[word]),), place + 1)
    if word == "point":
        # "Point five" is a number where it counts something; else it is the fifth point.
        found = _decimals(words, place, Fraction(0))
        sure = found is not None and at(words, found.after) in (*MANY, "percent", "per")
        return _scaled(words, found) if found is not None and sure else None
    return _spoken(words, place)


def _digits(words: Sequence[str], place: int, match: re.Match[str]) -> Numeral:
    written, suffix = match.groups()
    if ":" in written:
        hours, minutes, *seconds = (Fraction(re.sub(r"\D", "", p)) for p in written.split(":"))
        time = hours * 60 + minutes + sum(seconds, Fraction(0)) / 60
        whole = (Reading.of(hours),) if time == hours * 60 else ()
        return Numeral((Reading.of(time, "clock"), *whole), place + 1)
    value = value_of(written)
    if suffix in ("st", "nd", "rd", "th"):
        return Numeral((Reading.of(value, "ordinal"),), place + 1)
    if suffix == "s":
        return Numeral(_decade(words, place, value), place + 1)
    value *= SUFFIX_SCALES.get(suffix or "", 1)
    return _scaled(words, Numeral((Reading.of(value),), place + 1))


def _decade(words: Sequence[str], place: int, value: Fraction | int) -> tuple[Reading, ...]:
    """Return "90s" as the nineties of the last century, and as an age or a temperature."""
    plain = Reading.of(value, "decade")
    if value >= 100 or at(words, place - 1) in POSSESSIVES:
        return (plain,)
    return (Reading.of(1900 + value, "decade"), plain)


def _half(words: Sequence[str], place: int) -> Numeral | None:
    """Read "half a million", "half the members"; "the second half" is no number."""
    after = place + 1
    if at(words, after) in ARTICLES and at(words, after + 1) in (*MANY, "percent"):
        return _scaled(words, Numeral((Reading.of(Fraction(1, 2)),), after + 1))
    if at(words, after) in MANY:
        return _scaled(words, Numeral((Reading.of(Fraction(1, 2)),), after))
    if at(words, after) in (*ARTICLES, "of", "the", "percent") and (
        at(words, place - 1) not in ORDINALS
    ):
        return Numeral((Reading.of(Fraction(1, 2)),), after)
    return None


def _couple(words: Sequence[str], place: int) -> Numeral | None:
    """Read "a couple of" things, which are about two; a couple of people is none."""
    after = place + 1
    if at(words, after) == "of" and at(words, after + 1) in MANY:
        after += 1
    elif at(words, after) not in ("of", *MANY):
        return None
    found = _scaled(words, Numeral((Reading.of(2),), after))
    return Numeral(found.readings, found.after, vague=True)


def _scaled(words: Sequence[str], found: Numeral) -> Numeral:
    """Go on with "million" and "and a half" after a plain value."""
    value, after = found.readings[0].low, found.after
    if at(words, after) not in ("and", *MANY):
        return found
    value, after = _with_part(words, after, value, Fraction(1))
    scale = Fraction(1)
    while (larger := MANY.get(at(words, after), 0)) > scale:
        scale = Fraction(larger)
        value, after = _with_part(words, after + 1, value * scale, scale)
    return found if after == found.after else Numeral((Reading.of(value),), after, found.vague)


def _with_part(
    words: Sequence[str], after: int, value: Fraction, scale: Fraction
) -> tuple[Fraction, int]:
    """Add "and a half" or "and three quarters" to a whole number of ``scale``."""
    if at(words, after) == "and":
        first, part = at(words, after + 1), at(words, after + 2)
        if first in (*ARTICLES, "one") and part in ("half", "quarter", "third"):
            return value + scale / PARTS[part], after + 3
        if first in UNITS and part in PLURAL_PARTS:
            return value + scale * Fraction(UNITS[first], PLURAL_PARTS[part]), after + 3
    return value, after


def _decimals(words: Sequence[str], point: int, whole: Fraction) -> Numeral | None:
    """Read the digits after "point"."""
    digits = ""
    after = point + 1
    while (word := at(words, after)) in OH or UNITS.get(word, 10) < 10:
        digits += str(UNITS.get(word, 0))
        after += 1
    if not digits:
        return None
    return Numeral((Reading.of(whole + Fraction(f"0.{digits}")),), after)


def _spoken(words: Sequence[str], place: int) -> Numeral | None:
    """Read "two hundred and five", "twenty sixteen", "twenty fifth" or "three point five"."""
    total = group = 0
    after = place
    last = ""  # kind of the word before: what may follow depends on it
    while after < len(words):
        word = words[after]
        if total == 0 and last in ("unit", "ten"):
            pair = _pair(words, place, after, group, last)
            if pair is not None:
                return pair
        if word in UNITS:
            value = UNITS[word]
            if last == "unit" or (last == "ten" and not 0 < value < 10):
                break
            group += value
            last = "unit"
        elif word in TENS:
            if last in ("unit", "ten"):
                break
            group += TENS[word]
            last = "ten"
        elif word == "hundred" and last not in ("hundred", "scale"):
            group = (group or 1) * 100
            last = "hundred"
        elif word in SCALES and last != "scale":
            total += (group or 1) * SCALES[word]
            group = 0
            last = "scale"
        elif word in ORDINALS and last in ("", "ten", "hundred", "scale", "and"):
            if last == "ten" and ORDINALS[word] >= 10:
                break
            return Numeral((Reading.of(total + group + ORDINALS[word], "ordinal"),), after + 1)
        elif word in DECADES and last == "":
            return Numeral(_decade(words, place, DECADES[word]), after + 1)
        elif word == "dozen" and last in ("", "unit", "ten"):
            return Numeral((Reading.of((group or 1) * 12),), after + 1)
        elif word == "point" and last in ("unit", "ten"):
            decimal = _decimals(words, after, Fraction(total + group))
            return _scaled(words, decimal) if decimal else _plain(total + group, after)
        elif word == "and" and last in ("unit", "ten", "hundred", "scale"):
            # In "a million and a half" it is a half of the million.
            scale = Fraction(SCALES.get(words[after - 1], 1))
            whole, end = _with_part(words, after, Fraction(total + group), scale)
            if end > after:
                found = Numeral((Reading.of(whole),), end)
                return found if last == "scale" else _scaled(words, found)
            if last not in ("hundred", "scale") or not _counts(at(words, after + 1)):
                break
            last = "and"
        elif last == "unit" and (parts := _parts(word, group)):
            return Numeral((Reading.of(total + Fraction(group, parts)),), after + 1)
        else:
            break
        after += 1
    return _plain(total + group, after) if after > place else None


def _plain(value: int, after: int) -> Numeral:
    return Numeral((Reading.of(value),), after)


def _counts(word: str) -> bool:
    return word in UNITS or word in TENS or word in ORDINALS


def _parts(word: str, count: int) -> int:
    """Return the denominator in "two thirds" and "one third", 0 where there is none."""
    return PLURAL_PARTS.get(word, 0) or (PARTS.get(word, 0) if count == 1 else 0)


def _pair(words: Sequence[str], place: int, after: int, first: int, last: str) -> Numeral | None:
    """Read two halves that are said side by side: "nineteen ninety five", "ten thirty".

    They may be a year or number, a time, a price, or a range ("twenty thirty people").
    """
    word = words[after]
    if word in OH and 0 < UNITS.get(at(words, after + 1), 0) < 10:
        return _paired(first, UNITS[words[after + 1]], after + 2) if first < 24 else None
    if first >= 10 and word in DECADES and last == "unit":
        return Numeral((Reading.of(first * 100 + DECADES[word], "decade"),), after + 1)
    if first >= 10 and word == "hundreds":
        return Numeral((Reading.of(first * 100, "decade"),), after + 1)
    if word in TENS and (0 < first < 24 or (last == "ten" and TENS[word] > first)):
        second, end = TENS[word], after + 1
        if 0 < UNITS.get(at(words, end), 0) < 10 and at(words, end + 1) not in MANY:
            second, end = second + UNITS[words[end]], end + 1
        if at(words, end) in MANY:
            return None  # in "two thirty thousand" the second belongs to what follows
        return _paired(first, second, end)
    if 10 <= UNITS.get(word, 0) < 20:
        said_as_time = 0 < first <= 12 and (
            at(words, place - 1) == "at" or at(words, after + 1) in CLOCK_WORDS
        )
        if first == 20 or said_as_time:
            return _paired(first, UNITS[word], after + 1)
    return None


def _paired(first: int, second: int, after: int) -> Numeral:
    readings = []
    if first < 24:
        readings.append(Reading.of(first * 100 + second))
        if second < 60:
            readings.append(Reading.of(first * 60 + second, "clock"))
        readings.append(Reading.of(first + Fraction(second, 100), "price"))
    if first % 10 == 0 and second % 10 == 0 and second > first:
        readings.append(Reading(Fraction(first), Fraction(second)))
    return Numeral(tuple(readings), after)
