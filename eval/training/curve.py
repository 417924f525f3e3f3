"""A model in training → how well it does on development parts: a line of the learning curve.

The passage is given, so only the reader is measured: whether the sentence it likes best answers,
how much of the answer its best span has, and how well it tells texts that answer from those that
don't. Nothing of it was trained on, and nothing here is reported as a result.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from eval.training.examples import RankingExample
from eval.training.measures import token_f1
from eval.training.model import SPAN_END, SPAN_START, Reader
from eval.training.train_reader import forward, sentence_scores
from qa.reader.cross_encoder import best_span
from qa.reader.inputs import ReaderInput, ReaderTokenizer

# Examples read at a time.
_BATCH = 24


@dataclass(frozen=True, slots=True)
class Part:
    """A development part; windows of its examples that answer and that don't."""

    name: str
    examples: tuple[RankingExample, ...]


def sample(examples: Sequence[RankingExample], most: int, seed: int) -> tuple[RankingExample, ...]:
    """Return at most this many, drawn with a seed."""
    drawn = random.Random(seed).sample(range(len(examples)), min(most, len(examples)))  # noqa: S311
    return tuple(examples[i] for i in sorted(drawn))


def curve(model: Reader, tokenizer: ReaderTokenizer, parts: Sequence[Part]) -> str:
    """Return a line: per part the share of right sentences, span F1, and the area under ROC."""
    shown = []
    for part in parts:
        first, spans = [], []
        heights: list[tuple[float, bool]] = []
        for at in range(0, len(part.examples), _BATCH):
            examples = part.examples[at : at + _BATCH]
            inputs = [tokenizer.encode(e.question, [e.windows[0].window])[0] for e in examples]
            with torch.inference_mode():
                tokens, pairs = forward(model, inputs)
            for example, one, token, pair in zip(examples, inputs, tokens, pairs, strict=True):
                labelled = example.windows[0]
                scores = sentence_scores(one, token, pair).numpy()
                heights.append((float(np.logaddexp.reduce(scores)), 1 in labelled.labels))
                if 1 in labelled.labels:
                    first.append(labelled.labels[int(scores.argmax())] == 1)
                    if labelled.spans:
                        spans.append(_span_f1(example, one, token.float().numpy()))
        shown.append(
            f"{part.name} first {np.mean(first):.3f} span {np.mean(spans):.3f} "
            f"area {_area(heights):.3f}"
        )
    return "  ".join(shown)


def _span_f1(example: RankingExample, one: ReaderInput, tokens: np.ndarray) -> float:
    labelled = example.windows[0]
    best, words = -np.inf, ""
    for sentence, (start, end) in zip(labelled.window.sentences, one.ranges, strict=True):
        if start < end:
            own = tokens[start:end]
            first, last, score = best_span(
                own[:, SPAN_START], own[:, SPAN_END], one.inner[start : end + 1]
            )
            if score > best:
                best = score
                words = sentence.text[one.offsets[start + first][0] : one.offsets[start + last][1]]
    answers = [labelled.window.sentences[p].text[a:b] for p, a, b in labelled.spans or ()]
    return token_f1(words, answers)


def _area(heights: Sequence[tuple[float, bool]]) -> float:
    """Return the chance that a text that answers stands above one that doesn't."""
    right = np.array([h for h, answers in heights if answers])
    wrong = np.array([h for h, answers in heights if not answers])
    if not len(right) or not len(wrong):
        return float("nan")
    return float((right[:, None] > wrong[None, :]).mean())
