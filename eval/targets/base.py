"""The seam to whatever is evaluated, and the edge where its JSON becomes records.

Both targets hand over the JSON objects of the interface and parse them here, so that a service
gives the same observations in-process and over HTTP.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from eval.errors import TargetError
from eval.records import AnswerRecord, DataDocument, HitRecord, TargetDocument, TargetTurn
from index.records import Filters

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in a list of documents."""

    document_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list of documents; without ``next_cursor`` it is the last one."""

    documents: tuple[Listed, ...]
    next_cursor: str | None = None


_ANSWER = TypeAdapter(AnswerRecord)
_HITS = TypeAdapter(tuple[HitRecord, ...])
_PAGE = TypeAdapter(Page)
_TURNS = TypeAdapter(tuple[TargetTurn, ...])


@dataclass(frozen=True, slots=True)
class TargetInfo:
    """What a target says about itself: never a secret. ``values`` are its settings."""

    kind: str
    values: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)


class Target(Protocol):
    """A service that answers. Both raise ``TargetError``."""

    def ask(self, question: str, filters: Filters) -> AnswerRecord:
        """Answer a question from what matches the filters."""

    def search(self, query: str, filters: Filters, limit: int) -> tuple[HitRecord, ...]:
        """Return the best passages that match the filters, best first."""


class Library(Protocol):
    """The documents that a target holds. Each raises ``TargetError``."""

    def document(self, document_id: str, version: str | None) -> TargetDocument:
        """Return a document, its current version by default."""

    def hold(self, documents: Sequence[DataDocument]) -> int:
        """Make the target hold the documents; return how many it didn't before."""

    def others(self, document_ids: Set[str]) -> int:
        """Return how many documents the target holds besides these."""


class Service(Target, Library, Protocol):
    """What a run needs of a target."""

    @property
    def info(self) -> TargetInfo:
        """Return what the target says about itself."""

    def close(self) -> None:
        """Let go of what the target holds."""


def _parsed(adapter: TypeAdapter[T], value: object, what: str) -> T:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TargetError(f"{what}: {place}: {first['msg']}", code="malformed") from error


def parse_answer(value: object) -> AnswerRecord:
    """Read an answer of the interface; keys that aren't scored are ignored."""
    return _parsed(_ANSWER, value, "answer")


def parse_hits(value: object) -> tuple[HitRecord, ...]:
    """Read the response of a search."""
    return _parsed(_HITS, value.get("hits") if isinstance(value, dict) else value, "hits")


def parse_page(value: object) -> Page:
    """Read a page of the list of documents."""
    return _parsed(_PAGE, value, "documents")


def parse_turns(value: object) -> tuple[TargetTurn, ...]:
    """Read the turns of a document."""
    return _parsed(_TURNS, value.get("turns") if isinstance(value, dict) else value, "turns")


def document_row(document: DataDocument) -> dict[str, Any]:
    """Return a document as a line of documents.jsonl."""
    return {
        "id": document.id,
        "title": document.title,
        "date": document.date,
        "url": document.url,
        "turns": [{"speaker": turn.speaker, "text": turn.text} for turn in document.turns],
    }
