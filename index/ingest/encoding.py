"""Pending passages → vectors in the database, in small batches that only one process takes.

What is committed is never encoded again. A process that is killed loses the batch it was at, no
more, and the next one that encodes goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache

from index import store
from index.encoders.base import Encoder, PassageInput
from index.errors import Busy
from index.files import exclusive
from index.search.indexes import Indexes
from index.store import PassageRow
from index.store.database import Database
from index.text.passages import render_passage

# Passages of one commit: a few forward passes of the encoder, a second or two of work that a kill
# can cost; smaller commits were slower, larger ones no faster.
BATCH_PASSAGES = 64

# Passages among which those of like length are put together, so that little padding is computed.
WINDOW_PASSAGES = 1024

# How long to wait for another process's batch before looking whether it did the work.
TURN_S = 1.0

_CACHED_TEXTS = 64


class PassageEncoder:
    """Encodes what is pending in one data directory."""

    def __init__(self, database: Database, indexes: Indexes, encoder: Encoder) -> None:
        self._database = database
        self._indexes = indexes
        self._encoder = encoder

    def encode(
        self,
        document_ids: Sequence[str] | None = None,
        after_batch: Callable[[int], None] | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> int:
        """Encode until these documents, or all, have their vectors; return how many were made here.

        Args:
            document_ids: documents to wait for; None for all.
            after_batch: called with the number of passages that this process just encoded.
            stopped: asked before every batch; True ends the work early.

        Raises:
            EncoderMismatch: another encoder serves now.
            StorageError: the vectors can't be written; those of earlier batches are safe.
            ModelError: the encoder can't do its work.
        """
        made = 0
        while not stopped() and self._waiting(document_ids):
            # Another process may be at it, perhaps with the same passages: look again in a moment.
            with suppress(Busy), exclusive(self._indexes.encode_lock, TURN_S):
                batch = self._waiting(document_ids)[:WINDOW_PASSAGES]
                if batch:
                    self._indexes.require_encoder()
                    done = encode_batch(self._database, self._encoder, batch)
                    made += done
                    if after_batch is not None:
                        after_batch(done)
        return made

    def _waiting(self, document_ids: Sequence[str] | None) -> list[int]:
        retrievers = self._indexes.refresh()
        if document_ids is None:
            return sorted(retrievers.pending)
        return retrievers.pending_of(document_ids)


def encode_batch(database: Database, encoder: Encoder, keys: Sequence[int]) -> int:
    """Encode the longest of these passages and commit their vectors; return how many.

    The caller holds the encode lock. Passages that are gone or have vectors are left alone.
    """
    with database.read() as connection:
        held, _ = store.passage_vectors(connection, keys, encoder.id, encoder.dimension)
        rows = store.passages_by_key(connection, sorted(set(keys) - set(held)))
        chosen = sorted(rows.values(), key=_by_length)[:BATCH_PASSAGES]
        inputs = _inputs(connection, chosen)
    vectors = encoder.encode_passages(inputs)
    with database.write() as connection:
        store.put_vectors(
            connection,
            encoder.id,
            {row.key: found for row, found in zip(chosen, vectors, strict=True)},
        )
    return len(chosen)


def _by_length(row: PassageRow) -> tuple[int, int]:
    return (row.passage.char_start - row.passage.char_end, row.key)


def _inputs(connection: store.Connection, rows: Sequence[PassageRow]) -> list[PassageInput]:
    text_of = lru_cache(_CACHED_TEXTS)(
        lambda document_id, version: store.load_text(connection, document_id, version)
    )
    inputs = []
    for row in rows:
        passage = row.passage
        sentences = store.sentences_between(
            connection,
            row.document_id,
            row.version,
            passage.first_sentence,
            passage.last_sentence,
        )
        whole = replace(passage, first_sentence=0, last_sentence=len(sentences) - 1)
        text = text_of(row.document_id, row.version)
        inputs.append(render_passage(text, row.metadata, sentences, whole))
    return inputs
