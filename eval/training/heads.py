"""The span head: its calibration on dev and its figures on held-out parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.training.linear import fit_logistic
from eval.training.measures import bootstrap, token_f1
from eval.training.tables import Asked
from qa.cross_encoder import WindowReader
from qa.linear import LinearScore
from qa.ranking import Ranked
from qa.trained_ranker import window_of

# A span counts as right for calibration from this token F1 on.
_RIGHT_FROM = 0.5


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


def span_figures(title: str, rows: Mapping[str, Sequence[tuple[Asked, float, float]]]) -> list[str]:
    """Return the token F1 of short answers."""
    lines = [f"### Short answers, {title}", ""]
    for name, found in rows.items():
        groups = [one.question.document_id for one, _, _ in found]
        lines.append(f"- {name}: token F1 {bootstrap(groups, [(f1,) for _, _, f1 in found])}")
    return [*lines, ""]
