"""Question + Filters → Evidence: sentences of the best passages, by how well they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from index.aliases import fold, forms
from index.records import Filters, Hit
from qa.evidence.candidates import Ranked, SentenceRanker, build_candidates
from qa.records import AbstentionReason, Evidence

# Passages whose sentences are looked at. The sentence that answers was among the first 20 whenever
# it was among the first 50 on the samples; more cost time in every later stage.
PASSAGES = 20

# A further sentence joins the answer when its score is at least this share of the best one's. On
# development questions an answering sentence is among those cited for 0.39 (exam) to 0.87 (clapnq)
# at 0.9, 0.46 to 0.96 at 0.5, and 0.56 to 0.97 at 0.3, with 1.1, 1.7 and 2.2 sentences an answer.
SHARE = 0.3


class Retriever(Protocol):
    """What evidence is chosen from; ``index.library.Library`` is one."""

    def search(
        self, query: str, filters: Filters | None = None, limit: int = 10
    ) -> tuple[Hit, ...]:
        """Return the best passages, best first."""

    def searchable(self, filters: Filters | None = None) -> bool:
        """Return whether a passage matches the filters."""

    def similarities(self, query: str, hits: Sequence[Hit]) -> tuple[tuple[float, ...], ...]:
        """Return for each hit the cosine similarity of the query and each of its sentences."""

    def vectors_pending(self, filters: Filters | None = None) -> bool:
        """Return whether some of what matches the filters is found by its words alone so far."""


def nothing_to_search(retriever: Retriever, filters: Filters) -> AbstentionReason | None:
    """Return why there is nothing to search; None when there is something."""
    if retriever.searchable(filters):
        return None
    return "nothing_matches" if retriever.searchable() else "empty_library"


def rank_sentences(
    question: str,
    filters: Filters,
    hits: Sequence[Hit],
    similarities: Sequence[Sequence[float]],
    ranker: SentenceRanker,
) -> tuple[Ranked, ...]:
    """Return the sentences of the hits that the filters admit, best first.

    Filters choose passages in the index; a passage may hold other speakers too, so they bind each
    sentence here.
    """
    candidates = build_candidates(question, hits, similarities)
    if filters.speakers:
        wanted = {fold(speaker) for speaker in filters.speakers}
        candidates = tuple(
            c
            for c in candidates
            if c.sentence.speaker
            and not wanted.isdisjoint(forms(c.sentence.speaker, c.hit.aliases))
        )
    return ranker.rank(question, candidates)


def choose(ranked: Sequence[Ranked], most: int) -> tuple[Evidence, ...]:
    """Return the sentences an answer is made of: the best, and those that come close to it."""
    if not ranked:
        return ()
    best = ranked[0].score
    near = [r for r in ranked[:most] if r is ranked[0] or (r.score > 0 and r.score >= SHARE * best)]
    return tuple(as_evidence(r) for r in near)


def as_evidence(ranked: Ranked) -> Evidence:
    """Return a ranked candidate as evidence."""
    candidate = ranked.candidate
    return Evidence(
        hit=candidate.hit,
        sentence=candidate.sentence,
        text=candidate.text,
        context=candidate.context,
        score=ranked.score,
        features=ranked.features,
        span=ranked.span,
    )
