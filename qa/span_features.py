"""Question and sentence → candidate spans, and a vector of features for each.

Features are classes of words around a span's borders, its type against the type that is asked for,
and where the question's words stand. They need neither capitals nor a parser, since recognised
speech has no capitals and parsers are big.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.grammar import Word, words_of
from qa.question_features import answer_kind
from qa.verify.lexicon import FUNCTION_WORDS, MONTHS, RELATIVE_DAYS, VERBS, WEEKDAYS, ordered
from qa.verify.numbers import numbers
from qa.verify.tokens import Token, tokens

MAX_WORDS = 10
"""Longest span: of spoken_squad's answers 97 % are at most this long."""

_KINDS = ("person", "number", "date", "place", "reason", "manner", "thing", "which", "other")
_CLASSES = (
    "edge stop determiner preposition pronoun conjunction auxiliary verb number time name adverb "
    "content"
)
_DETERMINERS = frozenset(
    ordered("a an the this that these those his her its their our my your some any each every all")
)
_PREPOSITIONS = frozenset(
    ordered(
        "of in on at by for with about against between into through during before after to from up "
        "down out off over under within along across behind beyond toward towards among "
        "around near "
        "per via onto like as than upon since until"
    )
)
_PRONOUNS = frozenset(
    ordered(
        "i you he she it we they me him them us who whom which what there himself itself myself"
    )
)
_CONJUNCTIONS = frozenset(
    ordered("and or but so because although though while whereas if unless whether when where yet")
)
_AUXILIARIES = frozenset(
    ordered(
        "am is are was were be been being do does did have has had will would shall should "
        "can could "
        "may might must not"
    )
)
_TIMES = frozenset((*MONTHS, *WEEKDAYS, *RELATIVE_DAYS)) - {"may", "march"} | frozenset(
    ordered(
        "day days week weeks month months year years hour hours minute minutes century centuries "
        "decade decades morning evening night noon midnight spring summer autumn winter ago today"
    )
)
_PREPOSITIONS_ASKED = ordered("in on at of by for with to from as than about")
_CLASS_INDEX = {name: place for place, name in enumerate(ordered(_CLASSES))}


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate: its first and last word, and its range in the sentence."""

    first: int
    last: int
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """The spans of a sentence with their features, shape (spans, FEATURES)."""

    spans: tuple[Span, ...]
    features: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpanWords:
    """The words of a sentence: classes, tokens, and what stands after each but spaces."""

    sentence: str
    places: tuple[Word, ...]
    tokens: tuple[tuple[Token, ...], ...]
    classes: list[str]
    stops: tuple[str, ...]

    @classmethod
    def of(cls, sentence: str) -> SpanWords:
        """Read a sentence."""
        words = words_of(sentence)
        pieces = tuple(tokens(sentence[word.char_start : word.char_end]) for word in words)
        flat = tokens(sentence)
        values = {
            flat[place].word
            for number in numbers(flat)
            for place in range(number.first, number.last + 1)
        }
        heads = [piece[0] if piece else Token("", "", "", False) for piece in pieces]
        classes = [_class(head, place == 0, values) for place, head in enumerate(heads)]
        ends = [word.char_start for word in words[1:]] + [len(sentence)]
        stops = [
            sentence[word.char_end : end].strip() for word, end in zip(words, ends, strict=True)
        ]
        return cls(sentence, words, pieces, classes, tuple(stops))

    def text(self, place: int) -> str:
        """Return a word as written."""
        return self.sentence[self.places[place].char_start : self.places[place].char_end]

    def word(self, place: int) -> str:
        """Return a word in lower case, without clitics."""
        return self.tokens[place][0].word if self.tokens[place] else ""

    def span(self, first: int, last: int) -> Span:
        """Return the span between two words, both included."""
        return Span(first, last, self.places[first].char_start, self.places[last].char_end)


def asks_time(question: str) -> bool:
    """Tell whether a question asks for a time, by "when" or by a noun such as "which day"."""
    words = [token.word for token in tokens(question)]
    noun = _asked_noun(words)
    return "when" in words or (noun is not None and words[noun] in _TIMES)


def kind_of(question: str) -> str:
    """Return what is asked for; "what" and "which" are told apart by the noun that follows."""
    kind = answer_kind(question)
    if kind in ("person", "number", "date", "place", "reason", "manner"):
        return kind
    words = [token.word for token in tokens(question)]
    if _asked_noun(words) is not None:
        return "which"
    return "thing" if "what" in words or "which" in words else "other"


def _asked_noun(words: Sequence[str]) -> int | None:
    """Return the place of the noun in "what city" or "which team", or null."""
    for place, word in enumerate(words[:-1]):
        if word in ("what", "which", "whose"):
            following = words[place + 1]
            if following not in FUNCTION_WORDS and following not in VERBS:
                last = place + 1
                while (
                    last + 1 < len(words)
                    and words[last + 1] not in FUNCTION_WORDS
                    and words[last + 1] not in VERBS
                    and last < place + 3
                ):
                    last += 1
                return last
    return None


def candidates(question: str, sentence: str) -> Candidates:
    """Return every span of a sentence, and what speaks for each."""
    words = words_of(sentence)
    view = _View(question, sentence, words)
    spans = [
        Span(first, last, words[first].char_start, words[last].char_end)
        for first in range(len(words))
        for last in range(first, min(first + MAX_WORDS, len(words)))
    ]
    rows = [view.row(span.first, span.last) for span in spans]
    features = np.array(rows, dtype=np.float32).reshape(len(spans), FEATURES)
    return Candidates(tuple(spans), features)


class _View:
    """A sentence seen from a question: per word its class, and whether the question has it."""

    def __init__(self, question: str, sentence: str, words: Sequence[Word]) -> None:
        asked = tokens(question)
        self._kind = _KINDS.index(kind_of(question))
        stems = {token.stem for token in asked if token.content}
        lower = [token.word for token in asked]
        noun = _asked_noun(lower)
        self._noun = asked[noun].stem if noun is not None else None
        wh = next((p for p, w in enumerate(lower) if w in ("what", "which", "whom", "who")), 0)
        self._asked_after = lower[wh - 1] if wh else lower[-1] if lower else ""
        verb_next = wh + 1 < len(lower) and lower[wh + 1] in VERBS
        self._subject = verb_next and lower[wh + 1] not in ("did", "do", "does")
        pieces = [tokens(sentence[word.char_start : word.char_end]) for word in words]
        flat = tokens(sentence)
        counted = {
            place for number in numbers(flat) for place in range(number.first, number.last + 1)
        }
        values = {flat[place].word for place in counted}
        self._classes: list[int] = []
        self._overlap: list[bool] = []
        self._stems: list[set[str]] = []
        self._words: list[str] = []
        for place, piece in enumerate(pieces):
            head = piece[0] if piece else Token("", "", "", False)
            self._words.append(head.word)
            self._classes.append(_CLASS_INDEX[_class(head, place == 0, values)])
            self._stems.append({token.stem for token in piece})
            self._overlap.append(any(t.content and t.stem in stems for t in piece))
        self._stop_after = [
            sentence[words[p].char_end : words[p + 1].char_start].strip() != ""
            for p in range(len(words) - 1)
        ] + [True]
        self._total = max(1, sum(self._overlap))

    def row(self, first: int, last: int) -> list[float]:
        """Return the features of one span."""
        size = last - first + 1
        inside = self._classes[first : last + 1]
        overlap = self._overlap[first : last + 1]
        near_left = _distance(self._overlap[:first][::-1])
        near_right = _distance(self._overlap[last + 1 :])
        before = self._words[first - 1] if first else ""
        row: list[float] = []
        row += _one_hot(self._kind, len(_KINDS))
        row += _one_hot(min(size, 7) - 1, 7)
        row += [size / MAX_WORDS]
        row += _one_hot(self._classes[first], len(_CLASS_INDEX))
        row += _one_hot(self._classes[last], len(_CLASS_INDEX))
        row += _one_hot(self._beside(first - 1, first > 0), len(_CLASS_INDEX))
        row += _one_hot(self._after(last), len(_CLASS_INDEX))
        row += [float(before == word) for word in _PREPOSITIONS_ASKED]
        row += [
            float(self._stop_after[first - 1]) if first else 1.0,
            float(self._stop_after[last]),
            sum(overlap) / size,
            float(any(overlap)),
            float(overlap[0]),
            float(overlap[-1]),
            sum(overlap) / self._total,
            near_left,
            near_right,
            min(near_left, near_right),
            float(near_left == 0.0),
            float(near_right == 0.0),
            sum(self._overlap[:first]) / self._total,
            sum(self._overlap[last + 1 :]) / self._total,
            sum(self._overlap[max(0, first - 6) : last + 7]) / self._total,
            float(self._subject),
            float(self._subject) * sum(self._overlap[last + 1 : last + 5]),
            float(not self._subject) * sum(self._overlap[max(0, first - 4) : first]),
            float(self._asked_after == before and before != ""),
            first / len(self._words),
            float(self._noun is not None),
            float(self._noun is not None and self._has_noun(first, last)),
            float(
                self._noun is not None and last + 1 < len(self._words) and self._noun_at(last + 1)
            ),
            float(self._noun is not None and first > 0 and self._noun_at(first - 1)),
            float(any(self._stop_after[first:last])),
        ]
        for name in ("conjunction", "preposition", "verb", "auxiliary", "number", "time", "name"):
            row.append(float(_CLASS_INDEX[name] in inside))
        content = sum(c in _CONTENT for c in inside) / size
        row += [content, float(content == 0.0)]
        row.append(sum(c == _CLASS_INDEX["name"] for c in inside) / size)
        row.append(sum(c == _CLASS_INDEX["number"] for c in inside) / size)
        return row

    def _beside(self, place: int, exists: bool) -> int:
        return self._classes[place] if exists else _CLASS_INDEX["edge"]

    def _after(self, last: int) -> int:
        if last + 1 == len(self._classes):
            return _CLASS_INDEX["edge"]
        return _CLASS_INDEX["stop"] if self._stop_after[last] else self._classes[last + 1]

    def _noun_at(self, place: int) -> bool:
        return self._noun in self._stems[place]

    def _has_noun(self, first: int, last: int) -> bool:
        return any(self._noun_at(place) for place in range(first, last + 1))


_CONTENT = frozenset(_CLASS_INDEX[name] for name in ("number", "time", "name", "content", "verb"))


def _class(token: Token, first: bool, values: set[str]) -> str:
    word = token.word
    if word in values or word[:1].isdigit():
        return "number"
    if word in _TIMES:
        return "time"
    for name, members in (
        ("determiner", _DETERMINERS),
        ("preposition", _PREPOSITIONS),
        ("pronoun", _PRONOUNS),
        ("conjunction", _CONJUNCTIONS),
        ("auxiliary", _AUXILIARIES),
    ):
        if word in members:
            return name
    if token.capital and not first:
        return "name"
    if word in VERBS:
        return "verb"
    if word.endswith("ly") or word in FUNCTION_WORDS:
        return "adverb"
    return "verb" if word.endswith(("ed", "ing")) and len(word) > 4 else "content"


def _one_hot(place: int, size: int) -> list[float]:
    return [float(place == index) for index in range(size)]


def _distance(flags: Sequence[bool]) -> float:
    """Return how far the nearest of the flags is, 0 for next to it, at most 1."""
    return min(1.0, next((p for p, flag in enumerate(flags) if flag), 20) / 10)


FEATURES = len(_KINDS) + 8 + 4 * len(_CLASS_INDEX) + len(_PREPOSITIONS_ASKED) + 25 + 11
"""Length of a feature vector."""
