"""Hits → sentences in order of how well they answer: protocols, and the ranker without training.

A candidate is a sentence of a hit with its first similarities. Rankers order candidates; an
answerability model turns the order into the probability that the evidence answers the question.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.records import Hit, Sentence
from qa.question.features import content_stems, stems
from qa.records import AnswerSpan

# BM25 (Robertson & Zaragoza 2009) with the usual saturation; sentences vary in length far more than
# passages and a long one isn't worse evidence, so length counts less than the usual 0.75.
_K1 = 1.2
_B = 0.4
# A neighbour's words count as this much of the sentence's own: pronouns refer back, rarely forward.
_BEFORE_WEIGHT = 0.3
_AFTER_WEIGHT = 0.15
# Share of the lexical similarity in the baseline score (the dense one has the rest).
_LEXICAL_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer.

    Args:
        hit: the passage it stands in.
        sentence: its address in the document.
        text: its exact words.
        context: the words around it in its passage (for models; never cited).
        dense: cosine similarity of question and sentence, -1 to 1.
        lexical: share of the question's weighted words found in it and beside it, about 0 to 1.
    """

    hit: Hit
    sentence: Sentence
    text: str
    context: str
    dense: float
    lexical: float

    @property
    def key(self) -> tuple[str, str, int]:
        """Return its identity, and the order of candidates with equal scores."""
        return (self.hit.document_id, self.hit.document_version, self.sentence.number)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate with its score (comparable between questions) and the named parts of it.

    ``span`` are the words of it that answer best, where the reader read it.
    """

    candidate: Candidate
    score: float
    features: tuple[tuple[str, float], ...] = ()
    span: AnswerSpan | None = None


class SentenceRanker(Protocol):
    """Orders candidates by how well they answer."""

    def rank(self, question: str, candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
        """Return every candidate, best first, equal scores by identity."""


class AnswerabilityModel(Protocol):
    """Tells whether the evidence answers at all."""

    def confidence(self, ranked: Sequence[Ranked]) -> float:
        """Return the probability that the best of ``ranked`` (best first) answers the question."""


def sentence_text(hit: Hit, sentence: Sentence) -> str:
    """Return a sentence's exact words from the passage that holds it."""
    return hit.text[sentence.char_start - hit.char_start : sentence.char_end - hit.char_start]


def neighbour(hit: Hit, position: int, step: int) -> str:
    """Return the words of the sentence ``step`` places further in the passage, or nothing."""
    there = position + step
    if not 0 <= there < len(hit.sentences):
        return ""
    return sentence_text(hit, hit.sentences[there])


def lexical_similarities(
    question: str, sentences: Sequence[tuple[str, str, str]]
) -> tuple[float, ...]:
    """Return the lexical similarity of a question and each (before, sentence, after).

    BM25 over the sentences given, as a share of the most the question's words could reach.
    Rarity is counted among these sentences: what all of them say doesn't tell which one answers.
    """
    wanted = content_stems(question)
    counted = [
        (Counter(stems(own)), frozenset(stems(before)), frozenset(stems(after)))
        for before, own, after in sentences
    ]
    total = len(counted)
    if not total or not wanted:
        return (0.0,) * total
    average = max(1.0, sum(sum(own.values()) for own, _, _ in counted) / total)
    rarity = {}
    for word in wanted:
        seen = sum(1 for own, _, _ in counted if word in own)
        rarity[word] = math.log(1 + (total - seen + 0.5) / (seen + 0.5))
    most = sum(rarity.values()) or 1.0
    scores = []
    for own, before, after in counted:
        slack = _K1 * (1 - _B + _B * sum(own.values()) / average)
        score = 0.0
        for word, weight in rarity.items():
            if word in own:
                score += weight * min(1.0, own[word] * (1 + _K1) / (own[word] + slack))
            elif word in before:
                score += weight * _BEFORE_WEIGHT
            elif word in after:
                score += weight * _AFTER_WEIGHT
        scores.append(score / most)
    return tuple(scores)


def build_candidates(
    question: str, hits: Sequence[Hit], similarities: Sequence[Sequence[float]]
) -> tuple[Candidate, ...]:
    """Return the sentences of the hits as candidates, each sentence once.

    Args:
        question: the question, standing alone.
        hits: passages in retrieval order, with their sentences.
        similarities: per hit, the cosine similarity of the question and each of its sentences.
    """
    places: dict[tuple[str, str, int], tuple[int, int]] = {}
    for number, hit in enumerate(hits):
        for position, sentence in enumerate(hit.sentences):
            key = (hit.document_id, hit.document_version, sentence.number)
            places.setdefault(key, (number, position))
    parts = [
        (
            neighbour(hits[number], position, -1),
            sentence_text(hits[number], hits[number].sentences[position]),
            neighbour(hits[number], position, 1),
        )
        for number, position in places.values()
    ]
    lexical = lexical_similarities(question, parts)
    return tuple(
        Candidate(
            hit=hits[number],
            sentence=hits[number].sentences[position],
            text=own,
            context=" ".join(part for part in (before, own, after) if part),
            dense=float(similarities[number][position]),
            lexical=score,
        )
        for (number, position), (before, own, after), score in zip(
            places.values(), parts, lexical, strict=True
        )
    )


class BaselineRanker:
    """Ranks by dense and lexical similarity alone: no training, no model."""

    def rank(self, question: str, candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
        """Return every candidate, best first."""
        ranked = [
            Ranked(
                candidate=candidate,
                score=(1 - _LEXICAL_SHARE) * candidate.dense + _LEXICAL_SHARE * candidate.lexical,
                features=(("dense", candidate.dense), ("lexical", candidate.lexical)),
            )
            for candidate in candidates
        ]
        return tuple(sorted(ranked, key=lambda item: (-item.score, item.candidate.key)))
