"""The span and support heads: their calibration on dev and their figures on held-out parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from eval.training.examples import ExampleMaker, SupportExample
from eval.training.linear import fit_logistic
from eval.training.measures import bootstrap, token_f1
from eval.training.pipeline import Material
from eval.training.sets import Question
from eval.training.tables import Asked
from qa.cross_encoder import WindowReader
from qa.linear import LinearScore, logistic
from qa.ranking import Ranked
from qa.trained_ranker import window_of

# A span counts as right for calibration from this token F1 on.
_RIGHT_FROM = 0.5
# Statements drawn per question: corruptions differ from draw to draw.
_DRAWS = 3


def span_rows(
    asked: Sequence[Asked], ranked: Sequence[Sequence[Ranked]], reader: WindowReader
) -> list[tuple[Asked, float, float]]:
    """Return per question the score and token F1 of the span in the first ranked sentence."""
    rows = []
    for one, order in zip(asked, ranked, strict=True):
        if not one.question.spans or not order:
            continue
        best = order[0].candidate
        (reading,) = reader.read(one.text, [window_of(best.hit)])
        span = reading.spans[best.hit.sentences.index(best.sentence)]
        if span is not None:
            words = best.text[span.char_start : span.char_end]
            rows.append((one, span.score, token_f1(words, one.question.answers)))
    return rows


def with_passage(asked: Sequence[Asked], reader: WindowReader) -> list[tuple[Asked, float, float]]:
    """Return the same with the right passage given: the best span of all its sentences."""
    rows = []
    for one in asked:
        gold = [c for c, right in zip(one.candidates, one.right, strict=True) if right]
        if not one.question.spans or not gold:
            continue
        hit = gold[0].hit
        (reading,) = reader.read(one.text, [window_of(hit)])
        known = [
            (span.score, sentence, span)
            for sentence, span in zip(hit.sentences, reading.spans, strict=True)
            if span is not None
        ]
        score, sentence, span = max(known, key=lambda item: item[0])
        start = sentence.char_start - hit.char_start
        words = hit.text[start + span.char_start : start + span.char_end]
        rows.append((one, score, token_f1(words, one.question.answers)))
    return rows


def fit_span(rows: Sequence[tuple[Asked, float, float]]) -> LinearScore:
    """Fit the probability that a span is about right."""
    return fit_logistic(
        [{"span": score} for _, score, _ in rows],
        [f1 >= _RIGHT_FROM for _, _, f1 in rows],
        ("span",),
    )


def draw_support(
    material: Material, questions: Sequence[Question], seed: int
) -> list[tuple[str, SupportExample]]:
    """Return (document, statement with evidence), true ones and corrupted ones."""
    found = {}
    for question in questions:
        corpus = material.corpora[question.set_name]
        vector = material.encoder.encode_queries([question.text])[0]
        found[question.id] = corpus.search(question.text, vector, 14, question.document_id)
    maker = ExampleMaker(material.sets, material.corpora, found, seed, verbatim=0.0)
    drawn = []
    for question in questions:
        for _ in range(_DRAWS):
            example = maker.support(question)
            if example:
                drawn.append((question.document_id, example))
    return drawn


def judge(examples: Sequence[tuple[str, SupportExample]], reader: WindowReader) -> list[float]:
    """Return the support log-odds of every example."""
    return [reader.read(e.statement, [e.window])[0].supports for _, e in examples]


def fit_support(
    examples: Sequence[tuple[str, SupportExample]], judged: Sequence[float]
) -> LinearScore:
    """Fit the probability that a statement is backed, true and corrupted weighing the same."""
    labels = [e.supported for _, e in examples]
    share = sum(labels) / len(labels)
    weights = [1 / share if label else 1 / (1 - share) for label in labels]
    return fit_logistic([{"supports": j} for j in judged], labels, ("supports",), weights)


def support_figures(
    examples: Sequence[tuple[str, SupportExample]], judged: Sequence[float], score: LinearScore
) -> list[str]:
    """Return accuracy per kind and balanced, on statements of held-out meetings."""
    by_kind: dict[str, list[float]] = defaultdict(list)
    rows = []
    for (_, example), value in zip(examples, judged, strict=True):
        backed = logistic(score.of({"supports": value})) >= 0.5
        by_kind[example.kind].append(float(backed == example.supported))
        rows.append((float(example.supported), float(backed == example.supported)))
    balanced = bootstrap(
        [document for document, _ in examples],
        rows,
        lambda t: float((t[t[:, 0] == 1, 1].mean() + t[t[:, 0] == 0, 1].mean()) / 2),
    )
    lines = ["### Support on qmsum val", "", f"- balanced accuracy: {balanced}"]
    lines += [f"- {k}: {np.mean(v):.3f} (n={len(v)})" for k, v in sorted(by_kind.items())]
    return [*lines, ""]


def span_figures(title: str, rows: Mapping[str, Sequence[tuple[Asked, float, float]]]) -> list[str]:
    """Return the token F1 of short answers."""
    lines = [f"### Short answers, {title}", ""]
    for name, found in rows.items():
        groups = [one.question.document_id for one, _, _ in found]
        lines.append(f"- {name}: token F1 {bootstrap(groups, [(f1,) for _, _, f1 in found])}")
    return [*lines, ""]
