"""Statements with what is cited for them → examples of the support head, true and corrupted."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.training.corruptions import corrupt, merge_halves
from eval.training.examples import make_window
from eval.training.retrieval import Corpus
from eval.training.sets import DataSet, Document, Question, StatementGold, asked_names
from qa.reader.inputs import Window

_VERBATIM = 0.35
# Share of the pairs of a training step that are made of a question and its short answer.
_ANSWERS = 0.5
_AUXILIARY = frozenset(
    ("is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could", "will",
     "would", "should", "may", "might", "must")
)  # fmt: skip
_ASKS = re.compile(
    r"\b(who|whom|whose|what|which|where|when|why|how (?:many|much|long|old|often|far)|how)\b",
    re.IGNORECASE,
)
_TAKES_NOUN = frozenset(("what", "which", "whose", "how many", "how much"))


@dataclass(frozen=True, slots=True)
class SupportExample:
    """A statement, the sentences cited for it, whether they back it, and how it was changed."""

    statement: str
    window: Window
    supported: bool
    kind: str


Pair = tuple[SupportExample, SupportExample]


def stated(question: str, answer: str) -> str:
    """Return the question with its answer in it, as near to a statement as rules get.

    >>> stated("Who won the game?", "Denver")
    'Denver won the game.'
    >>> stated("When was the abbey founded?", "1842")
    'the abbey was founded 1842.'
    """
    text = question.strip().rstrip("?. ")
    found = _ASKS.search(text)
    if not found:
        return f"{text}: {answer}."
    before, rest = text[: found.start()].strip(), text[found.end() :].split()
    # "What year", "which of the teams": the noun goes with the word that asks for it.
    nouns = 2 if found.group().lower() in _TAKES_NOUN else 0
    asked: list[str] = []
    while rest and rest[0].lower() not in _AUXILIARY and len(asked) < nouns:
        asked.append(rest.pop(0))
    if rest and rest[0].lower() in _AUXILIARY:
        auxiliary = rest.pop(0)
        if auxiliary.lower() not in ("do", "does", "did") and len(rest) > 1:
            rest.insert(len(rest) - 1, auxiliary)
        parts = [*rest, before, answer]
    else:
        parts = [before, answer, *rest]
    return " ".join(part for part in parts if part) + "."


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A true statement; ``gold`` is set where it comes from a gold answer."""

    example: SupportExample
    document: Document
    gold: StatementGold | None


class StatementMaker:
    """Draws statements with the sentences cited for them; the same seed draws the same."""

    def __init__(
        self,
        sets: Mapping[str, DataSet],
        corpora: Mapping[str, Corpus],
        found: Mapping[str, Sequence[int]],
        seed: int,
        verbatim: float = _VERBATIM,
    ) -> None:
        """Take the sets, their indexes, and per question id the passages retrieved for it.

        ``verbatim`` is the share of statements that are a transcript's own words.
        """
        self._verbatim_share = verbatim
        self._sets = sets
        self._corpora = corpora
        self._found = found
        self._rng = random.Random(seed)  # noqa: S311 - for training, not for secrets
        self._names = asked_names(sets)
        self._answers: dict[str, list[str]] = {}
        for data in sets.values():
            for question in data.questions:
                text = data.documents[question.document_id].text
                answers = self._answers.setdefault(question.document_id, [])
                answers.extend(text[start:end] for start, end in question.spans[:1])

    def reseed(self, seed: float) -> None:
        """Draw from here on as a new maker with this seed would."""
        self._rng = random.Random(seed)  # noqa: S311 - for training, not for secrets

    def support(self, question: Question) -> SupportExample | None:
        """Return a statement with its evidence, as it is or corrupted; None if none can be made."""
        drawn = self._true(question)
        if drawn is None or self._rng.random() < (0.45 if drawn.gold else 0.5):
            return drawn.example if drawn else None
        return self._false(drawn, question)

    def pair(self, question: Question, answered: Question) -> Pair | None:
        """Return a true statement and a corrupted one with the same or like evidence.

        The statement is one of ``question``'s answer, or ``answered`` with its short answer. What
        is told apart within a pair differs in little, so the words of a topic prove nothing.
        None where no corruption applies.
        """
        if self._rng.random() < _ANSWERS:
            return self._answer_pair(answered)
        drawn = self._true(question)
        false = self._false(drawn, question) if drawn else None
        return (drawn.example, false) if drawn and false else None

    def _true(self, question: Question) -> _Drawn | None:
        document = self._sets[question.set_name].documents[question.document_id]
        if not question.statements or self._rng.random() < self._verbatim_share:
            return self._verbatim(document)
        gold = self._rng.choice(question.statements)
        window = make_window(document, gold.sentences, titled=False)
        return _Drawn(SupportExample(gold.text, window, True, "true"), document, gold)

    def _verbatim(self, document: Document) -> _Drawn | None:
        """Return a sentence of a transcript as the statement of what it says."""
        rng = self._rng
        places = [s for s in document.sentences if len(document.words(s)) > 40]
        if not places:
            return None
        sentence = rng.choice(places)
        window = self._around(document, sentence.number, sentence.number)
        text = document.words(sentence)
        pieces = [p for p in re.split(r"\s*[,;]\s+", text) if len(p) > 30]
        if len(pieces) > 1 and rng.random() < 0.5:
            text = rng.choice(pieces)
        if sentence.speaker and rng.random() < 0.5:
            text = f"{sentence.speaker} said that {text[:1].lower()}{text[1:]}"
        return _Drawn(SupportExample(text, window, True, "verbatim"), document, None)

    def _around(self, document: Document, first: int, last: int) -> Window:
        first = max(0, first - self._rng.randint(0, 2))
        last = min(len(document.sentences) - 1, last + self._rng.randint(0, 2))
        return make_window(document, range(first, last + 1), titled=False)

    def _false(self, drawn: _Drawn, question: Question) -> SupportExample | None:
        rng = self._rng
        text, window, document = drawn.example.statement, drawn.example.window, drawn.document
        kind = rng.random()
        if drawn.gold and kind < 0.15:
            other = self._other_evidence(question, document, drawn.gold.sentences)
            if other:
                return SupportExample(text, other, False, "wrong evidence")
        elif drawn.gold and kind < 0.27 and len(question.statements) > 1:
            second = rng.choice([s for s in question.statements if s is not drawn.gold])
            if not set(second.sentences) & set(drawn.gold.sentences):
                merged = merge_halves(text, second.text)
                if merged:
                    return SupportExample(merged, window, False, "merge")
        evidence = " ".join(f"{s.label} {s.text}" for s in window.sentences)
        speakers = sorted({t.speaker for t in document.turns if t.speaker})
        changed = corrupt(text, evidence, rng, speakers, self._names.get(document.id, ()))
        return SupportExample(changed[1], window, False, changed[0]) if changed else None

    def _other_evidence(
        self, question: Question, document: Document, gold: Sequence[int]
    ) -> Window | None:
        corpus = self._corpora[question.set_name]
        rest = [
            p
            for p in self._found[question.id]
            if corpus.places[p].document.id == document.id
            and not set(gold) & set(corpus.places[p].numbers)
        ]
        if not rest:
            return None
        numbers = corpus.places[self._rng.choice(rest[:6])].numbers
        start = self._rng.randrange(len(numbers))
        return make_window(document, numbers[start : start + max(1, len(gold))], titled=False)

    def _answer_pair(self, question: Question) -> Pair | None:
        """Return a question with its answer and with another, from the window where it can."""
        if not question.spans or not question.gold:
            return None
        rng = self._rng
        document = self._sets[question.set_name].documents[question.document_id]
        start, end = question.spans[0]
        answer = document.text[start:end]
        window = self._around(document, min(question.gold), max(question.gold))
        words = " ".join(s.text for s in window.sentences).lower()
        numeric = any(c.isdigit() for c in answer)
        others = [
            a
            for a in self._answers[question.document_id]
            if not _shared(a, answer)
            and a.lower() not in question.text.lower()
            and any(c.isdigit() for c in a) == numeric
        ]
        near = [a for a in others if a.lower() in words]
        true = SupportExample(stated(question.text, answer), window, True, "answer")
        if near or others:
            other = rng.choice(near or others)
            return true, SupportExample(stated(question.text, other), window, False, "other answer")
        evidence = " ".join(f"{s.label} {s.text}" for s in window.sentences)
        changed = corrupt(true.statement, evidence, rng, (), self._names[document.id])
        return (true, SupportExample(changed[1], window, False, changed[0])) if changed else None


def _shared(one: str, other: str) -> bool:
    """Return whether two answers have a word in common, and so may both be right."""
    return bool(set(one.lower().split()) & set(other.lower().split()))
