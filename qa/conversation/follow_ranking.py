"""Ranked sentences + what a follow-up means → the sentences it can mean, best first.

The words carried over from before fit best what was cited before, and a follow-up asks for more
than that. So its own words count for more than carried ones, and so does what stands close to the
cited sentence and can hold an answer of the kind that is asked for. Only places in the ranker's
order are used, so that any ranker can stand in front.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from index.records import Hit, Sentence
from qa.conversation.follow_up import FollowUp, Recalled
from qa.conversation.rewrite import Rewrite
from qa.evidence.candidates import Ranked
from qa.language.placed_numbers import numbers
from qa.language.sentence import asks
from qa.language.tokens import tokens
from qa.question.features import AnswerKind, answer_kind, holds_kind, share_found, stems

RANKED = 20
"""Places of the ranker's order that count; what comes later is as good as not found."""

REACH = 3
"""Sentences around a cited one that a follow-up may mean."""

BEFORE = 0.7
"""What comes before the cited sentence, against what comes after: talk goes forward."""

AROUND = 0.6
"""Words of the sentences beside it, against its own: "He said …" stands behind the name."""

AGAIN = 0.6
"""The cited sentence itself against the next one: it was told already."""

KIND = 0.5
"""A sentence that can't hold the kind of answer, against one place in a hundred."""

_PLACE = re.compile(
    r"\b(?:in|at|to|from|near|of)\s+(?:the\s+)?(?!(?:January|February|March|April|May|June|July|August|"
    r"September|October|November|December)\b)[A-Z]\w+"
)


def with_recalled(hits: Sequence[Hit], rewrite: Rewrite) -> tuple[Hit, ...]:
    """Return the hits and the passages cited before, each once; found ones first."""
    found = {hit.passage_key: hit for hit in hits}
    for recalled in rewrite.recalled:
        found.setdefault(recalled.hit.passage_key, recalled.hit)
    return tuple(found.values())


def meant(ranked: Sequence[Ranked], rewrite: Rewrite) -> tuple[Ranked, ...]:
    """Return the sentences that a question can mean, best first.

    "Who said that?" means the sentences that were cited, "What else …?" the others.
    """
    meaning = rewrite.meaning
    if meaning is None:
        return tuple(ranked)
    cited = {_address(item.hit, item.sentence): n for n, item in enumerate(rewrite.recalled)}
    if meaning.attribution:
        again = [(cited[at], r) for r in ranked if (at := _place(r)) in cited]
        return tuple(r for _, r in sorted(again, key=lambda item: item[0]))
    if meaning.fresh:
        ranked = [r for r in ranked if _place(r) not in cited]
    near = nearness(rewrite.recalled) if meaning.near else {}
    points = [_points(meaning, r, position, near) for position, r in enumerate(ranked)]
    scored = [replace(r, score=p) for r, p in zip(ranked, points, strict=True)]
    return tuple(sorted(scored, key=lambda r: (-r.score, r.candidate.key)))


def nearness(recalled: Sequence[Recalled]) -> dict[tuple[str, str, int], float]:
    """Return the addresses around cited sentences, in the same turn, with 0 to 1 for how near."""
    near: dict[tuple[str, str, int], float] = {}
    for item in recalled:
        for sentence in item.hit.sentences:
            step = sentence.number - item.sentence.number
            if sentence.turn != item.sentence.turn or abs(step) > REACH:
                continue
            value = 1 - (abs(step) - 1) / REACH if step else AGAIN
            value *= BEFORE if step < 0 else 1
            address = _address(item.hit, sentence)
            near[address] = max(near.get(address, 0.0), value)
    return near


def _points(
    meaning: FollowUp, ranked: Ranked, position: int, near: Mapping[tuple[str, str, int], float]
) -> float:
    text, around = ranked.candidate.text, ranked.candidate.context
    own = stems(meaning.own)
    points = max(0.0, 1 - position / RANKED)
    if own and not asks(text):  # a question has the words and no answer
        points += max(share_found(own, stems(text)), AROUND * share_found(own, stems(around)))
    points += near.get(_place(ranked), 0.0)
    return points + KIND * _holds(answer_kind(meaning.own), text)


def _holds(kind: AnswerKind, text: str) -> float:
    """Return 1 if a text can hold an answer of the kind, -1 if not, 0 if that can't be told."""
    if kind == "number":
        return 1.0 if numbers(tokens(text)) else -1.0
    if kind == "place" and text != text.lower():
        return 1.0 if _PLACE.search(text) else -1.0
    return 2 * holds_kind(kind, text) - 1 if kind in ("date", "person") else 0.0


def _place(ranked: Ranked) -> tuple[str, str, int]:
    return _address(ranked.candidate.hit, ranked.candidate.sentence)


def _address(hit: Hit, sentence: Sentence) -> tuple[str, str, int]:
    return (hit.document_id, hit.document_version, sentence.number)
