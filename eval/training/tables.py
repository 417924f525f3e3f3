"""Questions → ranked candidates with features, as the service would see them, in several variants.

A question is asked as it is, of its corpus without the passages that answer it, of another set's
corpus, and with a name, number or time exchanged: all but the first have no answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from eval.training.candidates import candidates_for
from eval.training.corruptions import corrupt_question
from eval.training.examples import make_window
from eval.training.retrieval import Corpus
from eval.training.sets import DataSet, Question
from index.encoders.base import Encoder
from qa.evidence.candidates import Candidate
from qa.question.features import names
from qa.reader.cross_encoder import Reading, WindowReader
from qa.reader.inputs import Window

Variant = Literal["own", "without", "other", "changed"]

# Passages handed to the ranker, as the service does.
PASSAGES = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked, and the candidates for it; ``right`` says which are gold."""

    question: Question
    variant: Variant
    text: str
    candidates: tuple[Candidate, ...]
    right: tuple[bool, ...]

    @property
    def name(self) -> str:
        """Return the set it belongs to with the variant."""
        return f"{self.question.set_name}/{self.variant}"


class Asker:
    """Asks questions of in-memory corpora."""

    def __init__(
        self, sets: Mapping[str, DataSet], corpora: Mapping[str, Corpus], encoder: Encoder
    ) -> None:
        self._sets = sets
        self._corpora = corpora
        self._encoder = encoder

    def own(self, questions: Sequence[Question]) -> Iterator[Asked]:
        """Yield the questions as they are."""
        for question in questions:
            yield self._ask(question, "own", question.text)

    def without(self, questions: Sequence[Question]) -> Iterator[Asked]:
        """Yield the questions with every passage gone that holds evidence."""
        for question in questions:
            yield self._ask(question, "without", question.text)

    def other(self, questions: Sequence[Question], set_name: str) -> Iterator[Asked]:
        """Yield the questions asked of another set's corpus."""
        for question in questions:
            yield self._ask(question, "other", question.text, set_name)

    def changed(self, questions: Sequence[Question], seed: int) -> Iterator[Asked]:
        """Yield those questions that offer a hold for an exchange, with it made."""
        rng = random.Random(seed)  # noqa: S311 - for training, not for secrets
        for question in questions:
            document = self._sets[question.set_name].documents[question.document_id]
            others = [
                name
                for q in self._sets[question.set_name].questions
                if q.document_id == question.document_id
                for name in names(q.text)
            ]
            window = make_window(document, sorted(question.gold))
            evidence = " ".join(s.text for s in window.sentences)
            text = corrupt_question(question.text, evidence, rng, others)
            if text:
                yield self._ask(question, "changed", text)

    def _ask(
        self, question: Question, variant: Variant, text: str, set_name: str | None = None
    ) -> Asked:
        corpus = self._corpora[set_name or question.set_name]
        vector = self._encoder.encode_queries([text])[0]
        # A question to a meeting doesn't say which one (qmsum), so it is asked within it.
        within = question.document_id if set_name is None and question.set_name == "qmsum" else None
        positions = corpus.search(text, vector, PASSAGES + 10, within)
        if variant == "without":
            evidence = question.gold | question.near
            positions = [
                p
                for p in positions
                if corpus.places[p].document.id != question.document_id
                or not evidence & set(corpus.places[p].numbers)
            ]
        candidates = candidates_for(text, vector, corpus, positions[:PASSAGES])
        right = tuple(
            variant == "own"
            and c.hit.document_id == question.document_id
            and c.sentence.number in question.gold
            for c in candidates
        )
        return Asked(question, variant, text, candidates, right)


class RememberingReader:
    """Reads each (text, window) once and remembers; measuring asks for the same ones again."""

    def __init__(self, reader: WindowReader) -> None:
        self._reader = reader
        self._known: dict[tuple[str, Window], Reading] = {}

    def read(self, text: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        """Return a reading of each window, in order."""
        new = [w for w in dict.fromkeys(windows) if (text, w) not in self._known]
        if new:
            for window, reading in zip(new, self._reader.read(text, new), strict=True):
                self._known[text, window] = reading
        return tuple(self._known[text, w] for w in windows)
