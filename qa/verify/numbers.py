"""Words → the numbers among them: digits and number words read alike, with their units."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from qa.verify.lexicon import ordered
from qa.verify.tokens import Token

_UNITS = {
    word: value
    for value, word in enumerate(
        ordered(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
            "fifteen sixteen seventeen eighteen nineteen"
        )
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ordered("twenty thirty forty fifty sixty seventy eighty ninety"), start=2
    )
}
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
ORDINALS = {
    word: value
    for value, word in enumerate(
        ordered(
            "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth "
            "thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth"
        ),
        start=1,
    )
} | {
    word: 10 * value
    for value, word in enumerate(
        ordered("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"),
        start=2,
    )
}
_DECADES = {
    word: 10 * value
    for value, word in enumerate(
        ordered("twenties thirties forties fifties sixties seventies eighties nineties"), start=2
    )
}
_OTHER = {"dozen": 12, "twice": 2, "thrice": 3, "double": 2, "triple": 3}
_SUFFIX_SCALES = {"k": 10**3, "m": 10**6, "bn": 10**9}
CURRENCIES = frozenset(ordered("euro euros dollar dollars pound pounds"))
_PERCENT = frozenset(("%", "percent", "per-cent", "percentage"))
_DIGITS = re.compile(r"(\d+(?:[.,:]\d+)*)(st|nd|rd|th|s|k|m|bn)?$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number in a text: its value, whether it is a percentage, and its words, both included."""

    value: Fraction
    percent: bool
    first: int
    last: int


def numbers(words: Sequence[Token]) -> tuple[Number, ...]:
    """Return the numbers among the words, in their order.

    "hundred thousand" is 100,000, "nineteen ninety five" is 1995, "3.5m" is 3,500,000. Ordinals
    have their number's value. A clock time "10:30" gives 10 and 30.
    """
    found: list[Number] = []
    place = 0
    while place < len(words):
        values, after = _read(words, place)
        if after == place:
            place += 1
            continue
        percent = after < len(words) and words[after].word in _PERCENT
        if after + 1 < len(words) and (words[after].word, words[after + 1].word) == ("per", "cent"):
            percent = True
        found.extend(Number(value, percent, place, after - 1) for value in values)
        place = after
    return tuple(found)


def amounts(words: Sequence[Token]) -> frozenset[Fraction]:
    """Return the sums of money that are said in two parts.

    "twelve Euro and fifty cents", "ten Euro seventy" and "twelve fifty Euros" are 12.5 and 10.7.
    """
    found = numbers(words)
    sums = set()
    for one, two in itertools.pairwise(found):
        between = [token.word for token in words[one.last + 1 : two.first] if token.word != "and"]
        after = words[two.last + 1].word if two.last + 1 < len(words) else ""
        split = not between and after in CURRENCIES
        named = len(between) == 1 and between[0] in CURRENCIES
        if (split or named) and 0 < two.value < 100 and one.value == int(one.value) > 0:
            sums.add(one.value + two.value / 100)
    return frozenset(sums)


def unread(statement: Sequence[Token], evidence: Sequence[Token]) -> bool:
    """Tell whether a word with digits in it, "B52" or "2K", is not among the evidence's words."""
    known = {token.word for token in evidence}
    return any(
        any(map(str.isdigit, token.word)) and not _DIGITS.match(token.word)
        for token in statement
        if token.word not in known
    )


def _read(words: Sequence[Token], place: int) -> tuple[list[Fraction], int]:
    """Read the number that begins at ``place``; return its values and the place after it."""
    match = _DIGITS.match(words[place].word)
    if match:
        return _read_digits(words, place, match)
    value, after = _read_words(words, place)
    return ([value] if after > place else []), after


def _read_digits(
    words: Sequence[Token], place: int, match: re.Match[str]
) -> tuple[list[Fraction], int]:
    digits, suffix = match.groups()
    if ":" in digits:
        return [Fraction(int(part)) for part in re.split(r"\D", digits)], place + 1
    value = Fraction(digits) if _decimal(digits) else Fraction(re.sub(r"\D", "", digits))
    value *= _SUFFIX_SCALES.get(suffix or "", 1)
    after = place + 1
    while after < len(words) and words[after].word in ("hundred", *_SCALES):
        value *= 100 if words[after].word == "hundred" else _SCALES[words[after].word]
        after += 1
    return [value], after


def _decimal(digits: str) -> bool:
    """Tell a decimal point from separators of thousands."""
    return digits.count(".") == 1 and "," not in digits


def _read_words(words: Sequence[Token], place: int) -> tuple[Fraction, int]:
    """Read "two hundred and five", "twenty sixteen", "twenty fifth" or "three point five"."""
    total = group = 0
    after = place
    last = ""  # kind of the word before: what may follow depends on it
    while after < len(words):
        word = words[after].word
        if word in _UNITS:
            value = _UNITS[word]
            if last == "unit" or (last == "ten" and not 0 < value < 10):
                if last == "ten" and group == 20 and 10 <= value < 20 and total == 0:
                    return Fraction(group * 100 + value), after + 1
                break
            group += value
            last = "unit"
        elif word in _TENS:
            if last == "unit" and total == 0 and 10 <= group < 20:
                return _year(words, after, group)
            if last == "ten" and total == 0 and group == 20:
                return _year(words, after, group)
            if last in ("unit", "ten"):
                break
            group += _TENS[word]
            last = "ten"
        elif word == "hundred" and last not in ("hundred", "scale"):
            group = (group or 1) * 100
            last = "hundred"
        elif word in _SCALES and last != "scale":
            total += (group or 1) * _SCALES[word]
            group = 0
            last = "scale"
        elif word in ORDINALS and last in ("", "ten", "hundred", "scale", "and"):
            if last == "ten" and ORDINALS[word] >= 10:
                break
            return Fraction(total + group + ORDINALS[word]), after + 1
        elif word in _DECADES and last == "unit" and 10 <= group < 20 and total == 0:
            return Fraction(group * 100 + _DECADES[word]), after + 1
        elif word in _DECADES and last == "":
            return Fraction(1900 + _DECADES[word]), after + 1
        elif word in _OTHER and last in ("", "unit"):
            return Fraction(max(1, group) * _OTHER[word]), after + 1
        elif word == "point" and last in ("unit", "ten") and after + 1 < len(words):
            return _fraction(words, after, total + group)
        elif word == "and" and last in ("hundred", "scale") and _follows(words, after + 1):
            last = "and"
        else:
            break
        after += 1
    return Fraction(total + group), after


def _follows(words: Sequence[Token], place: int) -> bool:
    return place < len(words) and (words[place].word in _UNITS or words[place].word in _TENS)


def _year(words: Sequence[Token], place: int, century: int) -> tuple[Fraction, int]:
    """Read the second half of "nineteen ninety five" or "twenty twenty two"."""
    value = century * 100 + _TENS[words[place].word]
    after = place + 1
    if after < len(words) and 0 < _UNITS.get(words[after].word, 0) < 10:
        value += _UNITS[words[after].word]
        after += 1
    return Fraction(value), after


def _fraction(words: Sequence[Token], point: int, whole: int) -> tuple[Fraction, int]:
    """Read the digits after "point"."""
    digits = ""
    after = point + 1
    while after < len(words) and _UNITS.get(words[after].word, 10) < 10:
        digits += str(_UNITS[words[after].word])
        after += 1
    if not digits:
        return Fraction(whole), point
    return Fraction(f"{whole}.{digits}"), after
