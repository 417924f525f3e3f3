"""Question + cited sentence → "yes" or "no", where the sentence asserts or denies what is asked.

Words decide, not a model: the sentence has to say all of the question's words, or the opposite of
one, without hedging, and a negation or an opposite turns it around. Whatever is less plain has no
short answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

from qa.question_features import answer_kind, is_broad, names
from qa.verify.lexicon import NEGATIVE_VERBS
from qa.verify.numbers import numbers
from qa.verify.polarity import negated, opposites_of
from qa.verify.tokens import Token, stem, tokens

# Fewer telling words ask for too little to be sure what is meant.
_LEAST_WORDS = 2
# What a question may ask beyond the sentence without asking for something else.
_LIGHT = frozenset(
    map(stem, ("really", "actually", "ever", "still", "already", "yet", "currently"))
)
# Whoever says these doesn't say that it is so.
_HEDGES = frozenset(
    ("if", "whether", "unless", "may", "might", "could", "would", "should", "perhaps", "maybe",
     "possibly", "probably", "likely", "unlikely", "hardly", "almost", "nearly", "wonder",
     "hope", "hopes", "hoped", "doubt", "doubts", "until", "but", "except", "seems", "seem",
     "suppose", "supposed", "guess", "wants", "want", "wanted", "asked", "asks", "try", "tried")
)  # fmt: skip


def yes_or_no(question: str, sentence: str, speaker: str | None) -> Literal["yes", "no"] | None:
    """Return what the sentence answers, or None where it isn't plain or nothing else was asked.

    Args:
        question: what was asked.
        sentence: the cited sentence.
        speaker: who said it; the label counts as said.
    """
    if answer_kind(question) != "yes_no" or is_broad(question) or sentence.rstrip().endswith("?"):
        return None
    asked, said = tokens(question), tokens(sentence)
    words = {t.word for t in asked}
    if "or" in words or any(t.word in _HEDGES and t.word not in words for t in said):
        return None
    wanted = {t.stem for t in asked if t.content} - _LIGHT
    known = {t.stem for t in said} | {t.stem for t in tokens(speaker or "")}
    opposite = {w for w in wanted if w not in known and opposites_of(w) & known}
    covered = {w for w in wanted if w in known}
    if len(wanted) < _LEAST_WORDS or covered | opposite != wanted or len(opposite) > 1:
        return None
    if not _names_known(question, known) or _values(asked) - _values(said):
        return None
    turned = _turned(asked, said, covered) ^ bool(opposite)
    return "no" if turned else "yes"


def _values(words: Sequence[Token]) -> set[tuple[Fraction, bool]]:
    return {(number.value, number.percent) for number in numbers(words)}


def _names_known(question: str, known: set[str]) -> bool:
    return all(stem(word.lower()) in known for name in names(question) for word in name.split())


def _turned(asked: Sequence[Token], said: Sequence[Token], covered: set[str]) -> bool:
    """Tell whether a word of the question is denied in one of the two and not in the other."""
    mine, theirs = negated(asked), negated(said)
    negative = any(t.word in NEGATIVE_VERBS for t in said) and not any(
        t.word in NEGATIVE_VERBS for t in asked
    )
    return negative ^ any(
        mine[word] != theirs[word] and len(theirs[word]) == 1
        for word in covered
        if word in mine and word in theirs
    )
