"""A service in this process: the same JSON as over HTTP, without the transport."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

from eval.errors import TargetError
from eval.records import AnswerRecord, DataDocument, HitRecord, TargetDocument, TargetTurn
from eval.targets.base import TargetInfo, batches, parse_answer, parse_hits
from index.errors import TranscriptQAError
from index.records import Filters, Refused, Source
from qa.records import Ask, Mode
from qa.settings import Settings

if TYPE_CHECKING:
    from index.library import Library
    from qa.service import Service


NEVER_WRITTEN = frozenset({"llm_api_key", "database_url", "llm_base_url", "data_dir", "cache_dir"})
"""Settings that a summary leaves out: secrets, addresses that may carry one, places on a disk."""


def shown_settings(settings: Settings) -> dict[str, str | int | float | bool | None]:
    """Return the settings that a summary may show.

    Beside the named ones, nothing that pydantic holds as a secret is shown, whatever its name.
    """
    shown: dict[str, str | int | float | bool | None] = {}
    for name, value in settings.model_dump().items():
        if name in NEVER_WRITTEN or hasattr(value, "get_secret_value"):
            continue
        plain = value is None or isinstance(value, (str, int, float, bool))
        shown[name] = value if plain else str(value)
    return shown


@contextmanager
def _failures() -> Iterator[None]:
    """Turn what the service raises into ``TargetError``.

    A fault of the service is an error of that question, as status 500 would be over HTTP.
    """
    try:
        yield
    except TranscriptQAError as error:
        raise TargetError(str(error), code=error.code) from error
    except Exception as error:
        raise TargetError(repr(error), code="internal") from error


class InProcessTarget:
    """A service that was opened here; closing the target closes it."""

    def __init__(
        self, service: Service, *, mode: Mode = "auto", statements: int | None = None
    ) -> None:
        self._service = service
        self._mode: Mode = mode
        self._statements = statements

    @property
    def info(self) -> TargetInfo:
        """Return the settings, without secrets."""
        asked = {"mode": self._mode, "statements": self._statements}
        return TargetInfo("in-process", {**asked, **shown_settings(self._service.settings)})

    def close(self) -> None:
        """Close the service."""
        self._service.close()

    def ask(self, question: str, filters: Filters) -> AnswerRecord:
        """Answer a question from what matches the filters."""
        ask = Ask(question, filters, mode=self._mode, limit=self._statements)
        with _failures():
            answer = self._service.ask(ask)
        return parse_answer(answer.to_json())

    def search(self, query: str, filters: Filters, limit: int) -> tuple[HitRecord, ...]:
        """Return the best passages that match the filters, best first."""
        with _failures():
            hits = self._service.search(query, filters, limit)
        return parse_hits([asdict(hit) for hit in hits])

    def document(self, document_id: str, version: str | None) -> TargetDocument:
        """Return a document, its current version by default."""
        library = self._service.library
        with _failures():
            version = version or library.document(document_id).document_version
            text = library.text(document_id, version)
            turns = library.turns(document_id, version)
        return TargetDocument(
            document_id,
            version,
            text,
            tuple(TargetTurn(t.number, t.speaker, t.char_start, t.char_end) for t in turns),
        )

    def hold(self, documents: Sequence[DataDocument]) -> int:
        """Ingest the documents; return how many were new or changed."""
        return take_in(self._service.library, (file.source() for file in batches(documents)))

    def others(self, document_ids: Set[str]) -> int:
        """Return how many documents the library holds besides these."""
        count = 0
        after: str | None = None
        with _failures():
            while page := self._service.library.documents(after):
                count += sum(each.document_id not in document_ids for each in page)
                after = page[-1].document_id
        return count


def take_in(library: Library, sources: Iterable[Source]) -> int:
    """Ingest sources; return how many documents were new or changed.

    Raises:
        TargetError: a source was refused.
    """
    changed = 0
    for result in library.ingest(sources):
        if isinstance(result, Refused):
            raise TargetError(f"{result.name}: {result.detail}", code=result.code)
        changed += result.status in ("new", "replaced")
    return changed
