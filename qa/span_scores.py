"""Question, sentence and the reader's logits → candidate spans with the features of their score.

The reader says where an answer may begin and end; word classes around the borders, the kind that is
asked for and the question's own words say which of its near misses is a whole answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa.cross_encoder import Edges
from qa.question_features import answer_kind
from qa.span_features import MAX_WORDS, Span, SpanWords, asks_time
from qa.verify.names import derived
from qa.verify.tokens import tokens

MOST = 24
"""Spans per sentence that are scored, by the reader's sums: the right one is hardly ever beyond."""

_CAP = 12.0
_BEGINS = ("determiner", "preposition", "pronoun", "conjunction", "auxiliary", "verb", "adverb")
_ENDS = (*_BEGINS, "time", "number")
_OPEN = frozenset(("determiner", "preposition", "conjunction", "auxiliary"))
_KINDS = ("person", "number", "date", "place", "reason", "manner", "other")


@dataclass(frozen=True, slots=True)
class Scored:
    """A candidate span of a sentence and its named features."""

    span: Span
    features: Mapping[str, float]


def scored_spans(question: str, sentence: str, edges: Edges) -> list[Scored]:
    """Return the likeliest spans of whole words with their features, the reader's best first."""
    words = SpanWords.of(sentence)
    found = _likeliest(words, edges)
    if not found:
        return []
    view = _View(question, words)
    top = found[0][0]
    starts = [start for _, _, start, _ in found]
    ends = [end for _, _, _, end in found]
    rows = []
    for place, (total, span, start, end) in enumerate(found):
        features = view.row(span)
        features |= {
            "span": max(-_CAP, min(_CAP, total)),
            "behind": max(-_CAP, total - top),
            "start": max(-_CAP, start - max(starts)),
            "end": max(-_CAP, end - max(ends)),
            "best": float(place == 0),
        }
        rows.append(Scored(span, features))
    return rows


def _likeliest(words: SpanWords, edges: Edges) -> list[tuple[float, Span, float, float]]:
    """Return (sum above "none", span, start, end) of the best spans by the reader's logits."""
    firsts: dict[int, float] = {}
    lasts: dict[int, float] = {}
    for (low, high), start, end in zip(edges.offsets, edges.starts, edges.ends, strict=True):
        for place, word in enumerate(words.places):
            if word.char_start <= low < word.char_end:
                firsts[place] = max(firsts.get(place, -np.inf), start)
            if word.char_start < high <= word.char_end:
                lasts[place] = max(lasts.get(place, -np.inf), end)
    found = [
        (start + end - edges.none, words.span(first, last), start, end)
        for first, start in firsts.items()
        for last, end in lasts.items()
        if first <= last < first + MAX_WORDS
    ]
    found.sort(key=lambda item: (-item[0], item[1].first, item[1].last))
    return found[:MOST]


class _View:
    """A sentence seen from a question."""

    def __init__(self, question: str, words: SpanWords) -> None:
        asked = tokens(question)
        self._words = words
        self._asked = {token.stem for token in asked if token.content}
        self._names = {token.word for token in asked if token.capital and token.content}
        self._kind = "date" if asks_time(question) else str(answer_kind(question))
        self._caseless = words.sentence == words.sentence.lower()

    def row(self, span: Span) -> dict[str, float]:
        words = self._words
        classes = words.classes[span.first : span.last + 1]
        pieces = [t for p in range(span.first, span.last + 1) for t in words.tokens[p]]
        content = [t for t in pieces if t.content]
        asked = [t for t in content if t.stem in self._asked or derived(t.word, self._names)]
        before = words.classes[span.first - 1] if span.first else "edge"
        after = words.classes[span.last + 1] if span.last + 1 < len(words.classes) else "edge"
        stopped = bool(words.stops[span.last]) or after == "edge"
        inner = any(words.stops[p] for p in range(span.first, span.last))
        length = span.last - span.first + 1
        found = {
            "length": length / 5,
            "long": float(length > 5),
            "one": float(length == 1),
            "repeats": len(asked) / len(content) if content else 0.0,
            "all_repeats": float(bool(content) and len(asked) == len(content)),
            "empty": float(not content),
            "stopped": float(stopped),
            "inner_stop": float(inner),
            "dangling": float(classes[-1] in _OPEN),
            "after_preposition": float(before == "preposition"),
            "after_determiner": float(before == "determiner"),
            "splits_noun": float(
                classes[-1] in ("content", "name") and after in ("content", "name") and not stopped
            ),
            "splits_number": float(classes[-1] == "number" and after == "number" and not stopped),
        }
        found |= {f"begins_{name}": float(classes[0] == name) for name in _BEGINS}
        found |= {f"ends_{name}": float(classes[-1] == name) for name in _ENDS}
        found |= self._kinds(classes)
        return found

    def _kinds(self, classes: Sequence[str]) -> dict[str, float]:
        number = "number" in classes
        time = "time" in classes
        name = "name" in classes
        kind = self._kind if self._kind in _KINDS else "other"
        return {
            "number_asked": float(kind == "number" and number),
            "number_missing": float(kind == "number" and not number),
            "number_unasked": float(kind not in ("number", "date") and classes == ["number"]),
            "date_asked": float(kind == "date" and (time or number)),
            "date_missing": float(kind == "date" and not (time or number)),
            "time_unasked": float(kind not in ("date", "number") and time),
            "name_asked": float(kind in ("person", "place") and name),
            "name_missing": float(kind in ("person", "place") and not name and not self._caseless),
            "verb_unasked": float(
                kind in ("person", "place", "number", "date") and "verb" in classes
            ),
            "reason_length": float(kind in ("reason", "manner")) * len(classes) / 5,
            "number_length": float(kind in ("number", "date")) * len(classes) / 5,
            "person_length": float(kind == "person") * len(classes) / 5,
        }


def feature_names() -> tuple[str, ...]:
    """Return the names of all features, in order; the fit takes them."""
    words = SpanWords.of("one two")
    row = _View("who", words).row(words.span(0, 0))
    return tuple(sorted((*row, "span", "behind", "start", "end", "best")))
