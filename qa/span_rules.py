"""Question, sentence and span → whether the span can answer at all, and the whole phrase it is of.

The network that scores spans learnt from recognised speech, mostly in lower case. What it finds in
written speech is too often half a name, a word of the question, or a date where a thing was asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.question_features import answer_kind
from qa.span_features import Span, SpanWords, asks_time
from qa.verify.lexicon import VERBS
from qa.verify.names import derived
from qa.verify.numbers import numbers
from qa.verify.tokens import Token, tokens

_NOUNS = frozenset(("content", "name"))
_JOINS = frozenset(("and", "or"))
MAX_JOINED = 5
"""Longest second half of "arms control or general risk reduction", in words."""


_ASKED_SPEECH = re.compile(
    r"\bwhat\b.*\b(?:says?|said|thinks?|demand(?:s|ed)?|ask(?:s|ed)?|claim(?:s|ed)?|announced?|"
    r"believed?|propose[ds]?|suggest(?:s|ed)?|promised?|warn(?:s|ed)?|urge[ds]?|tell)\b",
    re.IGNORECASE,
)
_CLAUSE = r"(?:[^.;?!]|(?<=\b[A-Z])\.|\.(?=\w))+"
_TO_DO = re.compile(
    rf"\b(?:ask|urg|tell|told|order|warn)(?:s|e|ed|es)? (?:[\w'’-]+ ){{1,3}}?"
    rf"((?:not )?to {_CLAUSE})"
)
_AUXILIARIES = "is|are|was|were|will|would|can|could|has|have|had"
_THAT = re.compile(rf"\bthat ((?!(?:{_AUXILIARIES})\b){_CLAUSE})")
_ASKED_DOING = re.compile(r"\bwhat\b.*\bdoing\b", re.IGNORECASE)
_DOING = re.compile(
    r"\b(?:been|is|are|was|were|[’']s|[’']re) ((?!going\b)[a-z]+ing\b[^.,;?!]*?)"
    r"(?= (?:all|with|since|for|while|when|and|but|because)\b|[.,;?!]|$)"
)
_AFTER_CONDITION = re.compile(r"^(?:when|if|although|while|as|since|because)\b[^,]*, ")
MAX_SAID = 14
"""Longest content of speech, in words: more is no short answer."""


def said(question: str, sentence: str) -> str | None:
    """Return what was said, asked or demanded, where the question asks for that and nothing else.

    It is a clause, and longer than what the network finds: "that" or "asked him to" begins it.
    """
    if sentence == sentence.lower():
        return None  # recognised speech has too few stops to tell where a clause ends
    doing = _DOING.search(sentence) if _ASKED_DOING.search(question) else None
    if doing is not None:
        return doing.group(1).rstrip(" ,:-–—\"”'’")
    if not _ASKED_SPEECH.search(question):
        return None
    match = _TO_DO.search(sentence) or _THAT.search(sentence)
    if match is None:
        return None
    clause = match.group(1)
    opening = _AFTER_CONDITION.match(clause)
    clause = (clause[opening.end() :] if opening else clause).rstrip(" ,:-–—\"”'’")
    return clause if 1 < len(clause.split()) <= MAX_SAID else None


class SpanRules:
    """What can be told of the spans of one sentence for one question."""

    def __init__(self, question: str, sentence: str) -> None:
        self._words = SpanWords.of(sentence)
        self._sentence = sentence
        asked = tokens(question)
        self._asked = {token.stem for token in asked if token.content}
        self._asked_names = {token.word for token in asked if token.capital and token.content}
        self._kind = answer_kind(question)
        self._time = asks_time(question)
        self._caseless = sentence == sentence.lower()
        self._choice = any(token.word == "or" for token in asked)

    def plausible(self, span: Span) -> bool:
        """Tell whether a span says something that the question doesn't, and of the right kind."""
        inside = range(span.first, span.last + 1)
        classes = [self._words.classes[place] for place in inside]
        pieces = [token for place in inside for token in self._words.tokens[place]]
        if self._kind in ("number", "date"):
            return True
        if self._caseless:
            return not self._repeats(pieces) or self._choice
        if not any(token.content for token in pieces) and self._kind != "person":
            return False
        if not self._time and all(
            name in ("time", "preposition", "determiner") for name in classes
        ):
            return False
        if not self._choice and self._repeats(pieces):
            return False
        if self._kind == "person" and not self._person(span, classes):
            return False
        verb = span.first == span.last and pieces and pieces[0].word in VERBS
        return not (verb and self._kind in ("person", "place", "other"))

    def _repeats(self, pieces: Sequence[Token]) -> bool:
        content = [token for token in pieces if token.content]
        return bool(content) and all(
            token.stem in self._asked or derived(token.word, self._asked_names) for token in content
        )

    def _person(self, span: Span, classes: Sequence[str]) -> bool:
        """Tell whether a span has a name in it, where the sentence has names."""
        if "name" not in self._words.classes:
            return True
        first = self._words.tokens[span.first]
        named = bool(first) and span.first == 0 and first[0].content
        return named or "name" in classes or "pronoun" in classes

    def whole(self, span: Span) -> Span:
        """Return the phrase that a span is part of: both halves of "and", the noun of "China's"."""
        first, last = span.first, span.last
        if self._words.classes[last] == "number":
            return self._number(span)
        if self._caseless or self._words.classes[last] == "time":
            return span
        last = self._to_noun(last)
        last = self._joined(first, last)
        first = self._joined_before(first, last)
        return self._words.span(first, last)

    def _to_noun(self, last: int) -> int:
        """Go on to the end of a noun: "arms" is of "arms control", "China's" of "… Wang Yi"."""
        words = self._words
        possessive = words.text(last).endswith(("'s", "’s"))
        while last + 1 < len(words.classes) and not words.stops[last]:
            following = words.classes[last + 1]
            verb = words.tokens[last + 1][:1]
            if self._compound(last):
                last += 1
                continue
            if following not in _NOUNS or words.classes[last] not in _NOUNS:
                break
            if verb and verb[0].word in VERBS and not possessive:
                break
            last += 1
        apposition = possessive and last + 1 < len(words.classes) and words.stops[last] == ","
        if apposition and words.classes[last + 1] == "name":
            last += 1
            while not words.stops[last] and words.classes[last + 1 : last + 2] == ["name"]:
                last += 1
        return last

    def _compound(self, place: int) -> bool:
        """Tell whether a word that may be a verb is a noun: "as arms control"."""
        words = self._words
        noun = words.classes[place] in ("verb", "content") and place > 0
        noun = noun and words.classes[place - 1] in ("preposition", "determiner")
        base = words.word(place + 1) in VERBS and not words.word(place + 1).endswith(("ed", "s"))
        return noun and (base or words.classes[place + 1] in _NOUNS)

    def _number(self, span: Span) -> Span:
        """Take "hundred" to "thousand"."""
        first, last = span.first, span.last
        while first > 0 and self._adjoins(first - 1):
            first -= 1
        while last + 1 < len(self._words.classes) and self._adjoins(last):
            last += 1
        return self._words.span(first, last)

    def _adjoins(self, place: int) -> bool:
        """Tell whether a word and the next one are of one number."""
        both = self._words.classes[place : place + 2] == ["number", "number"]
        if not both or self._words.stops[place]:
            return False
        return len(numbers(tokens(f"{self._words.text(place)} {self._words.text(place + 1)}"))) == 1

    def _joined(self, first: int, last: int) -> int:
        """Take "and Germany" to "France", and "or risk reduction" to "arms control"."""
        words = self._words
        place = last + 1
        if place + 1 >= len(words.classes) or words.stops[last] or words.word(place) not in _JOINS:
            return last
        kind = words.classes[last]
        end = place + 1
        if words.classes[end] not in _NOUNS or (kind == "name") != (words.classes[end] == "name"):
            return last
        nouns = all(words.classes[p] in _NOUNS for p in range(first, last + 1))
        if not nouns and not (first > 0 and self._compound(first)):
            return last
        while (
            not words.stops[end]
            and end + 1 < len(words.classes)
            and words.classes[end + 1] in _NOUNS
            and (kind != "name" or words.classes[end + 1] == "name")
        ):
            end += 1
        return end if end - place <= MAX_JOINED else last

    def _joined_before(self, first: int, last: int) -> int:
        """Take "France and" to "Germany"."""
        words = self._words
        if first < 2 or words.word(first - 1) not in _JOINS or words.classes[first] != "name":
            return first
        if words.classes[first - 2] != "name" or words.stops[first - 1] or words.stops[first - 2]:
            return first
        first -= 2
        while first > 0 and words.classes[first - 1] == "name" and not words.stops[first - 1]:
            first -= 1
        return first
