"""Words → the numbers among them, with what they count and how exactly.

This is the one place where numbers are read: in digits or in words, as values, ranges, ordinals,
decades, percentages, sums of money and times of day.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from qa.language.exactness import Exactness, exactness
from qa.language.number_words import CLOCK_WORDS, at, is_number_word
from qa.language.numerals import Numeral, Reading, numeral

CURRENCIES = {
    **dict.fromkeys(("euro", "euros", "€"), "euro"),
    **dict.fromkeys(("dollar", "dollars", "buck", "bucks", "$"), "dollar"),
    **dict.fromkeys(("pound", "pounds", "quid", "£"), "pound"),
}
MONEY = frozenset(CURRENCIES.values())
_CENTS = frozenset(("cent", "cents", "penny", "pennies", "pence"))
_SIGNS = frozenset("$€£")
_MINUTES = {"half": Fraction(30), "quarter": Fraction(15)}
_MONTHS = frozenset(name.lower() for name in calendar.month_name[1:])

_YEARS = (1000, 2100)
"""Counts between them are years where they aren't round."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text.

    Args:
        readings: what it may mean, likeliest first.
        first: its first word.
        last: its last word, units and "about" not counted.
        unit: what it is said in: ``percent``, ``points`` of a percentage, a currency, ``cent``.
        half: whether a time of day is before or after noon.
        exactness: what the words around it make of it.
        dated: whether a month stands beside it: there "the 3rd" and "3" are one.
        ends: whether each end of a range stands by itself: "from 5 to 10".
    """

    readings: tuple[Reading, ...]
    first: int
    last: int
    unit: str | None = None
    half: Literal["am", "pm"] | None = None
    exactness: Exactness = "exact"
    dated: bool = False
    ends: bool = False

    @property
    def value(self) -> Fraction:
        """Return its likeliest value, of a range the lower end."""
        return self.readings[0].low

    @property
    def percent(self) -> bool:
        """Return whether it is a percentage."""
        return self.unit == "percent"


def numbers(words: Sequence[str]) -> tuple[Number, ...]:
    """Return the numbers among the words, in their order.

    Args:
        words: lower-case words and signs of one sentence, as ``signs.written_out`` leaves them.
    """
    return tuple(_ranges(words, list(_single(words))))


def _single(words: Sequence[str]) -> Iterator[Number]:
    place = 0
    while place < len(words):
        number = None
        if is_number_word(words[place]) or words[place] == "point":
            clock = words[place] in _MINUTES or "past" in words
            number = (_clock(words, place) if clock else None) or _number(words, place)
        elif words[place] in ("a", "an"):
            number = _and_a_half(words, place)
        if number is not None:
            yield number
            place = number.last
        place += 1


def _number(words: Sequence[str], place: int) -> Number | None:
    found = numeral(words, place)
    if found is None:
        return None
    if (one := found.count) is not None and (end := _behind_noun(words, found.after)):
        found = Numeral((Reading.of(one + Fraction(1, 2)),), end, found.vague)
    unit = _unit(words, place, found.after)
    if unit in MONEY:
        found = _sum_of_money(words, found)
    if (hour := found.count) is not None and hour <= 24 and at(words, found.after) in CLOCK_WORDS:
        found = replace(found, readings=(*found.readings, Reading.of(hour * 60, "clock")))
    number = Number(found.readings, place, found.after - 1, unit)
    number = _in_context(words, _signed(words, number))
    vague = found.vague and number.exactness == "exact"
    return replace(number, exactness="about") if vague else number


def _and_a_half(words: Sequence[str], place: int) -> Number | None:
    """Read "an hour and a half"."""
    if end := _behind_noun(words, place + 1):
        return _in_context(words, Number((Reading.of(Fraction(3, 2)),), place, end - 1))
    return None


def _behind_noun(words: Sequence[str], noun: int) -> int:
    """Return the place after "and a half" behind a noun, 0 where it doesn't stand there."""
    behind = tuple(words[noun + 1 : noun + 4]) == ("and", "a", "half")
    return noun + 4 if behind and not is_number_word(words[noun]) else 0


def _unit(words: Sequence[str], place: int, after: int) -> str | None:
    """Return what a number is said in, by the words on both sides of it."""
    word, following = at(words, after), at(words, after + 1)
    if word in ("%", "percent", "percentage") or (word, following) == ("per", "cent"):
        beyond = at(words, after + 2) if word == "per" else following
        return "points" if beyond in ("point", "points") else "percent"
    if word in _CENTS:
        return "cent"
    return CURRENCIES.get(word) or (
        CURRENCIES[words[place - 1]] if at(words, place - 1) in _SIGNS else None
    )


def _sum_of_money(words: Sequence[str], found: Numeral) -> Numeral:
    """Read "three dollars fifty", "twelve euros and fifty cents" and "twelve fifty euros"."""
    prices = [r for r in found.readings if r.kind == "price"]
    if prices:
        rest = (r for r in found.readings if r.kind == "count")
        return Numeral((Reading.of(prices[0].low), *rest), found.after)
    whole, after = found.count, found.after
    if whole is None or whole != int(whole) or at(words, after) not in CURRENCIES:
        return found
    joined = at(words, after + 1) == "and"
    second = numeral(words, after + 2 if joined else after + 1) if after + 1 < len(words) else None
    if second is None or second.count is None or not 0 < second.count < 100:
        return found
    cents = at(words, second.after) in _CENTS
    plain = second.count >= 10 and not joined and _unit(words, after, second.after) is None
    if not cents and not plain:
        return found
    return Numeral((Reading.of(whole + second.count / 100),), second.after)


def _clock(words: Sequence[str], place: int) -> Number | None:
    """Read "half past ten", "a quarter to five" and "twenty past two"."""
    minutes, towards = _MINUTES.get(words[place]), place + 1
    if minutes is None:
        found = numeral(words, place)
        if found is None or found.count is None or found.count >= 60:
            return None
        minutes, towards = found.count, found.after
    past = at(words, towards) == "past"
    if not past and (words[place], at(words, towards)) != ("quarter", "to"):
        return None
    hour = numeral(words, towards + 1) if towards + 1 < len(words) else None
    if hour is None or hour.count is None or not 0 < hour.count <= 12:
        return None
    time = hour.count * 60 + (minutes if past else -minutes)
    return _in_context(words, Number((Reading.of(time, "clock"),), place, hour.after - 1))


def _in_context(words: Sequence[str], number: Number) -> Number:
    """Return the number with what the words around it say of it."""
    after = number.last + 1
    while number.unit and _names_unit(at(words, after)):
        after += 1
    return replace(
        number,
        half=_half_of_day(words, number),
        exactness=exactness(words, number.first, after),
        dated=_dated(words, number),
    )


def _half_of_day(words: Sequence[str], number: Number) -> Literal["am", "pm"] | None:
    following = at(words, number.last + 1)
    if following == "o'clock":
        following = at(words, number.last + 2)
    if following in CLOCK_WORDS:
        return "am" if following.startswith("a") else "pm"
    clock = next((r.low for r in number.readings if r.kind == "clock"), None)
    return "pm" if clock is not None and clock >= 13 * 60 else None


def _dated(words: Sequence[str], number: Number) -> bool:
    before = [w for w in words[max(0, number.first - 2) : number.first] if w != "the"][-1:]
    after = [w for w in words[number.last + 1 : number.last + 3] if w != "of"][:1]
    return any(word in _MONTHS for word in (*before, *after))


def _signed(words: Sequence[str], number: Number) -> Number:
    place = number.first - 1
    while at(words, place) in _SIGNS:
        place -= 1
    if at(words, place) not in ("minus", "negative"):
        return number
    return replace(
        number, readings=tuple(replace(r, low=-r.high, high=-r.low) for r in number.readings)
    )


def _names_unit(word: str) -> bool:
    return word in CURRENCIES or word in _CENTS or word in ("%", "percent", "per", "cent")


def _ranges(words: Sequence[str], found: Sequence[Number]) -> Iterator[Number]:
    """Join "5 to 10", "between 5 and 10" and "two or three"."""
    place = 0
    while place < len(found):
        one = found[place]
        other = found[place + 1] if place + 1 < len(found) else None
        joined = _joined(words, one, other) if other is not None else None
        yield joined or one
        place += 2 if joined else 1


def _joined(words: Sequence[str], one: Number, other: Number) -> Number | None:
    low, high = _ends(one, other)
    if low is None or high is None or low.low >= high.low:
        return None
    gap = [w for w in words[one.last + 1 : other.first] if w not in _SIGNS]
    link = [w for w in gap if not _names_unit(w) and w not in CLOCK_WORDS]
    start = one.first
    while at(words, start - 1) in _SIGNS:
        start -= 1
    before = at(words, start - 1)
    if link not in (["to"], ["or"]) and not (link == ["and"] and before == "between"):
        return None
    if one.unit and other.unit and one.unit != other.unit:
        return None
    return replace(
        other,
        readings=(Reading(low.low, high.low, low.kind),),
        first=one.first,
        unit=other.unit or one.unit,
        exactness=one.exactness,
        ends=link == ["to"] and (before == "from" or _names_times(low, high, one, other)),
    )


def _names_times(low: Reading, high: Reading, one: Number, other: Number) -> bool:
    """Return whether a range is one of dates, years or hours: "open 9:00 to 17:00"."""
    years = _YEARS[0] <= low.low < high.low <= _YEARS[1] and bool(low.low % 100 or high.low % 100)
    return low.kind in ("clock", "decade") or one.dated or other.dated or years


def _ends(one: Number, other: Number) -> tuple[Reading | None, Reading | None]:
    """Return the first readings of two numbers that are single values of a kind."""
    for low in one.readings:
        for high in other.readings:
            single = low.low == low.high and high.low == high.high
            if single and low.kind == high.kind and low.kind != "price":
                return low, high
    return None, None
