"""Passage vectors → nearest passages. The only module that talks to FAISS.

The index is exact (inner product of unit vectors), so results don't depend on the order of
ingestion. Its file is a cache: written beside a receipt that says which state of which database it
holds, and ignored when anything about it disagrees.
"""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss  # type: ignore[import-untyped, unused-ignore]
import numpy as np

from index.encoders.base import Vectors
from index.files import replace_durably, sha256_of, storage_errors
from index.search.catalog import Keys

# So few allowed passages are scored by themselves: asking of every vector in the index whether it
# is among them takes longer.
FEW = 2000


@dataclass(frozen=True, slots=True)
class Stamp:
    """The state that an index holds: which epoch, which encoder, up to which change."""

    epoch: str
    encoder: str
    seq: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A whole index as bytes, and how many vectors are in it."""

    data: bytes
    count: int


class DenseIndex:
    """Unit vectors by passage key; safe to use from several threads."""

    def __init__(self, dimension: int) -> None:
        self._dimension = dimension
        self._lock = threading.Lock()
        self._index = _empty(dimension)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def keys(self) -> Keys:
        """Return every key, ascending."""
        with self._lock:
            return np.sort(faiss.vector_to_array(self._index.id_map)).astype(np.int64)

    def replace(self, removed: Keys, keys: Keys, vectors: Vectors) -> None:
        """Remove some keys and add others with their vectors, shape (len(keys), dimension)."""
        with self._lock:
            if len(removed):
                self._index.remove_ids(removed)
            if len(keys):
                self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), keys)

    def search(self, query: Vectors, limit: int, allowed: Keys | None) -> list[tuple[int, float]]:
        """Return the nearest (key, cosine), best first, among the allowed keys.

        Args:
            query: unit vector, shape (dimension,).
            limit: most results.
            allowed: ascending keys that may be found; None for all.
        """
        parameters = None
        if allowed is not None:
            if not len(allowed):
                return []
            if len(allowed) <= FEW and (few := self._among(query, allowed)) is not None:
                return few[:limit]
            parameters = faiss.SearchParameters(sel=faiss.IDSelectorBatch(allowed))
        with self._lock:
            found = min(limit, self._index.ntotal)
            if not found:
                return []
            # A single query is the work of one thread; others would only be waited for.
            faiss.omp_set_num_threads(1)
            scores, keys = self._index.search(query[None, :], found, params=parameters)
        pairs = [(int(k), float(s)) for k, s in zip(keys[0], scores[0], strict=True) if k >= 0]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _among(self, query: Vectors, allowed: Keys) -> list[tuple[int, float]] | None:
        """Return all of the allowed keys, best first; None where one has no vector yet."""
        with self._lock:
            try:
                vectors = self._index.reconstruct_batch(allowed)
            except RuntimeError:
                return None
        scores = np.einsum("ij,j->i", vectors, query)
        order = np.lexsort((allowed, -scores))
        return list(zip(allowed[order].tolist(), scores[order].tolist(), strict=True))

    def snapshot(self) -> Snapshot:
        """Return the index as bytes, for ``save``."""
        with self._lock:
            return Snapshot(faiss.serialize_index(self._index).tobytes(), self._index.ntotal)

    @staticmethod
    def save(folder: Path, snapshot: Snapshot, stamp: Stamp) -> None:
        """Write an index and its receipt, so that a crash leaves the old pair or the new one.

        Raises:
            StorageError: the folder can't be written.
        """
        with storage_errors(folder):
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"dense-{stamp.seq}.faiss"
            temporary = file.with_suffix(".tmp")
            temporary.write_bytes(snapshot.data)
            receipt = asdict(stamp) | {
                "file": file.name,
                "count": snapshot.count,
                "sha256": sha256_of(temporary),
            }
            replace_durably(temporary, file)
            draft = folder / "dense.tmp"
            draft.write_text(json.dumps(receipt), encoding="utf-8")
            replace_durably(draft, folder / "dense.json")
            for old in folder.glob("dense-*.faiss"):
                if old != file:
                    old.unlink(missing_ok=True)

    @classmethod
    def load(cls, folder: Path, dimension: int, epoch: str, encoder: str) -> tuple[DenseIndex, int]:
        """Return the saved index and the change it is at; an empty one at 0 if none can be used."""
        index = cls(dimension)
        try:
            receipt = json.loads((folder / "dense.json").read_text(encoding="utf-8"))
            file = folder / str(receipt["file"])
            if (receipt["epoch"], receipt["encoder"]) != (epoch, encoder):
                return index, 0
            if sha256_of(file) != receipt["sha256"]:
                return index, 0
            loaded = faiss.deserialize_index(np.frombuffer(file.read_bytes(), np.uint8))
            if loaded.d != dimension or loaded.ntotal != receipt["count"]:
                return index, 0
            index._index = loaded
            return index, int(receipt["seq"])
        except (OSError, ValueError, KeyError, TypeError, RuntimeError):
            # A cache that can't be read is no cache; the database makes a new one.
            return index, 0


def _empty(dimension: int) -> faiss.IndexIDMap2:
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
