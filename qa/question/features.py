"""Question → what it asks for: content words, names, numbers, the kind of answer, how broad it is.

Pure functions over text. Words are compared by their stems, so that "demanded" finds "demands".
Nothing relies on capitals alone: recognised speech has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from qa.language.number_words import is_number_word
from qa.language.placed_numbers import numbers as read_numbers
from qa.language.stem import stem
from qa.language.tokens import tokens

AnswerKind = Literal["person", "number", "date", "place", "reason", "yes_no", "manner", "other"]


def _listed(text: str) -> tuple[str, ...]:
    """Return the words of a list written as running text."""
    return tuple(text.split())


# Words that carry the grammar of a question, not its subject; the last line holds what spoken
# language adds. Question words are among them: they say what kind of answer is wanted.
STOPWORDS = frozenset(
    _listed("""
    a an the this that these those some any each every both all no not nor only own same such
    i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
    one ones who whom whose which what where when why how there here
    am is are was were be been being do does did doing done have has had having
    can could will would shall should may might must ought
    and or but if then than so as of at by for with about against between into through during
    before after above below to from up down in out on off over under again further once while until
    also too very just more most other another else because s t d m ll re ve don didn doesn isn wasn
    um uh er ah oh okay ok yeah yes well like mean know gon na wan let
    """)
)

_WORD = re.compile(r"[^\W_]+(?:[.,][0-9]+)*")
_NAME = re.compile(r"(?<![\w.])(?:[A-Z][\w&.-]*[\w]|[A-Z])(?:\s+[A-Z][\w&.-]*)*")
_SENTENCE_START = re.compile(r"^\W*\w+")

_MONTHS = frozenset(
    _listed("january february march april may june july august september october november december")
)
_DAYS = frozenset(_listed("monday tuesday wednesday thursday friday saturday sunday"))
_TIME_WORDS = frozenset(
    _listed(
        "today yesterday tomorrow tonight morning evening night week weeks month months year years "
        "day days hour hours minute minutes century decade ago"
    )
)


def words(text: str) -> list[str]:
    """Return the lower-case words and numbers of a text, in order."""
    return _WORD.findall(text.lower())


def stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order, repeats kept."""
    return [stem(word) for word in words(text) if word not in STOPWORDS]


def content_stems(question: str) -> tuple[str, ...]:
    """Return the different stems a question is about, in order; all its words if none is left."""
    found = stems(question) or [stem(word) for word in words(question)]
    return tuple(dict.fromkeys(found))


def names(text: str) -> tuple[str, ...]:
    """Return runs of capitalised words that aren't just the start of a sentence, in order."""
    first = _SENTENCE_START.match(text)
    boundary = first.end() if first else 0
    found: list[str] = []
    for match in _NAME.finditer(text):
        parts = match.group().split()
        if match.start() < boundary:
            parts = parts[1:]
        parts = [part for part in parts if part.lower() not in STOPWORDS]
        if parts:
            found.append(" ".join(parts))
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=16_384)  # the sentences of a corpus come again with every question
def numbers(text: str) -> tuple[str, ...]:
    """Return the numbers of a text as digits, spelled ones included ("two hundred" → "200")."""
    if not any(map(is_number_word, words(text))):
        return ()
    found = (
        value
        for number in read_numbers(tokens(text))
        for value in dict.fromkeys((number.readings[0].low, number.readings[0].high))
    )
    return tuple(dict.fromkeys(_digits(value) for value in found))


def _digits(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.12g}"


_LEADING = re.compile(
    r"^(?:and|so|but|then|well|ok|okay|please|in|on|at|for|to|from|by|of|with)\s+"
)
_YES_NO = re.compile(
    r"^(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|shall|may|might|must"
    r"|isn|aren|wasn|weren|don|doesn|didn|hasn|haven)\b"
)


def answer_kind(question: str) -> AnswerKind:
    """Tell what kind of answer a question wants, from its question word."""
    text = " ".join(words(question))
    if re.search(r"\bhow (?:many|much|long|old|far|often|big|large|tall|high|deep|fast)\b", text):
        return "number"
    if re.search(r"\b(?:what|which) (?:percent|percentage|number|amount|proportion|age)\b", text):
        return "number"
    if re.search(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|time|century|decade)\b", text):
        return "date"
    if re.search(r"\bwho\b|\bwhom\b|\bwhose\b|\b(?:what|which) (?:person|people)\b", text):
        return "person"
    where = r"\bwhere\b|\b(?:what|which) (?:city|country|place|state|town|region|location|venue)\b"
    if re.search(where, text):
        return "place"
    if re.search(r"\bwhy\b|\bwhat (?:caused|causes|reason|reasons)\b|\bhow come\b", text):
        return "reason"
    if _YES_NO.match(_LEADING.sub("", text)):
        return "yes_no"
    if re.search(r"\bhow\b", text):
        return "manner"
    return "other"


def holds_kind(kind: AnswerKind, text: str) -> float:
    """Return how well a text could hold an answer of that kind: 0 to 1, 0.5 if it can't be told."""
    said = set(words(text))
    if kind == "number":
        return 1.0 if numbers(text) else 0.0
    if kind == "date":
        counted = numbers(text)
        years = any(len(n) == 4 and n[0] in "12" for n in counted)
        dated = bool(said & (_MONTHS | _DAYS | _TIME_WORDS)) or years
        return 1.0 if dated else 0.5 if counted else 0.0
    if kind in ("person", "place"):
        # Without capitals (recognised speech) nothing can be told.
        if text == text.lower():
            return 0.5
        return 1.0 if names(text) else 0.0
    if kind == "reason":
        cues = {"because", "since", "reason", "so", "due", "cause", "caused", "why", "therefore"}
        return 1.0 if said & cues else 0.5
    return 0.5


def share_found(wanted: Iterable[str], found: Iterable[str]) -> float:
    """Return which part of ``wanted`` is among ``found``; 1 when nothing is wanted."""
    needed = set(wanted)
    return len(needed & set(found)) / len(needed) if needed else 1.0
