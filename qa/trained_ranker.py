"""Candidates → order by a trained linear score over similarities and the reader's judgement.

Two passes: a score without the reader orders all candidates; the reader then reads the windows of
the first few, and the full score orders those in front of the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from index.records import Hit
from qa.cross_encoder import Reading, WindowReader
from qa.linear import LinearScore, load_score, logistic
from qa.question_features import (
    answer_kind,
    asked_for,
    content_stems,
    coverage,
    holds_kind,
    names,
    stems,
    words,
)
from qa.ranking import Candidate, Ranked, sentence_text
from qa.reader_input import Window, WindowSentence
from qa.verify.sentence import asks

# Passages that the reader reads, by their best first-pass score: each costs about as much as all
# the rest of ranking, and on recognised speech (dev) the seventh adds the right one in about 1 %.
READ_PASSAGES = 6

# A score in log-odds beyond this is as good as certain; it keeps products of weights in bounds.
_CAP = 12.0

# A sentence that wasn't read stands behind nearly all that were.
_UNREAD_PENALTY = 8.0

# Added to the log-odds of a sentence that says all of the names in the question, in part for some.
# On the development parts of four sets 0.3 to 0.6 put the same sentences first; it decides between
# two that the reader finds equally good, for the one that is about whom the question is about.
NAMED_BONUS = 0.5

# Added where a sentence says both the thing that "which …" asks for and the names in the question.
# Made for "Which foreign minister did Blinken speak with?"; of the 25 questions of the development
# parts that have both, none is ordered otherwise by 1 to 6.
ASKED_BONUS = 2.5

# Taken from the log-odds of a sentence that asks the question again, in part for some of its words:
# a host's "How many were missed?" has all the words and no answer. On the development parts all
# from 0 to 5 put the same sentences first, so it costs nothing where it isn't needed.
ECHO_PENALTY = 4.0

PassageKey = tuple[str, str, int]


def first_features(question: str, candidates: Sequence[Candidate]) -> list[dict[str, float]]:
    """Return per candidate the features that need no model, in the order given."""
    wanted = content_stems(question)
    asked = set(words(question))
    kind = answer_kind(question)
    hits = {passage_key(c.hit): c.hit for c in candidates}
    ordered = sorted(hits, key=lambda key: (-hits[key].scores.fused, key))
    rank = {key: place for place, key in enumerate(ordered)}
    nearest: dict[PassageKey, float] = {}
    for candidate in candidates:
        key = passage_key(candidate.hit)
        nearest[key] = max(nearest.get(key, -1.0), candidate.dense)
    covered = {
        key: coverage(wanted, stems(" ".join([hit.text, hit.metadata.title, *hit.speakers])))
        for key, hit in hits.items()
    }
    result = []
    for candidate in candidates:
        key = passage_key(candidate.hit)
        spoken = words(candidate.text)
        speaker = set(words(candidate.sentence.speaker or ""))
        result.append(
            {
                "dense": candidate.dense,
                "lexical": candidate.lexical,
                "coverage": coverage(wanted, stems(candidate.context)),
                "passage_dense": nearest[key],
                "passage_coverage": covered[key],
                "passage_rank": 1.0 / (1 + rank[key]),
                "kind": holds_kind(kind, candidate.text),
                "length": math.log1p(len(spoken)) / 4,
                "short": 1.0 if len(spoken) < 4 else 0.0,
                "asks": 1.0 if candidate.text.rstrip().endswith("?") else 0.0,
                "speaker": 1.0 if speaker & asked else 0.0,
            }
        )
    return result


class Wording:
    """What a question's words add to the log-odds of a sentence, beside the trained score."""

    def __init__(self, question: str) -> None:
        self._names = [stem for name in names(question) for stem in stems(name)]
        self._thing = asked_for(question)
        self._words = content_stems(question)

    def of(self, candidate: Candidate) -> float:
        """Return the bonuses for names and the asked-for thing, less the penalty of an echo."""
        said = stems(candidate.text)
        spoken = stems(f"{candidate.sentence.speaker or ''} {candidate.text}")
        named = coverage(self._names, spoken) if self._names else 0.0
        thing = coverage(self._thing, said) if self._thing else 0.0
        echoed = coverage(self._words, said) if asks(candidate.text) else 0.0
        return (NAMED_BONUS + ASKED_BONUS * thing) * named - ECHO_PENALTY * echoed


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


def reader_features(reading: Reading, position: int) -> dict[str, float]:
    """Return what the reader says of one sentence of a window."""
    score = reading.scores[position]
    others = [s for i, s in enumerate(reading.scores) if i != position]
    return {
        "reader": _capped(score),
        "reader_lead": _capped(score - max(others, default=score)),
        "answers": _capped(reading.answers),
    }


def passages_to_read(
    candidates: Sequence[Candidate], first: Sequence[float], most: int
) -> list[PassageKey]:
    """Return the passages with the best first scores."""
    best: dict[PassageKey, float] = {}
    for candidate, score in zip(candidates, first, strict=True):
        key = passage_key(candidate.hit)
        best[key] = max(best.get(key, score), score)
    return sorted(best, key=lambda key: (-best[key], key))[:most]


class TrainedRanker:
    """Ranks by the trained scores; the reader is optional and what it costs is its reading."""

    def __init__(
        self,
        first: LinearScore,
        full: LinearScore,
        reader: WindowReader,
        passages: int = READ_PASSAGES,
    ) -> None:
        self._first = first
        self._full = full
        self._reader = reader
        self._passages = passages

    def rank(self, question: str, candidates: Sequence[Candidate]) -> tuple[Ranked, ...]:
        """Return every candidate, best first; the score is the probability that it answers."""
        features = first_features(question, candidates)
        first = [self._first.of(f) for f in features]
        hits = {passage_key(c.hit): c.hit for c in candidates}
        keys = passages_to_read(candidates, first, self._passages)
        windows = [window_of(hits[key]) for key in keys]
        readings = dict(zip(keys, self._reader.read(question, windows), strict=True))
        wording = Wording(question)
        ranked = []
        for candidate, known, before in zip(candidates, features, first, strict=True):
            reading = readings.get(passage_key(candidate.hit))
            logit = before - _UNREAD_PENALTY
            if reading is not None:
                position = candidate.hit.sentences.index(candidate.sentence)
                known |= reader_features(reading, position)
                logit = self._full.of(known) + wording.of(candidate)
            known["logit"] = logit
            ranked.append(Ranked(candidate, logistic(logit), tuple(known.items())))
        return tuple(sorted(ranked, key=lambda r: (-dict(r.features)["logit"], r.candidate.key)))


def _capped(value: float) -> float:
    return max(-_CAP, min(_CAP, value))


def open_ranker(reader: WindowReader) -> TrainedRanker:
    """Return the ranker with the shipped scores.

    Raises:
        ModelUnavailable: the scores aren't among the installed files.
    """
    return TrainedRanker(load_score("first"), load_score("full"), reader)
