"""A sentence → its words with classes, which tell where a span may begin and end.

They need neither capitals nor a parser: recognised speech has no capitals, and parsers are big.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.grammar import Word, words_of
from qa.language.number_words import is_number_word
from qa.verify.lexicon import FUNCTION_WORDS, MONTHS, RELATIVE_DAYS, VERBS, WEEKDAYS, ordered
from qa.verify.numbers import numbers
from qa.verify.tokens import Token, tokens

MAX_WORDS = 10
"""Longest span: of spoken_squad's answers 97 % are at most this long."""

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


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate: its first and last word, and its range in the sentence."""

    first: int
    last: int
    char_start: int
    char_end: int


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
            if is_number_word(flat[place].word)
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
