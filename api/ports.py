"""What the interfaces need from the rest: a service and its library, by role.

``qa.service.Service`` is the real one; tests pass a small fake with the same methods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from index.aliases import AliasMap, Suggestion
from index.ingest.jobs import Job
from index.ingest.progress import OnProgress
from index.records import (
    Accepted,
    CheckResult,
    DocumentInfo,
    Filters,
    Hit,
    Metadata,
    Refused,
    Source,
    SpeakerCount,
    Turn,
)
from qa.answer.engine import Event
from qa.llm.cancellation import Cancellation
from qa.records import AbstentionReason, Answer, Ask
from qa.settings import Settings


class Documents(Protocol):
    """The library of transcripts, as ``index.library.Library`` offers it."""

    def ingest(
        self,
        sources: Iterable[Source],
        *,
        wait: bool = True,
        on_progress: OnProgress | None = None,
    ) -> Iterator[Accepted | Refused]:
        """Store sources; what is yielded is durable and can be found, by words if not ``wait``."""

    def submit(self, sources: Iterable[Source]) -> str:
        """Keep sources as a job to be taken in later; return its id."""

    def backlog(self) -> tuple[int, int]:
        """Return how many jobs are open, and the bytes of their sources."""

    def job(self, job_id: str) -> Job:
        """Return how far a job is; raises ``UnknownJob``."""

    def delete_job(self, job_id: str) -> None:
        """Forget a job and what it didn't take in yet; raises ``UnknownJob``."""

    def documents(self, after: str | None = None, limit: int = 100) -> tuple[DocumentInfo, ...]:
        """Return documents ordered by id, from the one after ``after``."""

    def document(self, document_id: str) -> DocumentInfo:
        """Return one document; raises ``UnknownDocument`` and ``DeletedDocument``."""

    def text(self, document_id: str, version: str | None = None) -> str:
        """Return the canonical text of a version, the current one if not said."""

    def turns(self, document_id: str, version: str | None = None) -> tuple[Turn, ...]:
        """Return the turns of a version."""

    def metadata(self, document_id: str, version: str | None = None) -> Metadata:
        """Return what is known about a version besides its text."""

    def speakers(self) -> tuple[SpeakerCount, ...]:
        """Return the speakers' labels with counts."""

    def aliases(self, document_id: str) -> AliasMap:
        """Return the (label, name) pairs of a document; raises like ``document``."""

    def set_aliases(self, document_id: str, names: Mapping[str, str]) -> AliasMap:
        """Give a document these names and no others; raises ``InvalidAlias`` too."""

    def suggest_aliases(self, document_id: str) -> tuple[Suggestion, ...]:
        """Return names said in a document that a label may stand for."""

    def delete(self, document_id: str) -> None:
        """Delete a document; raises ``UnknownDocument`` and ``DeletedDocument``."""


class QuestionService(Protocol):
    """Everything that answers, as ``qa.service.Service`` offers it."""

    @property
    def settings(self) -> Settings:
        """Settings that the service was opened with."""

    @property
    def library(self) -> Documents:
        """The transcripts."""

    def ask(self, ask: Ask, cancellation: Cancellation | None = None) -> Answer:
        """Answer a question; raises ``Cancelled`` once the client disconnected."""

    def stream(self, ask: Ask, cancellation: Cancellation | None = None) -> Iterator[Event]:
        """Yield what is found and said as soon as it is certain; refuses bad filters at once."""

    def search(self, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        """Find passages."""

    def nothing_to_search(self, filters: Filters) -> AbstentionReason | None:
        """Return why a search can find nothing; None when there is something to search."""

    def check(self, ask: bool = False) -> tuple[CheckResult, ...]:
        """Tell what is fine and what is not; ``ask`` waits for a word of the language model."""

    def start(self) -> None:
        """Begin in the background what the first answer would wait for; for servers."""

    def close(self) -> None:
        """Release everything held."""
