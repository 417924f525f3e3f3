"""Trained scores → the figures of the report, on parts that nothing was chosen on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from eval.training.fit import found, gold_keys, span_words
from eval.training.measures import (
    Figure,
    bootstrap,
    citation_f1,
    expected_calibration_error,
    first_hit,
    risk_coverage_area,
    token_f1,
)
from eval.training.pipeline import BROAD, Material, Scores, rank_all
from eval.training.tables import Asked, Asker
from qa.evidence.answerability import Answerability
from qa.evidence.candidates import BaselineRanker, Ranked
from qa.evidence.ranker import window_of
from qa.reader.cross_encoder import WindowReader
from qa.reader.linear import LinearScore

Table = npt.NDArray[np.float64]
Log = Callable[[str], None]
Key = tuple[str, str, int]

# Confidence from which the service answers by default.
ANSWER_FROM = 0.5
# Most sentences that may be cited for a meeting question when their number is chosen on dev.
_MOST_CITED = 12


def _rankings(
    asked: Sequence[Asked], scores: Scores, reader: WindowReader
) -> dict[str, list[tuple[Ranked, ...]]]:
    """Return each system's ranking of every question."""
    reader_only = LinearScore(0.0, {"reader": 1.0})
    return {
        "dense + BM25": [BaselineRanker().rank(a.text, a.candidates) for a in asked],
        "reader alone": rank_all(asked, reader, reader_only),
        "all": rank_all(asked, reader, scores.sentence),
    }


def right_keys(one: Asked, by_turn: bool = False) -> set[Key]:
    """Return the keys of the right candidates; all of a right turn's, when turns are scored."""
    if not by_turn:
        return gold_keys(one)
    turns = {
        (c.hit.document_id, c.sentence.turn)
        for c, right in zip(one.candidates, one.right, strict=True)
        if right
    }
    return {c.key for c in one.candidates if (c.hit.document_id, c.sentence.turn) in turns}


def short_answers(
    asked: Sequence[Asked], ranked: Sequence[tuple[Ranked, ...]]
) -> list[tuple[Asked, float]]:
    """Return per question the token F1 of the best words of the first sentence."""
    return [
        (one, token_f1(span_words(order[0]), one.question.answers) if order else 0.0)
        for one, order in zip(asked, ranked, strict=True)
        if one.question.answers
    ]


def with_passage(asked: Sequence[Asked], reader: WindowReader) -> list[tuple[Asked, float]]:
    """Return the same with a right passage given: in the sentence of it that the reader prefers."""
    rows = []
    for one in asked:
        gold = [c for c, right in zip(one.candidates, one.right, strict=True) if right]
        if one.question.answers and gold:
            hit = gold[0].hit
            window = window_of(hit)
            (reading,) = reader.read(one.text, [window])
            place = max(range(len(reading.scores)), key=lambda k: reading.scores[k])
            span = reading.spans[place]
            text = window.sentences[place].text
            words = text[span.char_start : span.char_end] if span else ""
            rows.append((one, token_f1(words, one.question.answers)))
    return rows


def _span_lines(title: str, rows: Mapping[str, Sequence[tuple[Asked, float]]]) -> list[str]:
    lines = [f"### Short answers, {title}", ""]
    for name, values in rows.items():
        groups = [one.question.document_id for one, _ in values]
        lines.append(f"- {name}: token F1 {bootstrap(groups, [(f1,) for _, f1 in values])}")
    return [*lines, ""]


def _first_table(
    title: str,
    asked: Sequence[Asked],
    ranked: Mapping[str, list[tuple[Ranked, ...]]],
    by_turn: bool,
) -> list[str]:
    groups = [a.question.document_id for a in asked]
    gold = [right_keys(a, by_turn) for a in asked]
    base = [first_hit(r, g) for r, g in zip(ranked["dense + BM25"], gold, strict=True)]
    lines = [
        f"### {title}",
        "",
        "| | first | in first 5 | over dense + BM25 |",
        "|---|---|---|---|",
    ]
    for name, rankings in ranked.items():
        one = [first_hit(r, g) for r, g in zip(rankings, gold, strict=True)]
        five = [first_hit(r, g, 5) for r, g in zip(rankings, gold, strict=True)]
        first, deep = bootstrap(groups, _column(one)), bootstrap(groups, _column(five))
        gain = bootstrap(groups, _column([a - b for a, b in zip(one, base, strict=True)]))
        lines.append(f"| {name} | {first} | {deep.value:.3f} | {_signed(gain)} |")
    return [*lines, ""]


def _column(values: Sequence[float]) -> list[tuple[float, ...]]:
    return [(value,) for value in values]


def _signed(figure: Figure) -> str:
    return f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"


def _f1s(asked: Sequence[Asked], rankings: Sequence[tuple[Ranked, ...]], count: int) -> list[float]:
    return [
        citation_f1(a.question.gold, [r.candidate.sentence.number for r in ranked[:count]])
        for a, ranked in zip(asked, rankings, strict=True)
    ]


def _citation_table(
    dev: Sequence[Asked],
    dev_ranked: Mapping[str, list[tuple[Ranked, ...]]],
    asked: Sequence[Asked],
    ranked: Mapping[str, list[tuple[Ranked, ...]]],
) -> list[str]:
    groups = [a.question.document_id for a in asked]
    lines = [
        "### qmsum val, questions: citation F1 within the meeting",
        "",
        "| | sentences cited (chosen on dev) | F1 | ratio to dense + BM25 |",
        "|---|---|---|---|",
    ]
    base: list[float] = []
    for name, rankings in ranked.items():
        count = max(
            range(1, _MOST_CITED + 1),
            key=lambda k: (sum(_f1s(dev, dev_ranked[name], k)), -k),
        )
        values = _f1s(asked, rankings, count)
        base = base or values
        ratio = bootstrap(
            groups,
            list(zip(values, base, strict=True)),
            lambda t: float(t[:, 0].sum() / t[:, 1].sum()),
        )
        lines.append(
            f"| {name} | {count} | {bootstrap(groups, _column(values))} "
            f"| {ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}] |"
        )
    return [*lines, ""]


def _refusals(
    title: str,
    asked: Sequence[Asked],
    ranked: Sequence[tuple[Ranked, ...]],
    sure: Sequence[float],
) -> list[str]:
    """Return precision and recall of refusing, and how good the confidence is."""
    answerable = [a.question.answerable and a.variant == "own" for a in asked]
    good = [found(a, r) for a, r in zip(asked, ranked, strict=True)]
    groups = [a.question.document_id for a in asked]
    rows = [(float(c < ANSWER_FROM), float(not w)) for c, w in zip(sure, answerable, strict=True)]
    lines = [f"### {title}", "", f"- refused: {bootstrap(groups, rows)}"]
    if any(answerable):
        precision = bootstrap(groups, rows, lambda t: float(t[t[:, 0] == 1, 1].mean()))
        recall = bootstrap(groups, rows, lambda t: float(t[t[:, 1] == 1, 0].mean()))
        lines += [f"- refusal precision: {precision}", f"- refusal recall: {recall}"]
    if any(good):
        answered = [g for g, c in zip(good, sure, strict=True) if c >= ANSWER_FROM]
        lines += [
            f"- right evidence among the first three when answering: "
            f"{np.mean(answered):.3f} (n={len(answered)})",
            f"- expected calibration error of that: {expected_calibration_error(sure, good):.3f}; "
            f"area under risk–coverage {risk_coverage_area(sure, good):.3f}",
        ]
    return [*lines, ""]


def report(
    material: Material,
    fitted: Sequence[Asked],
    clapnq: Sequence[Asked],
    scores: Scores,
    by_fold: Sequence[Scores],
    reader: WindowReader,
    log: Log,
    most: int = 150,
) -> str:
    """Return the figures as Markdown.

    Args:
        material: the sets and indexes.
        fitted: what the scores were fitted on; its dev part chooses how many sentences are cited.
        clapnq: all of clapnq's questions.
        scores: the shipped scores.
        by_fold: per clapnq fold, scores fitted without it.
        reader: one that was trained on none of the questions.
        log: called with progress.
        most: questions per set; drawn with a seed.
    """
    asker = Asker(material.sets, material.corpora, material.encoder)
    rng = random.Random(11)  # noqa: S311 - sampling

    def held(name: str) -> list[Asked]:
        pool = [q for q in material.questions("heldout", [name]) if q.kind not in BROAD]
        return list(asker.own(rng.sample(pool, min(most, len(pool)))))

    lines: list[str] = []
    for name, by_turn in (("spoken_squad", False), ("friendsqa", True)):
        asked = held(name)
        ranked = _rankings(asked, scores, reader)
        unit = "turn" if by_turn else "sentence"
        lines += _first_table(f"{name} held out: gold {unit}, corpus-wide", asked, ranked, by_turn)
        lines += _span_lines(
            f"{name} held out",
            {
                "our retrieval, first sentence": short_answers(asked, ranked["all"]),
                "right passage given": with_passage(asked, reader),
            },
        )
        sure = _sure(ranked["all"], scores)
        lines += _refusals(f"{name} held out", asked, ranked["all"], sure)
        log(f"{name} measured")
    lines += _clapnq(clapnq, by_fold, reader)
    log("clapnq measured")
    dev = [a for a in fitted if a.name == "qmsum/own"]
    asked = held("qmsum")
    lines += _citation_table(
        dev, _rankings(dev, scores, reader), asked, _rankings(asked, scores, reader)
    )
    log("qmsum measured")
    for source, target in (("spoken_squad", "friendsqa"), ("clapnq", "spoken_squad")):
        pool = [q for q in material.questions("heldout", [source]) if q.answerable]
        away = list(asker.other(rng.sample(pool, min(most // 3, len(pool))), target))
        ranked_away = rank_all(away, reader, scores.sentence)
        title = f"{source} questions asked of {target}"
        lines += _refusals(title, away, ranked_away, _sure(ranked_away, scores))
    return "\n".join(lines)


def _clapnq(asked: Sequence[Asked], by_fold: Sequence[Scores], reader: WindowReader) -> list[str]:
    """Return clapnq's figures, each question scored by what never saw its fold."""
    answerable = [a for a in asked if a.question.answerable]
    ranked: dict[str, list[tuple[Ranked, ...]]] = {}
    order: list[Asked] = []
    everything: list[Asked] = []
    everything_ranked: list[tuple[Ranked, ...]] = []
    sure: list[float] = []
    for fold, scores in enumerate(by_fold):
        own = [a for a in answerable if a.question.fold == fold]
        order += own
        for name, rankings in _rankings(own, scores, reader).items():
            ranked.setdefault(name, []).extend(rankings)
        every = [a for a in asked if a.question.fold == fold]
        every_ranked = rank_all(every, reader, scores.sentence)
        everything += every
        everything_ranked += every_ranked
        sure += _sure(every_ranked, scores)
    lines = _first_table("clapnq out-of-fold: gold sentence, corpus-wide", order, ranked, False)
    return lines + _refusals("clapnq out-of-fold", everything, everything_ranked, sure)


def _sure(ranked: Sequence[tuple[Ranked, ...]], scores: Scores) -> list[float]:
    """Return the confidence of every question."""
    model = Answerability(scores.answerable)
    return [model.confidence(r) for r in ranked]
