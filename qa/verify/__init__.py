"""A statement and the sentences it cites → whether they say that, how surely, and why not.

Deterministic checks come first and each has its reason: ``number``, ``percent``, ``name``,
``speaker``, ``negation``, ``opposite``, ``unfinished``, ``question``, ``fragment``, ``too_long``,
``loop``, ``modality``, ``substitution``. Every statement has a support between 0 and 1: the
trained probability (``qa.verify.support_model``), or without it the mean of the share of its words
that the evidence has and of the similarity of meaning. Below the threshold the reason is ``weak``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from qa.language.agreement import backs
from qa.language.number_words import ORDINALS
from qa.language.numbers import Number
from qa.language.placed_numbers import numbers, unread
from qa.language.sentence import not_a_sentence
from qa.language.tokens import Token, tokens
from qa.records import Evidence
from qa.verify.alignment import Gap, fits_better_elsewhere, gaps, similar_order
from qa.verify.modality import shifts
from qa.verify.names import FIRST_PERSON, misplaced_names, unknown_names, wrong_speakers
from qa.verify.polarity import contradicts
from qa.verify.sources import Cited as Cited

THRESHOLD = 0.2
"""Least support: the highest that refuses at most 3 % of the sentences of QMSum's train answers
that pass the checks (``eval.swaps`` chooses it; docs/reports, verification, has the curve)."""

VERBATIM = 0.6
"""Share of a statement's words in the evidence's order from which they are compared one by one."""

CASELESS_VERBATIM = 0.8
"""The same where the evidence has no capitals, so that any new word may be a name."""

_FILLERS = frozenset(("um", "uh", "er", "mm", "hmm"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a statement stands, its support between 0 and 1, and what speaks against it."""

    ok: bool
    support: float
    reasons: tuple[str, ...]


class Similarity(Protocol):
    """Compares meanings."""

    def similarity(self, statement: str, texts: Sequence[str]) -> float:
        """Return how much the statement means what the texts say, between 0 and 1."""


class Backing(Protocol):
    """A trained judge of support; ``qa.verify.support_model.SupportModel`` is one."""

    def support(self, statement: str, cited: Sequence[Cited], reasons: Sequence[str]) -> float:
        """Return the calibrated probability that the cited sentences back the statement."""


class Verifier:
    """Checks statements.

    Args:
        similarity: compares meanings; without it, words alone decide.
        threshold: least support.
        trained: judges the support instead, where there is one.
    """

    def __init__(
        self,
        similarity: Similarity | None = None,
        threshold: float = THRESHOLD,
        *,
        trained: Backing | None = None,
    ) -> None:
        self._similarity = similarity
        self._threshold = threshold
        self._trained = trained

    @property
    def threshold(self) -> float:
        """Return the least support."""
        return self._threshold

    def verify(self, statement: str, cited: Sequence[Evidence]) -> Verdict:
        """Check one statement against the sentences that it cites."""
        sentences = [Cited(e.text, e.sentence.speaker, e.context) for e in cited]
        return self.check(statement, sentences)

    def check(self, statement: str, cited: Sequence[Cited]) -> Verdict:
        """Check one statement against the words and speakers of sentences."""
        reasons = list(hard_reasons(statement, cited))
        support = self.support(statement, cited, reasons)
        if support < self._threshold:
            reasons.append("weak")
        return Verdict(not reasons, support, tuple(reasons))

    def support(self, statement: str, cited: Sequence[Cited], reasons: Sequence[str] = ()) -> float:
        """Return the support of a statement; ``reasons`` are what the checks hold against it."""
        if self._trained is not None:
            return self._trained.support(statement, cited, reasons)
        covered = coverage(tokens(statement), _evidence(cited), [c.speaker for c in cited])
        if self._similarity is None or not cited:
            return covered
        meaning = self._similarity.similarity(statement, [c.text for c in cited])
        return min(1.0, max(0.0, (covered + meaning) / 2))


def verify(statement: str, cited: Sequence[Evidence]) -> Verdict:
    """Check a statement by words alone; ``Verifier`` compares meanings too."""
    return Verifier().verify(statement, cited)


def hard_reasons(statement: str, cited: Sequence[Cited]) -> tuple[str, ...]:
    """Return what the deterministic checks hold against a statement; nothing when it passes."""
    words = _fluent(tokens(statement))
    evidence = _fluent(_evidence(cited))
    reasons = list(not_a_sentence(statement, words))
    verbatim = similar_order(words, evidence) >= VERBATIM
    reasons += _number_reasons(words, evidence, verbatim=verbatim)
    surroundings = tokens(" ".join(c.context for c in cited))
    speakers = [c.speaker for c in cited if c.speaker is not None]
    unknown = unknown_names(words, evidence, speakers, surroundings, verbatim=verbatim)
    if unknown or misplaced_names(words, evidence):
        reasons.append("name")
    if wrong_speakers(words, [(tokens(c.text), c.speaker) for c in cited]):
        reasons.append("speaker")
    reasons += contradicts(words, evidence, verbatim=verbatim)
    if verbatim and shifts(words, evidence):
        reasons.append("modality")
    if verbatim and _substituted(words, evidence, speakers):
        reasons.append("substitution")
    return tuple(dict.fromkeys(reasons))


def coverage(
    statement: Sequence[Token], evidence: Sequence[Token], speakers: Sequence[str | None]
) -> float:
    """Return the share of the statement's content words that the evidence has, by their stems."""
    known = {token.stem for token in evidence}
    known |= {token.stem for label in speakers if label for token in tokens(label)}
    content = [token.stem for token in statement if token.content]
    if not content:
        return 0.0
    return sum(word in known for word in content) / len(content)


def _fluent(words: Sequence[Token]) -> tuple[Token, ...]:
    """Drop "um" and "uh", which part what belongs together: "the Industrial uh Designer"."""
    return tuple(token for token in words if token.word not in _FILLERS)


def _evidence(cited: Sequence[Cited]) -> tuple[Token, ...]:
    return tuple(token for c in cited for token in tokens(c.text))


def _number_reasons(
    statement: Sequence[Token], evidence: Sequence[Token], *, verbatim: bool
) -> list[str]:
    reasons = ["number"] if unread(statement, evidence) else []
    theirs = numbers(evidence)
    for number in numbers(statement):
        same = [other for other in theirs if backs(other, number)]
        counting = not verbatim and _ordering(statement, number)
        loose = counting or (not verbatim and _article(statement, number))
        known = bool(same) or loose or _article(statement, number)
        if not known and any(_percent_apart(number, other) for other in theirs):
            reasons.append("percent")
        elif not known or (not loose and _moved(statement, number, evidence, theirs)):
            reasons.append("number")
    return list(dict.fromkeys(reasons))


def _percent_apart(number: Number, other: Number) -> bool:
    """Return whether two numbers are the same except for one being a percentage."""
    return number.percent != other.percent and backs(replace(other, unit=number.unit), number)


def _article(statement: Sequence[Token], number: Number) -> bool:
    """Return whether "one" or "first" isn't meant as a number: it may stand for "a"."""
    single = number.first == number.last and number.value == 1
    return single and statement[number.first].word in ("one", "first")


def _ordering(statement: Sequence[Token], number: Number) -> bool:
    """Return whether an ordinal counts the writer's own points: "the second question was"."""
    token = statement[number.first]
    return token.word in ("first", "second", "third", "fourth") or (
        token.start and token.word in ORDINALS
    )


def _other_name(gap: Gap) -> bool:
    """Return whether parallel words have one name there and another, or a title, here."""
    mine = {t.stem for t in gap.statement if t.capital and t.content}
    theirs = {t.stem for t in gap.evidence if t.capital and t.content}
    return bool(mine and theirs) and not mine & {t.stem for t in gap.evidence}


def _moved(
    statement: Sequence[Token],
    number: Number,
    evidence: Sequence[Token],
    theirs: Sequence[Number],
) -> bool:
    """Return whether the words around a number belong, in the evidence, to another number."""
    same = [(n.first, n.last) for n in theirs if backs(n, number)]
    others = [(n.first, n.last) for n in theirs if not backs(n, number)]
    return fits_better_elsewhere(statement, (number.first, number.last), evidence, same, others)


def _substituted(
    statement: Sequence[Token], evidence: Sequence[Token], speakers: Sequence[str]
) -> bool:
    """Return whether a statement repeats the evidence except for a name that it doesn't have.

    Recognised speech has no capitals: there any word of content may be a swapped name. A speaker's
    name may stand where he said "I" or "we".
    """
    labels = {token.word for label in speakers for token in tokens(label)}
    known = {token.stem for token in evidence}
    caseless = not any(token.capital for token in evidence)
    caseless = caseless and similar_order(statement, evidence) >= CASELESS_VERBATIM
    counted = {
        statement[place].word
        for number in numbers(statement)
        for place in range(number.first, number.last + 1)
    }
    if any(_other_name(gap) for gap in gaps(statement, evidence)):
        return True
    return any(
        token.stem not in known
        and token.word not in counted
        and ((caseless and token.content) or (token.capital and not token.start))
        for gap in gaps(statement, evidence)
        if gap.evidence
        for token in gap.statement
        if not (token.word in labels and any(t.word in FIRST_PERSON for t in gap.evidence))
    )
