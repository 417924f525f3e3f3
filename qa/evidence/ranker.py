"""Candidates → order by what the trained reader says of each sentence, beside its similarities.

The passages that were found best are read whole, each with the question, and a linear score turns
what the reader says into log-odds against "none of them answers".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from index.records import Hit
from qa.evidence.candidates import Candidate, Ranked, sentence_text
from qa.reader.cross_encoder import Reading, WindowReader
from qa.reader.inputs import Window, WindowSentence
from qa.reader.linear import LinearScore, load_score, logistic

# Passages that the reader reads, in the order of retrieval: docs/ranker.md has the figures of 6, 10
# and 16, and what each costs.
READ_PASSAGES = 16

# Of those, the ones that are read whatever they say, and the log-odds that reading may still add to
# another's likeliest sentence: one that couldn't overtake the best even so isn't read. Nine in ten
# right sentences stand in the first six (docs/performance.md).
READ_FIRST = 6
CATCH_UP = 1.0

# What a passage gains of the score of the one before it, and of the one behind it. On development
# parts 0.2 to 0.4 put as many right passages among the first six, 1 to 8 points more than none.
AFTER_SHARE, BEFORE_SHARE = 0.3, 0.15

# Log-odds beyond this are as good as certain; it keeps products of weights in bounds.
_CAP = 12.0

# A sentence that wasn't read stands behind all that were.
_UNREAD = -30.0

PassageKey = tuple[str, str, int]


def passage_key(hit: Hit) -> PassageKey:
    """Return what tells a passage from every other."""
    return (hit.document_id, hit.document_version, hit.char_start)


def window_of(hit: Hit) -> Window:
    """Return a passage as the reader sees it: a label at each change of turn."""
    sentences = []
    turn: int | None = None
    for sentence in hit.sentences:
        label = (sentence.speaker or "") if sentence.turn != turn else ""
        turn = sentence.turn
        sentences.append(WindowSentence(sentence_text(hit, sentence), label))
    return Window(hit.metadata.title, tuple(sentences))


def reading_order(candidates: Sequence[Candidate]) -> dict[PassageKey, Hit]:
    """Return the passages of the candidates, the likeliest to answer first.

    Talk answers in the next turn what was asked in this one, so a passage gains by what was found
    beside it.
    """
    hits = {passage_key(c.hit): c.hit for c in candidates}
    begins = {_place(hit, 0): key for key, hit in hits.items()}
    scores = {key: hit.scores.fused for key, hit in hits.items()}
    gained = dict(scores)
    for key, hit in hits.items():
        following = begins.get(_place(hit, -1, 1))
        if following is not None:
            gained[following] += AFTER_SHARE * scores[key]
            gained[key] += BEFORE_SHARE * scores[following]
    return {key: hits[key] for key in sorted(hits, key=lambda k: (-gained[k], k))}


def _place(hit: Hit, position: int, step: int = 0) -> tuple[str, str, int]:
    """Return the address of a sentence of a passage, or of one beside it."""
    return (hit.document_id, hit.document_version, hit.sentences[position].number + step)


def features(candidate: Candidate, rank: int, reading: Reading) -> dict[str, float]:
    """Return the named features of a sentence that was read; ``rank`` is its passage's, from 0."""
    position = candidate.hit.sentences.index(candidate.sentence)
    span = reading.spans[position]
    return {
        "reader": _capped(reading.scores[position]),
        "answers": _capped(reading.answers),
        "span": _capped(span.score) if span else -_CAP,
        **first_features(candidate, rank),
    }


def first_features(candidate: Candidate, rank: int) -> dict[str, float]:
    """Return the features that are known before a sentence is read."""
    return {
        "dense": candidate.dense,
        "lexical": candidate.lexical,
        "passage_rank": 1.0 / (1 + rank),
    }


class TrainedRanker:
    """Ranks by the trained score of what the reader says."""

    def __init__(
        self,
        score: LinearScore,
        reader: WindowReader,
        passages: int = READ_PASSAGES,
        first: int = READ_FIRST,
    ) -> None:
        """Read ``first`` passages, and up to ``passages`` in all where others may still win."""
        self._score = score
        self._reader = reader
        self._passages = passages
        self._first = first

    def rank(self, question: str, candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
        """Return every candidate, best first; the score is the probability that it answers."""
        hits = list(reading_order(candidates).items())[: self._passages]
        ranks = {key: rank for rank, (key, _) in enumerate(hits)}
        readings = self._read(question, hits[: self._first])
        later = hits[self._first :]
        if later:
            best = max(_logit(self._ranked(c, readings, ranks)) for c in candidates)
            hopes = self._hopes(candidates, ranks)
            readings |= self._read(question, [each for each in later if hopes[each[0]] >= best])
        ranked = [self._ranked(candidate, readings, ranks) for candidate in candidates]
        return tuple(sorted(ranked, key=lambda r: (-_logit(r), r.candidate.key)))

    def _read(
        self, question: str, hits: Sequence[tuple[PassageKey, Hit]]
    ) -> dict[PassageKey, Reading]:
        windows = [window_of(hit) for _, hit in hits]
        keys = [key for key, _ in hits]
        return dict(zip(keys, self._reader.read(question, windows), strict=True))

    def _hopes(
        self, candidates: Sequence[Candidate], ranks: Mapping[PassageKey, int]
    ) -> dict[PassageKey, float]:
        """Return the log-odds that the best sentence of each passage may reach when it's read."""
        hopes: dict[PassageKey, float] = {}
        for candidate in candidates:
            key = passage_key(candidate.hit)
            if key in ranks:
                reach = self._score.of(first_features(candidate, ranks[key])) + CATCH_UP
                hopes[key] = max(reach, hopes.get(key, reach))
        return hopes

    def _ranked(
        self,
        candidate: Candidate,
        readings: Mapping[PassageKey, Reading],
        ranks: Mapping[PassageKey, int],
    ) -> Ranked:
        key = passage_key(candidate.hit)
        if key not in readings:
            logit = _UNREAD + candidate.dense + candidate.lexical
            return Ranked(candidate, 0.0, (("logit", logit),))
        known = features(candidate, ranks[key], readings[key])
        known["logit"] = self._score.of(known)
        span = readings[key].spans[candidate.hit.sentences.index(candidate.sentence)]
        return Ranked(candidate, logistic(known["logit"]), tuple(known.items()), span)


def _logit(ranked: Ranked) -> float:
    return dict(ranked.features)["logit"]


def _capped(value: float) -> float:
    return max(-_CAP, min(_CAP, value))


def open_ranker(reader: WindowReader) -> TrainedRanker:
    """Return the ranker with the shipped score.

    Raises:
        ModelUnavailable: the score isn't among the installed files.
    """
    return TrainedRanker(load_score("sentence"), reader)
