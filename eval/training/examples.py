"""Questions and statements → what one training step reads: windows and pairs with labels."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from eval.training.corruptions import corrupt_question
from eval.training.retrieval import Corpus
from eval.training.sets import DataSet, Document, Question, asked_names
from qa.reader.inputs import Window, WindowSentence

IGNORE = -1

# Shares of the training questions that are turned into unanswerable ones, and of the windows that
# are changed to look like other sources.
_WITHOUT_EVIDENCE = 0.10
_CORRUPTED = 0.14
# Most windows are cropped: what a step costs grows with their length, what it teaches hardly does.
# The longest are what the service reads.
_CROPPED = 0.75
_CROP_CHARS = (150, 720)
_UNTITLED = 0.3
_NEGATIVES = 1


@dataclass(frozen=True, slots=True)
class LabelledWindow:
    """A window, a label per sentence (1 gold, 0 not, ``IGNORE``), and the answer's spans.

    ``spans`` are (sentence, char start, char end) with offsets in the sentence; None where it isn't
    known which words answer.
    """

    window: Window
    labels: tuple[int, ...]
    spans: tuple[tuple[int, int, int], ...] | None


@dataclass(frozen=True, slots=True)
class RankingExample:
    """A question with the windows it is compared on; no label is 1 when it is unanswerable."""

    question: str
    windows: tuple[LabelledWindow, ...]


def crop(sizes: Sequence[int], around: int, rng: random.Random) -> slice:
    """Return so many neighbours of a sentence, and itself, as fit a window of a drawn length.

    Args:
        sizes: chars of each sentence.
        around: the sentence that has to be in it.
        rng: says how long the window is and to which side it grows.
    """
    first = last = around
    room = rng.randint(*_CROP_CHARS) - sizes[around]
    while room > 0 and (first > 0 or last < len(sizes) - 1):
        if first > 0 and (last == len(sizes) - 1 or rng.random() < 0.5):
            first -= 1
            room -= sizes[first]
        else:
            last += 1
            room -= sizes[last]
    return slice(first, last + 1)


def make_window(document: Document, numbers: Sequence[int], titled: bool = True) -> Window:
    """Return the window of these sentences, labelled at each change of turn."""
    sentences = []
    turn: int | None = None
    for number in numbers:
        sentence = document.sentences[number]
        label = (sentence.speaker or "") if sentence.turn != turn else ""
        turn = sentence.turn
        sentences.append(WindowSentence(document.words(sentence), label))
    return Window(document.title if titled else "", tuple(sentences))


class ExampleMaker:
    """Draws training examples from sets and their corpora; the same seed draws the same."""

    def __init__(
        self,
        sets: Mapping[str, DataSet],
        corpora: Mapping[str, Corpus],
        found: Mapping[str, Sequence[int]],
        seed: int,
    ) -> None:
        """Take the sets, their indexes, and per question id the passages retrieved for it."""
        self._sets = sets
        self._corpora = corpora
        self._found = found
        self._rng = random.Random(seed)  # noqa: S311 - for training, not for secrets
        self._names = asked_names(sets)

    def reseed(self, seed: float) -> None:
        """Draw from here on as a new maker with this seed would."""
        self._rng = random.Random(seed)  # noqa: S311 - for training, not for secrets

    def ranking(self, question: Question, negatives: int = _NEGATIVES) -> RankingExample:
        """Return an example of a question: a gold passage and hard negatives, or negatives only."""
        rng = self._rng
        corpus = self._corpora[question.set_name]
        document = self._sets[question.set_name].documents[question.document_id]
        own = [
            position
            for position in corpus.by_document[document.id]
            if question.gold & set(corpus.places[position].numbers)
        ]
        others = [
            p
            for p in self._found[question.id]
            if p not in own
            and not (
                corpus.places[p].document.id == document.id
                and question.near & set(corpus.places[p].numbers)
            )
        ]
        text = question.text
        drawn = rng.random()
        if not question.answerable:
            # The passages on the topic that don't answer are the lesson here.
            local = set(corpus.by_document[document.id])
            near = [p for p in others if p in local] or sorted(local)
            far = [p for p in others if p not in local]
            positions = [*self._hard(near, 2), *self._hard(far, 1)]
            return self._example(text, positions, question, answerable=False)
        if drawn < _WITHOUT_EVIDENCE and question.kind in _FACTUAL:
            return self._example(
                text, self._hard(others, max(1, negatives)), question, answerable=False
            )
        gold = rng.choice(own)
        positions = [gold, *self._hard(others, negatives)]
        if drawn < _WITHOUT_EVIDENCE + _CORRUPTED and question.kind in _FACTUAL:
            evidence = " ".join(
                w.text for w in make_window(document, corpus.places[gold].numbers).sentences
            )
            changed = corrupt_question(text, evidence, rng, self._names[document.id])
            if changed:
                return self._example(changed, positions[:2], question, answerable=False)
        return self._example(text, positions, question, answerable=True)

    def statement_ranking(self, question: Question, index: int) -> RankingExample:
        """Return an example that asks for the evidence of one sentence of a gold answer."""
        statement = question.statements[index]
        corpus = self._corpora[question.set_name]
        gold = frozenset(statement.sentences)
        local = corpus.by_document[question.document_id]
        own = [p for p in local if gold & set(corpus.places[p].numbers)]
        near = question.gold | question.near
        rest = [p for p in self._found[question.id] if p not in own]
        far = [
            p
            for p in rest
            if corpus.places[p].document.id != question.document_id
            or not near & set(corpus.places[p].numbers)
        ]
        positions = [self._rng.choice(own), *self._hard(far, _NEGATIVES)]
        return RankingExample(
            statement.text,
            tuple(
                self._labelled(p, gold, near - gold, (), span_known=False, doc=question.document_id)
                for p in positions
            ),
        )

    def _hard(self, positions: Sequence[int], count: int) -> list[int]:
        """Draw passages, the better found the likelier."""
        pool = list(positions)
        drawn: list[int] = []
        while pool and len(drawn) < count:
            at = min(int(self._rng.expovariate(0.35)), len(pool) - 1)
            drawn.append(pool.pop(at))
        return drawn

    def _example(
        self,
        text: str,
        positions: Sequence[int],
        question: Question,
        *,
        answerable: bool,
    ) -> RankingExample:
        gold = question.gold if answerable else frozenset()
        known = question.set_name != "qmsum" and (bool(question.answers) or not answerable)
        spans = question.spans if answerable else ()
        near = question.near if answerable else frozenset()
        return RankingExample(
            text,
            tuple(
                self._labelled(
                    p,
                    gold,
                    near,
                    spans,
                    span_known=known,
                    doc=question.document_id,
                    source=question.set_name,
                )
                for p in positions
            ),
        )

    def _labelled(
        self,
        position: int,
        gold: frozenset[int],
        near: frozenset[int],
        spans: Sequence[tuple[int, int]],
        *,
        span_known: bool,
        doc: str,
        source: str = "qmsum",
    ) -> LabelledWindow:
        rng = self._rng
        place = self._corpora[source].places[position]
        document = place.document
        own = document.id == doc
        numbers = list(place.numbers)
        if len(numbers) > 2 and rng.random() < _CROPPED:
            wanted = [i for i, n in enumerate(numbers) if own and n in gold]
            around = rng.choice(wanted) if wanted else rng.randrange(len(numbers))
            sizes = [len(document.words(document.sentences[n])) for n in numbers]
            numbers = numbers[crop(sizes, around, rng)]
        window = make_window(document, numbers, titled=rng.random() >= _UNTITLED)
        labels = tuple(
            1 if own and n in gold else IGNORE if own and n in near else 0 for n in numbers
        )
        placed = []
        for start, end in spans if own else ():
            for i, number in enumerate(numbers):
                sentence = document.sentences[number]
                if sentence.char_start <= start and end <= sentence.char_end:
                    placed.append((i, start - sentence.char_start, end - sentence.char_start))
        # A gold window whose span crosses sentences teaches nothing about spans.
        lost = 1 in labels and not placed
        return LabelledWindow(window, labels, tuple(placed) if span_known and not lost else None)


_FACTUAL = frozenset({"question", "who", "what", "where", "when", "why", "how"})
