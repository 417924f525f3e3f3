"""Question and the best evidence → the few words of it that answer, or null.

A span is chosen by a small network over features of the span (``qa.span_features``) and over what
the embedded model would write first: its probability of each of the sentence's words as the first
word of the answer. One forward pass of the prompt and no generated text, so nothing can be made up.
Alone, the features reach a token F1 of 0.31 on recognised speech and the model, writing under a
grammar of contiguous words, the same; together 0.41. ``qa.span_rules`` then takes whole phrases.
Figures: docs/verification.md; ``python -m eval.train_spans`` trains the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from qa.chat import ChatModel, ChatRequest, Message
from qa.prompts import STOP, span_prompt
from qa.question_features import answer_kind, holds_kind
from qa.records import Evidence
from qa.span_features import Candidates, Span, candidates
from qa.span_rules import SpanRules, said
from qa.verify.numbers import numbers
from qa.verify.tokens import tokens

ALTERNATIVES = 300
"""First tokens to look at; the sentence's words are nearly always among them."""

FLOOR = -12.0
"""Logarithm of the probability of a word that isn't: e^-12 is about the 300th token's."""

SCALE = 5.0
"""Brings logarithms of probabilities to the size of the other features."""

MAX_EVIDENCE_WORDS = 120
"""Longer sentences are no sentences; reading them would take a second."""

TRIED = 60
"""Spans that are looked at, best first: when none of them can answer, no other will."""

WEIGHTS = Path(__file__).with_name("span_model.npz")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpanNetwork:
    """Two hidden layers: weights of shapes (in, hidden), biases of shape (hidden,)."""

    layers: tuple[tuple[Floats, Floats], ...]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> SpanNetwork:
        """Read the weights that come with the package."""
        with np.load(path, allow_pickle=False) as stored:
            count = len(stored.files) // 2
            return cls(tuple((stored[f"w{n}"], stored[f"b{n}"]) for n in range(count)))

    def scores(self, features: Floats) -> Floats:
        """Return a score for each row of features, shape (rows,)."""
        hidden = features
        for weights, bias in self.layers[:-1]:
            hidden = np.maximum(hidden @ weights + bias, 0.0)
        weights, bias = self.layers[-1]
        return np.asarray(hidden @ weights + bias, dtype=np.float32)[:, 0]


class FirstWords(Protocol):
    """Says which words an answer could begin with."""

    def first_words(self, question: str, sentence: str) -> Sequence[tuple[str, float]]:
        """Return tokens with the logarithm of their probability."""


class ModelFirstWords:
    """Asks a model that returns alternatives.

    Raises:
        ModelUnavailable: if the model can't be asked.
    """

    def __init__(self, model: ChatModel, seed: int = 0) -> None:
        self._model = model
        self._seed = seed

    def first_words(self, question: str, sentence: str) -> Sequence[tuple[str, float]]:
        """Return the likeliest first tokens of an answer."""
        request = ChatRequest(
            messages=(Message("user", span_prompt(question, sentence)),),
            max_tokens=1,
            stop=STOP,
            seed=self._seed,
            completion=True,
            alternatives=ALTERNATIVES,
        )
        return self._model.complete(request).alternatives


class ShortAnswerer:
    """Finds short answers with the embedded model."""

    def __init__(self, first_words: FirstWords, network: SpanNetwork) -> None:
        self._first_words = first_words
        self._network = network

    def short_answer(self, question: str, evidence: Evidence) -> str | None:
        """Return a verbatim span of ``evidence.text``, or null where none can answer.

        Raises:
            ModelUnavailable: if the model can't be asked.
        """
        return self.span(question, evidence.text)

    def span(self, question: str, sentence: str) -> str | None:
        """Return the span of a sentence that answers best, or null."""
        kind = answer_kind(question)
        if kind == "yes_no" or not 1 < len(sentence.split()) <= MAX_EVIDENCE_WORDS:
            return None
        if kind == "number" and not numbers(tokens(sentence)):
            return None
        if kind == "date" and holds_kind(kind, sentence) == 0.0:
            return None
        clause = said(question, sentence)
        if clause is not None:
            return clause
        found = candidates(question, sentence)
        if not found.spans:
            return None
        first = self._first_words.first_words(question, sentence)
        scores = self._network.scores(with_model(found, sentence, first))
        rules = SpanRules(question, sentence)
        order = np.argsort(-scores, kind="stable")[:TRIED]
        best = next((found.spans[n] for n in order if rules.plausible(found.spans[n])), None)
        if best is None:
            return None
        span = rules.whole(best)
        return sentence[span.char_start : span.char_end]


def with_model(found: Candidates, sentence: str, first: Sequence[tuple[str, float]]) -> Floats:
    """Return the features of the spans with those of the model's first words behind them."""
    singles = [span for span in found.spans if span.first == span.last]
    words = np.array([_likelihood(sentence, span, first) for span in singles], dtype=np.float32)
    rows = [_model_row(words, span) for span in found.spans]
    return np.concatenate([found.features, np.array(rows, dtype=np.float32)], axis=1)


def _likelihood(sentence: str, span: Span, first: Sequence[tuple[str, float]]) -> float:
    """Return how likely an answer begins with a word, by the tokens that begin it."""
    word = sentence[span.char_start : span.char_end]
    best = FLOOR
    for token, logarithm in first:
        piece = token.strip()
        starts = word.startswith(piece) or word.lower() == piece.lower()
        if token.startswith(" ") and piece and starts:
            best = max(best, logarithm)
    return best


def _model_row(words: Floats, span: Span) -> list[float]:
    begins, top = float(words[span.first]), float(words.max())
    inside = float(words[span.first : span.last + 1].max())
    soon = float(words[span.first : span.first + 2].max())
    above = int((words > begins).sum())
    return [
        begins / SCALE,
        (begins - top) / SCALE,
        float(begins == top),
        (inside - top) / SCALE,
        min(above, 10) / 10,
        (soon - top) / SCALE,
    ]
