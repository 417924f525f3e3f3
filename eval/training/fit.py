"""Asked questions → the linear scores: of sentences, of short answers, and of answering at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from eval.training.linear import Choice, fit_choice, fit_logistic
from eval.training.measures import token_f1
from eval.training.tables import Asked
from qa.evidence.answerability import measures
from qa.evidence.candidates import Ranked
from qa.reader.linear import LinearScore
from qa.reader.short_answer import span_features

SENTENCE = ("reader", "answers", "span", "dense", "lexical", "passage_rank")
ANSWERABLE = ("logit", "any", "lead", "reader", "answers", "span", "span_most", "dense", "lexical")
SPAN = ("span", "logit", "words")

# An answer cites up to three sentences; evidence counts as found when a right one is among them.
CITED = 3

# What a question counts for whose evidence was taken away, against one as it was asked. They are
# made, and one in some of them is answered elsewhere.
_MADE_WEIGHT = 0.5

# A short answer is right from this token F1 on.
_RIGHT_FROM = 0.5


def weights(asked: Sequence[Asked]) -> list[float]:
    """Return what each question counts for: every set and variant the same in all."""
    sizes = Counter(one.name for one in asked)
    return [(1.0 if one.variant == "own" else _MADE_WEIGHT) / sizes[one.name] for one in asked]


def fit_sentence(
    asked: Sequence[Asked], ranked: Sequence[Sequence[Ranked]], names: Sequence[str] = SENTENCE
) -> LinearScore:
    """Fit the log-odds of the sentences that were read, against none of them.

    Args:
        asked: questions that the reader wasn't trained on.
        ranked: per question the sentences with their features, in any order.
        names: the features used.
    """
    choices = []
    for one, items, weight in zip(asked, ranked, weights(asked), strict=True):
        gold = gold_keys(one)
        read = [r for r in items if "reader" in dict(r.features)]
        if read:
            choices.append(
                Choice(
                    [dict(r.features) for r in read],
                    [r.candidate.key in gold for r in read],
                    weight,
                )
            )
    return fit_choice(choices, names)


def gold_keys(one: Asked) -> set[tuple[str, str, int]]:
    """Return the keys of the right candidates."""
    return {c.key for c, right in zip(one.candidates, one.right, strict=True) if right}


def found(one: Asked, ranked: Sequence[Ranked]) -> bool:
    """Return whether right evidence is among the sentences that an answer would cite."""
    gold = gold_keys(one)
    return any(r.candidate.key in gold for r in ranked[:CITED])


def span_words(ranked: Ranked) -> str:
    """Return the words of a sentence that answer best; nothing where it wasn't read."""
    if ranked.span is None:
        return ""
    return ranked.candidate.text[ranked.span.char_start : ranked.span.char_end]


def fit_span(asked: Sequence[Asked], ranked: Sequence[Sequence[Ranked]]) -> LinearScore:
    """Fit the probability that the words shown as short answer are right.

    A question that has no short answer in its gold teaches nothing; one without any answer does.
    """
    rows, labels, shares = [], [], []
    for one, order, weight in zip(asked, ranked, weights(asked), strict=True):
        answerable = one.variant == "own" and one.question.answerable
        if order and order[0].span is not None and (one.question.answers or not answerable):
            words = span_words(order[0])
            right = answerable and token_f1(words, one.question.answers) >= _RIGHT_FROM
            rows.append(span_features(dict(order[0].features), words))
            labels.append(right)
            shares.append(weight)
    return fit_logistic(rows, labels, SPAN, shares)


def fit_answerable(
    asked: Sequence[Asked],
    ranked: Sequence[Sequence[Ranked]],
    names: Sequence[str] = ANSWERABLE,
    ridge: float = 0.02,
) -> LinearScore:
    """Fit the probability that right evidence is among the first sentences."""
    kept = [
        (measures(order), found(one, order), weight)
        for one, order, weight in zip(asked, ranked, weights(asked), strict=True)
        if order
    ]
    rows, labels, shares = zip(*kept, strict=True)
    return fit_logistic(rows, labels, names, shares, ridge)
