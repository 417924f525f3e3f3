"""Keys of passages → what the database says of them, each read once while it stays true.

Words, sentences and vectors of a passage never change. Whether it is searched, and what its
transcript and speakers are called, holds for one state of the indexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

import sqlalchemy as sa

from index import store
from index.encoder import Encoder, PassageVectors
from index.records import Filters, Hit, Sentence
from index.store import PassageRow

# A passage's vectors take about 8 kB; this many take 64 MB.
CACHED_VECTORS = 8192

# A passage's row and sentences take about 4 kB; this many take 64 MB.
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
    """What holds for one moment: rows of passages that are searched then, and results."""

    moment: Moment
    rows: dict[int, PassageRow] = field(default_factory=dict)
    results: dict[tuple[str, Filters, int], tuple[Hit, ...]] = field(default_factory=dict)


class ReadBack:
    """Reads passages back; safe to use from several threads.

    Whatever becomes untrue is left behind with its object, not taken out of it: a thread that
    still works with an older state can't put its findings into a newer one.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._kept = Kept(Moment("", -1, -1))
        self._vectors: dict[int, PassageVectors] = {}
        self._sentences: dict[int, tuple[Sentence, ...]] = {}
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
        self._texts.cache_clear()

    def rows(
        self, connection: sa.Connection, keys: Sequence[int], kept: Kept
    ) -> dict[int, PassageRow]:
        """Return those of the passages that are searched."""
        missing = [key for key in keys if key not in kept.rows]
        loaded = store.passages_by_key(connection, missing) if missing else {}
        if len(kept.rows) + len(loaded) > CACHED_PASSAGES:
            kept.rows.clear()
        kept.rows.update(loaded)
        return {key: row for key in keys if (row := loaded.get(key) or kept.rows.get(key))}

    def vectors(self, connection: sa.Connection, keys: Sequence[int]) -> dict[int, PassageVectors]:
        """Return the vectors of those passages that have them."""
        held = self._vectors
        missing = [key for key in keys if key not in held]
        if not missing:
            return {key: held[key] for key in keys}
        loaded = store.load_vectors(connection, missing, self._encoder.id, self._encoder.dimension)
        found = {key: v for key in keys if (v := loaded.get(key) or held.get(key))}
        self._vectors = _merged(held, loaded, CACHED_VECTORS)
        return found

    def sentences(
        self, connection: sa.Connection, rows: Sequence[PassageRow]
    ) -> dict[int, tuple[Sentence, ...]]:
        """Return the sentences of each passage."""
        held = self._sentences
        missing = [row for row in rows if row.key not in held]
        if not missing:
            return {row.key: held[row.key] for row in rows}
        loaded = store.passage_sentences(connection, missing)
        found = {row.key: loaded.get(row.key) or held[row.key] for row in rows}
        self._sentences = _merged(held, loaded, CACHED_PASSAGES)
        return found

    def text(self, connection: sa.Connection, document_id: str, version: str) -> str:
        """Return the canonical text of a version that is known to exist."""
        return self._texts(document_id, version).read(connection)


class _Text:
    """The text of a version, read when it is first asked for."""

    def __init__(self, document_id: str, version: str) -> None:
        self._place = (document_id, version)
        self._text: str | None = None

    def read(self, connection: sa.Connection) -> str:
        if self._text is None:
            self._text = store.load_text(connection, *self._place)
        return self._text


def _merged(held: dict[int, V], loaded: dict[int, V], limit: int) -> dict[int, V]:
    if len(held) + len(loaded) > limit:
        return loaded
    held.update(loaded)
    return held
