"""Builders of small values for tests, and fakes that implement the protocols."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from index.encoders.base import PassageInput, PassageVectors, Vectors
from index.records import (
    Filters,
    Hit,
    Metadata,
    Scores,
    Sentence,
    Source,
    Transcript,
    Turn,
)
from index.text.sentences import split_sentences

SEED_KEY = "000_fac1b7b31968a60e.txt"


def make_transcript(
    *said: tuple[str | None, str] | str,
    title: str = "A talk",
    date: str | None = None,
    url: str | None = None,
    collection: str | None = None,
) -> Transcript:
    """Build a transcript of (speaker, words) turns, one line each."""
    text = ""
    turns: list[Turn] = []
    for number, item in enumerate(said):
        speaker, words = (None, item) if isinstance(item, str) else item
        text += f"{speaker}: " if speaker else ""
        turns.append(Turn(number, speaker, len(text), len(text) + len(words)))
        text += words + "\n"
    metadata = Metadata(title=title, date=date, url=url, collection=collection)
    return Transcript(metadata=metadata, text=text, turns=tuple(turns), source_format="text")


def make_source(*lines: str, key: str = "talk.txt", collection: str | None = None) -> Source:
    """Build a plain-text source from its lines."""
    return Source(key=key, data="\n".join(lines).encode(), collection=collection)


def make_hit(
    *said: tuple[str | None, str] | str,
    document_id: str = "talk",
    url: str | None = None,
    date: str | None = None,
    key: int = 1,
) -> Hit:
    """Build a hit whose passage is the whole of a small transcript."""
    transcript = make_transcript(*said, url=url, date=date)
    sentences: tuple[Sentence, ...] = split_sentences(transcript)
    start, end = sentences[0].char_start, sentences[-1].char_end
    return Hit(
        passage_id=f"{document_id}.v.0",
        document_id=document_id,
        document_version=transcript.version,
        metadata=transcript.metadata,
        speakers=tuple(dict.fromkeys(s.speaker for s in sentences if s.speaker)),
        text=transcript.text[start:end],
        char_start=start,
        char_end=end,
        scores=Scores(0.5, 1.0, 0.03),
        passage_key=key,
        sentences=sentences,
    )


class FakeEncoder:
    """An encoder that is a pure function of the words: each word owns a few fixed directions."""

    def __init__(self, name: str = "fake", dimension: int = 64) -> None:
        self._name = name
        self._dimension = dimension
        self.encoded_passages = 0

    @property
    def id(self) -> str:
        """Name."""
        return self._name

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        return self._dimension

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return the normalised sum of the words' directions."""
        return np.stack([self._vector(text) for text in texts])

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Encode passages and sentences alike."""
        self.encoded_passages += len(passages)
        return [
            PassageVectors(
                self._vector(p.text), self.encode_queries([p.text[a:b] for a, b in p.sentences])
            )
            for p in passages
        ]

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self._dimension, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.sha256(word.encode()).digest()
            for byte in digest[:4]:
                vector[byte % self._dimension] += 1 if digest[5] % 2 else -1
        norm = float(np.linalg.norm(vector))
        return vector / norm if norm else vector


class FakeRetriever:
    """A retriever that always finds the same hits."""

    def __init__(self, *hits: Hit) -> None:
        self.hits = hits
        self.pending = False
        self.beyond = False
        self.asked: list[tuple[str, Filters]] = []

    def search(
        self, query: str, filters: Filters | None = None, limit: int = 10
    ) -> tuple[Hit, ...]:
        """Return the hits, and note what was asked."""
        self.asked.append((query, filters or Filters()))
        return self.hits[:limit]

    def vectors_pending(self, filters: Filters | None = None) -> bool:
        """Return what ``pending`` says."""
        return self.pending

    def searchable(self, filters: Filters | None = None) -> bool:
        """Return whether there are hits; ``beyond`` says that there are others outside filters."""
        return bool(self.hits) or (self.beyond and (filters or Filters()).empty)

    def similarities(self, query: str, hits: Sequence[Hit]) -> tuple[tuple[float, ...], ...]:
        """Return the fake encoder's similarities."""
        encoder = FakeEncoder()
        (vector,) = encoder.encode_queries([query])
        return tuple(
            tuple(
                float(v @ vector)
                for v in encoder.encode_queries(
                    [
                        hit.text[s.char_start - hit.char_start : s.char_end - hit.char_start]
                        for s in hit.sentences
                    ]
                )
            )
            for hit in hits
        )
