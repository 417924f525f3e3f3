"""Keys of passages → what the database says of them, each read once while it stays true.

Words, sentences and vectors of a passage never change. What a search finds holds for one state of
the indexes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import numpy as np
import sqlalchemy as sa

from index import store
from index.aliases import fold
from index.encoders.base import Encoder
from index.records import Filters, Hit, Sentence
from index.search.catalog import Keys
from index.search.ranking import Stacked
from index.store.database import Database

# A passage of a dozen sentences has 11 kB of vectors as they are stored; this many take 180 MB.
CACHED_VECTORS = 16_384

# A passage's sentences take about 4 kB; this many take 64 MB.
CACHED_PASSAGES = 16_384

# A long meeting's text takes 100 kB; sentences and vectors, which take more, are kept apart.
CACHED_TEXTS = 256

# Results are small beside what they are made of: the passages in them are kept anyhow.
CACHED_RESULTS = 512


V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Moment:
    """A state of the indexes: its epoch, and up to which change each of them is."""

    epoch: str
    seq: int
    lexical_seq: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What holds for one moment: keys that match filters, and results."""

    moment: Moment
    allowed: dict[Filters, Keys | None] = field(default_factory=dict)
    results: dict[tuple[str, Filters, int], tuple[Hit, ...]] = field(default_factory=dict)


class EpochOver(Exception):
    """Another epoch began while passages were read back: what was found may be gone."""


class Reading:
    """A connection for one search, opened when something isn't known yet.

    Args:
        database: what is read.
        epoch: the one that was searched; null where what is read may be of any.
        connection: one that is open already.

    Raises:
        EpochOver: the database has another epoch when it is opened.
    """

    def __init__(
        self,
        database: Database,
        epoch: str | None = None,
        connection: sa.Connection | None = None,
    ) -> None:
        self._database = database
        self._epoch = epoch
        self._stack = ExitStack()
        self._connection = connection

    def __enter__(self) -> Reading:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    @property
    def connection(self) -> sa.Connection:
        """Return the connection."""
        if self._connection is None:
            connection = self._stack.enter_context(self._database.read())
            if self._epoch not in (None, store.read_state(connection).epoch):
                raise EpochOver
            self._connection = connection
        return self._connection


class ReadBack:
    """Reads passages back; safe to use from several threads.

    Whatever becomes untrue is left behind with its object, not taken out of it: a thread that
    still works with an older state can't put its findings into a newer one.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept = Kept(Moment("", -1, -1))
        self._vectors: dict[int, tuple[bytes, bytes]] = {}
        self._sentences: dict[int, tuple[Sentence, ...]] = {}
        self._shares: dict[int, Mapping[str, float]] = {}
        self._texts = lru_cache(CACHED_TEXTS)(_Text)

    def at(self, moment: Moment) -> Kept:
        """Return what is kept for this moment; another epoch begins with nothing at all."""
        kept = self._kept
        if kept.moment != moment:
            if kept.moment.epoch != moment.epoch:
                self.forget()
            self._kept = kept = Kept(moment)
        return kept

    def forget(self) -> None:
        """Drop everything; for when text may have left the disk."""
        self._kept = Kept(Moment("", -1, -1))
        self._vectors = {}
        self._sentences = {}
        self._shares = {}
        self._texts.cache_clear()

    def vectors(self, reading: Reading, keys: Sequence[int]) -> Stacked:
        """Return the vectors of those passages that have them."""
        held = self._vectors
        missing = [key for key in keys if key not in held]
        if missing:
            loaded = store.stored_vectors(reading.connection, missing, self._encoder.id)
            found = {key: v for key in keys if (v := loaded.get(key) or held.get(key))}
            self._vectors = _merged(held, loaded, CACHED_VECTORS)
        else:
            found = {key: held[key] for key in keys}
        dimension = self._encoder.dimension
        counts = [len(sentences) // (2 * dimension) for _, sentences in found.values()]
        passages = b"".join(passage for passage, _ in found.values())
        sentences = b"".join(sentences for _, sentences in found.values())
        return Stacked(
            tuple(found),
            np.frombuffer(passages, np.float32).reshape(-1, dimension),
            store.from_halves(sentences).reshape(-1, dimension),
            np.cumsum([0, *counts[:-1]]),
        )

    def sentences(self, reading: Reading, keys: Sequence[int]) -> dict[int, tuple[Sentence, ...]]:
        """Return the sentences of each passage; none of one that is gone."""
        held = self._sentences
        missing = [key for key in keys if key not in held]
        if not missing:
            return {key: held[key] for key in keys}
        loaded = store.passage_sentences(reading.connection, missing)
        found = {key: loaded.get(key) or held.get(key, ()) for key in keys}
        self._sentences = _merged(held, loaded, CACHED_PASSAGES)
        return found

    def shares(self, reading: Reading, keys: Sequence[int]) -> dict[int, Mapping[str, float]]:
        """Return for each passage which part of it each speaker says, by folded label."""
        held = self._shares
        missing = [key for key in keys if key not in held]
        if not missing:
            return {key: held[key] for key in keys}
        loaded = {key: _shares(said) for key, said in store.spoken(reading.connection, missing)}
        found = {key: loaded.get(key) or held.get(key, {}) for key in keys}
        self._shares = _merged(held, loaded, CACHED_PASSAGES)
        return found

    def text(self, reading: Reading, document_id: str, version: str) -> str:
        """Return the canonical text of a version that is known to exist."""
        return self._texts(document_id, version).read(reading)


class _Text:
    """The text of a version, read when it is first asked for."""

    def __init__(self, document_id: str, version: str) -> None:
        self._place = (document_id, version)
        self._text: str | None = None

    def read(self, reading: Reading) -> str:
        if self._text is None:
            self._text = store.load_text(reading.connection, *self._place)
        return self._text


def _shares(said: Sequence[tuple[str | None, int]]) -> Mapping[str, float]:
    """Return each speaker's share of what is said, by its length."""
    whole = max(1, sum(length for _, length in said))
    shares: dict[str, float] = {}
    for speaker, length in said:
        if speaker is not None:
            label = fold(speaker)
            shares[label] = shares.get(label, 0.0) + length / whole
    return shares


def _merged(held: dict[int, V], loaded: dict[int, V], limit: int) -> dict[int, V]:
    """Return both; without the eighth that was read first when they are too many."""
    if len(held) + len(loaded) > limit:
        return dict(islice(held.items(), limit // 8, None)) | loaded
    held.update(loaded)
    return held
