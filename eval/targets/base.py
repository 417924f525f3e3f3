"""The seam to whatever is evaluated, and the edge where its JSON becomes records.

Both targets hand over the JSON objects of the interface and parse them here, so that a service
gives the same observations in-process and over HTTP.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field
from typing import Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from eval.errors import TargetError
from eval.records import AnswerRecord, DataDocument, DataFile, HitRecord, TargetDocument, TargetTurn
from index.records import Filters

BATCH_BYTES = 2_000_000
"""Far below the smallest limit of a service (20 MB a file), and small enough to show progress."""

T = TypeVar("T")

_ANSWER = TypeAdapter(AnswerRecord)
_HITS = TypeAdapter(tuple[HitRecord, ...])
_TURNS = TypeAdapter(tuple[TargetTurn, ...])


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """What a target says about itself: never a secret. ``values`` are its settings."""

    kind: str
    values: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


class Service(Protocol):
    """A service that answers from documents it holds. Every call may raise ``TargetError``."""

    @property
    def info(self) -> TargetInfo:
        """Return what the target says about itself."""

    def ask(self, question: str, filters: Filters) -> AnswerRecord:
        """Answer a question from what matches the filters."""

    def search(self, query: str, filters: Filters, limit: int) -> tuple[HitRecord, ...]:
        """Return the best passages that match the filters, best first."""

    def document(self, document_id: str, version: str | None) -> TargetDocument:
        """Return a document, its current version by default."""

    def hold(self, documents: Sequence[DataDocument]) -> int:
        """Make the target hold the documents; return how many it didn't before."""

    def others(self, document_ids: Set[str]) -> int:
        """Return how many documents the target holds besides these."""

    def close(self) -> None:
        """Let go of what the target holds."""


def parsed(adapter: TypeAdapter[T], value: object, what: str) -> T:
    """Return a value as a record; raises ``TargetError`` where it isn't one."""
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TargetError(f"{what}: {place}: {first['msg']}", code="malformed") from error


def _inside(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else value


def parse_answer(value: object) -> AnswerRecord:
    """Read an answer of the interface; keys that aren't scored are ignored."""
    return parsed(_ANSWER, value, "answer")


def parse_hits(value: object) -> tuple[HitRecord, ...]:
    """Read the response of a search."""
    return parsed(_HITS, _inside(value, "hits"), "hits")


def parse_turns(value: object) -> tuple[TargetTurn, ...]:
    """Read the turns of a document."""
    return parsed(_TURNS, _inside(value, "turns"), "turns")


def batches(documents: Iterable[DataDocument]) -> Iterator[DataFile]:
    """Yield files to ingest: parts of a documents.jsonl, and a set's own files once, as they are.

    Each holds at least one document.
    """
    lines: list[bytes] = []
    given: set[str] = set()
    first, size = "", 0
    for document in documents:
        if document.file is not None:
            if document.file.name not in given:
                given.add(document.file.name)
                yield document.file
            continue
        row = asdict(document)
        del row["domain"], row["file"]
        line = json.dumps(row, ensure_ascii=False).encode("utf-8") + b"\n"
        if lines and size + len(line) > BATCH_BYTES:
            yield DataFile(f"{first}.jsonl", b"".join(lines))
            lines, size = [], 0
        if not lines:
            first = document.id
        lines.append(line)
        size += len(line)
    if lines:
        yield DataFile(f"{first}.jsonl", b"".join(lines))
