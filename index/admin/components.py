"""One encoder over a data directory: what searches and what writes with it, replaced as a whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.encoders.base import Encoder
from index.ingest.encoding import PassageEncoder
from index.ingest.ingest import Ingest
from index.ingest.jobs import Jobs
from index.search.indexes import Indexes
from index.search.searcher import Searcher
from index.store.database import Database


@dataclass(frozen=True, slots=True)
class Components:
    """Everything that depends on the encoder. Vectors of one never meet those of another."""

    encoder: Encoder
    indexes: Indexes
    searcher: Searcher
    passage_encoder: PassageEncoder
    ingest: Ingest
    jobs: Jobs

    @classmethod
    def open(
        cls, data_dir: Path, database: Database, encoder: Encoder, clock: Callable[[], str]
    ) -> Components:
        """Open the indexes of a data directory with an encoder.

        Raises:
            EncoderMismatch: its vectors were made by another encoder.
            StorageError: it can't be read.
        """
        indexes = Indexes(data_dir / "index", database, encoder)
        passage_encoder = PassageEncoder(database, indexes, encoder)
        return cls(
            encoder=encoder,
            indexes=indexes,
            searcher=Searcher(database, indexes, encoder),
            passage_encoder=passage_encoder,
            ingest=Ingest(database, indexes, encoder, passage_encoder, clock),
            jobs=Jobs(data_dir / "jobs", database, indexes, clock),
        )
