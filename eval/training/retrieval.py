"""A set of documents → an index in memory: dense and BM25 over passages, cosine over sentences.

Training draws its hard negatives from it and measurements their candidates; the service has its
own durable index with the same legs.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from eval.training.sets import Document
from index.encoders.base import Encoder, Vectors
from index.records import Metadata
from index.search.fusion import fuse_scores
from index.search.ranking import LEXICAL_SHARE
from index.search.searcher import RETRIEVER_DEPTH as LEG_DEPTH
from index.text.passages import render_passage
from qa.question.features import stems

# The usual BM25 constants (Robertson & Zaragoza 2009), as in Tantivy.
_K1, _B = 1.2, 0.75


@dataclass(frozen=True, slots=True)
class Place:
    """A passage of the corpus and where its sentences' rows begin."""

    document: Document
    passage: int
    first_row: int

    @property
    def numbers(self) -> range:
        """Return the numbers of its sentences in the document."""
        passage = self.document.passages[self.passage]
        return range(passage.first_sentence, passage.last_sentence + 1)


@dataclass(slots=True)
class Corpus:
    """Passages with vectors and word counts; rows of ``sentence_vectors`` follow the passages."""

    places: list[Place]
    passage_vectors: Vectors
    sentence_vectors: Vectors
    postings: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    lengths: Vectors = field(default_factory=lambda: np.zeros(0, np.float32))
    by_document: dict[str, list[int]] = field(default_factory=dict)

    def search(
        self, question: str, vector: Vectors, limit: int, within: str | None = None
    ) -> list[int]:
        """Return the positions of the best passages, best first; ``within`` names a document.

        Scored as ``index.search.searcher`` does: both legs' finds, by the mean likeness of the
        passage and its best sentence, fused with BM25.
        """
        allowed = None if within is None else self.by_document[within]
        likeness = self.passage_vectors @ vector
        lexical = self.bm25(question)
        found = {*_top(likeness, allowed), *_top(lexical, allowed, above=0.0)}
        dense = {}
        for key in sorted(found):
            first = self.places[key].first_row
            rows = self.sentence_vectors[first : first + len(self.places[key].numbers)]
            dense[key] = float(likeness[key] + (rows @ vector).max()) / 2
        words = {key: float(lexical[key]) for key in sorted(found) if lexical[key] > 0}
        fused = fuse_scores(dense, words, LEXICAL_SHARE)
        return sorted(fused, key=lambda k: (-fused[k], k))[:limit]

    def bm25(self, question: str) -> Vectors:
        """Return the BM25 score of every passage."""
        scores = np.zeros(len(self.places), np.float32)
        mean = float(self.lengths.mean())
        for word in dict.fromkeys(stems(question)):
            found = self.postings.get(word, [])
            if not found:
                continue
            rarity = math.log(1 + (len(self.places) - len(found) + 0.5) / (len(found) + 0.5))
            rows = np.array([row for row, _ in found])
            counts = np.array([count for _, count in found], np.float32)
            slack = _K1 * (1 - _B + _B * self.lengths[rows] / mean)
            scores[rows] += rarity * counts * (_K1 + 1) / (counts + slack)
        return scores


def build_corpus(documents: Iterable[Document], encoder: Encoder) -> Corpus:
    """Encode and index the passages of the documents, in order of id."""
    places: list[Place] = []
    inputs = []
    row = 0
    counts: list[Counter[str]] = []
    for document in sorted(documents, key=lambda d: d.id):
        for passage in document.passages:
            places.append(Place(document, passage.number, row))
            row += passage.last_sentence - passage.first_sentence + 1
            rendered = render_passage(
                document.text, Metadata(document.title), document.sentences, passage
            )
            inputs.append(rendered)
            counts.append(Counter(stems(rendered.text)))
    vectors = encoder.encode_passages(inputs)
    postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    by_document: dict[str, list[int]] = defaultdict(list)
    for position, (place, counted) in enumerate(zip(places, counts, strict=True)):
        by_document[place.document.id].append(position)
        for word, count in counted.items():
            postings[word].append((position, count))
    return Corpus(
        places=places,
        passage_vectors=np.stack([v.passage for v in vectors]),
        sentence_vectors=np.concatenate([v.sentences for v in vectors]),
        postings=dict(postings),
        lengths=np.array([sum(c.values()) for c in counts], np.float32),
        by_document=dict(by_document),
    )


def _top(scores: Vectors, allowed: Sequence[int] | None, above: float | None = None) -> list[int]:
    keys = np.arange(len(scores)) if allowed is None else np.asarray(allowed)
    if above is not None:
        keys = keys[scores[keys] > above]
    order = np.lexsort((keys, -scores[keys]))[:LEG_DEPTH]
    return [int(key) for key in keys[order]]
