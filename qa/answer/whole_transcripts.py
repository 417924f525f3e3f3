"""A question about whole transcripts → what answers it: what they are about, or who spoke.

No passage answers such a question, so nothing is searched: all that is said is gone through, and
the answer begins with how much that was. Sentences are quoted; words and turns are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index.aliases import fold, name_of
from index.encoders.base import Vectors
from index.records import Filters, Metadata
from index.search.searcher import Whole
from qa.answer.citations import clock
from qa.answer.compose import counted
from qa.conversation.follow_up import Recalled
from qa.conversation.rewrite import admits
from qa.evidence.candidates import sentence_text
from qa.evidence.topics import telling
from qa.question.kind import Asked, names_title
from qa.records import AbstentionReason, Evidence, Origin

# Topics of an overview, and transcripts that one answer goes through; more than a reader takes in.
MOST = 7
MOST_SPEAKERS = 20
# Speakers of one transcript among several, and transcripts that are named to choose from.
FEW = 3

# Counting is certain. What an overview should say is not: this is the share of the topics that
# people asked about, in the meetings it was chosen on, which it touches (docs/reports, overview).
COUNTED_CONFIDENCE = 1.0
OVERVIEW_CONFIDENCE = 0.6


class Transcripts(Protocol):
    """Where whole transcripts are read; ``index.library.Library`` is one."""

    def documents_in(self, filters: Filters) -> tuple[tuple[str, Metadata], ...]:
        """Return the id and metadata of each document with something that matches, by id."""

    def whole(self, document_id: str) -> Whole:
        """Return all that is said in a document; nothing where it is gone."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one statement says, the sentences it rests on, and where that was said."""

    text: str
    evidence: tuple[Evidence, ...]
    place: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in points, and the line in front of them that says what was looked at."""

    lead: str
    points: tuple[Point, ...]
    origin: Origin
    confidence: float
    short_answer: str | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """Why these transcripts can't be told of, in words for whoever asked."""

    text: str
    reason: AbstentionReason


@dataclass(frozen=True, slots=True)
class _Said:
    """A transcript: its sentences in order, their vectors, and which of them the filters admit."""

    metadata: Metadata
    sentences: tuple[Evidence, ...]
    vectors: Vectors
    admitted: tuple[int, ...]

    @property
    def title(self) -> str:
        """Return what it is called in an answer."""
        date = self.metadata.date
        return f"“{self.metadata.title}”" + (f" ({date})" if date else "")

    @property
    def turns(self) -> int:
        """Return in how many turns something is said that the filters admit."""
        return len({self.sentences[n].sentence.turn for n in self.admitted})

    def telling(self, most: int) -> tuple[Evidence, ...]:
        """Return the sentences that say most of its topics, in order."""
        rows = list(self.admitted)
        texts = [self.sentences[n].text for n in rows]
        return tuple(self.sentences[rows[i]] for i in telling(texts, self.vectors[rows], most))


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Somebody who speaks in a transcript, how much, and their first sentence."""

    name: str
    words: int
    turns: int
    first: Evidence
    admitted: bool


def tell(
    asked: Asked, filters: Filters, transcripts: Transcripts, limit: int | None = None
) -> Told | Declined | None:
    """Return what whole transcripts answer; None where the question isn't about those after all.

    That is so where it names something that is no transcript's title, where nothing matches the
    filters, and where no vector is made yet.
    """
    found = transcripts.documents_in(filters)
    if asked.title is not None:
        found = tuple(each for each in found if names_title(asked.title, each[1].title))
    if not found:
        return None
    if len(found) > MOST:
        return Declined(_to_choose([metadata for _, metadata in found]), "choose_transcripts")
    said = [_said(transcripts.whole(document_id), filters) for document_id, _ in found]
    said = [each for each in said if each.admitted]
    if not said:
        return None
    if asked.kind != "overview":
        return _spoken(said[0], asked, limit) if len(said) == 1 else _spoken_in_each(said)
    if not all(each.vectors.any() for each in said):
        return None
    return _overview(said[0], filters, limit) if len(said) == 1 else _overview_of_each(said)


def _said(whole: Whole, filters: Filters) -> _Said:
    pairs = [(hit, sentence) for hit in whole.hits for sentence in hit.sentences]
    return _Said(
        whole.hits[0].metadata if whole.hits else Metadata(""),
        tuple(Evidence(hit, s, sentence_text(hit, s), hit.text, 1.0) for hit, s in pairs),
        whole.vectors,
        tuple(n for n, pair in enumerate(pairs) if admits(filters, Recalled(*pair, ""))),
    )


def _overview(said: _Said, filters: Filters, limit: int | None) -> Told:
    chosen = said.telling(min(limit or MOST, MOST))
    whose = " by the chosen speakers" if filters.speakers else ""
    pending = len(said.admitted) - int(np.count_nonzero(said.vectors[list(said.admitted)].any(1)))
    left = f" ({pending} sentences can't be compared yet)" if pending else ""
    parts = f"One sentence for each of {len(chosen)} parts" if len(chosen) > 1 else "The sentence"
    return Told(
        f"Looked at all {counted(said.turns, 'turn')}{whose} of {said.title}{left}. "
        f"{parts} that says most{', in order' if len(chosen) > 1 else ''}:",
        tuple(Point(e.text, (e,), clock(e.sentence.start_ms) or None) for e in chosen),
        "quoted",
        OVERVIEW_CONFIDENCE,
    )


def _overview_of_each(said: Sequence[_Said]) -> Told:
    turns = sum(each.turns for each in said)
    return Told(
        f"Looked at all {counted(turns, 'turn')} of {len(said)} transcripts. "
        "The sentence that says most of each:",
        tuple(Point(e.text, (e,), each.title) for each in said for e in each.telling(1)),
        "quoted",
        OVERVIEW_CONFIDENCE,
    )


def _spoken(said: _Said, asked: Asked, limit: int | None) -> Told | Declined:
    everyone, words = _speakers(said)
    turns = len({e.sentence.turn for e in said.sentences})
    speakers = [each for each in everyone if each.admitted]
    if not speakers:
        return Declined(
            f"No turn of {said.title} names its speaker, so it can't be told who spoke.",
            "no_evidence",
        )
    if asked.kind == "least_spoken":
        speakers.reverse()
    most = min(limit or MOST_SPEAKERS, MOST_SPEAKERS)
    unnamed = turns - sum(each.turns for each in everyone)
    lead = f"Counted all {counted(turns, 'turn')} of {said.title}: {counted(words, 'word')} by "
    lead += f"{counted(len(everyone), 'speaker')}"
    lead += f" and {counted(unnamed, 'turn')} without a speaker" if unnamed else ""
    lead += f". {most} of {len(speakers)} speakers:" if len(speakers) > most else "."
    ahead = len(speakers) > 1 and speakers[0].words != speakers[1].words
    superlative = asked.kind in ("most_spoken", "least_spoken")
    return Told(
        lead,
        tuple(
            Point(
                f"{each.name} spoke {counted(each.words, 'word')} "
                f"({_share(each.words, words)}) in {counted(each.turns, 'turn')}.",
                (each.first,),
            )
            for each in speakers[:most]
        ),
        "counted",
        COUNTED_CONFIDENCE,
        speakers[0].name if superlative and (ahead or len(speakers) == 1) else None,
    )


def _spoken_in_each(said: Sequence[_Said]) -> Told | Declined:
    """Return who spoke in each: a label may stand for somebody else in another transcript."""
    points = []
    for each in said:
        speakers, words = _speakers(each)
        speakers = [speaker for speaker in speakers if speaker.admitted]
        shown = [f"{s.name} ({_share(s.words, words)})" for s in speakers[:FEW]]
        if len(speakers) > FEW:
            shown.append(counted(len(speakers) - FEW, "other"))
        if speakers:
            evidence = tuple(s.first for s in speakers[:FEW])
            points.append(Point(f"{each.title}: {', '.join(shown)}.", evidence))
    if not points:
        return Declined("None of these transcripts names its speakers.", "no_evidence")
    turns = sum(len({e.sentence.turn for e in each.sentences}) for each in said)
    unnamed = len(said) - len(points)
    lead = f"Counted all {counted(turns, 'turn')} of {len(said)} transcripts, each on its own"
    lead += f"; {counted(unnamed, 'transcript')} without speakers" if unnamed else ""
    return Told(f"{lead}.", tuple(points), "counted", COUNTED_CONFIDENCE)


def _speakers(said: _Said) -> tuple[list[_Speaker], int]:
    """Return who speaks, who says most first, and how many words are said, also by nobody named."""
    admitted = set(said.admitted)
    spoken: dict[str, list[int]] = {}
    words = [len(evidence.text.split()) for evidence in said.sentences]
    for n, evidence in enumerate(said.sentences):
        label = evidence.sentence.speaker
        if label is not None:
            name = name_of(label, evidence.hit.aliases) or label
            spoken.setdefault(fold(name), []).append(n)
    speakers = []
    for places in spoken.values():
        first = said.sentences[places[0]]
        label = first.sentence.speaker or ""
        speakers.append(
            _Speaker(
                name=name_of(label, first.hit.aliases) or label,
                words=sum(words[n] for n in places),
                turns=len({said.sentences[n].sentence.turn for n in places}),
                first=first,
                admitted=not admitted.isdisjoint(places),
            )
        )
    return sorted(speakers, key=lambda each: -each.words), sum(words)


def _to_choose(found: Sequence[Metadata]) -> str:
    """Return that some must be chosen, and the names of the latest."""
    latest = sorted(found, key=lambda metadata: metadata.date or "", reverse=True)
    titles = list(dict.fromkeys(f"“{metadata.title}”" for metadata in latest))[:FEW]
    return (
        f"That would be about {len(found)} transcripts. Choose up to {MOST} of them, for example "
        f"{' or '.join(titles)}, or name one by its title."
    )


def _share(words: int, total: int) -> str:
    share = 100 * words / max(1, total)
    return f"{share:.0f}%" if share >= 1 else "under 1%"
