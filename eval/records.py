"""The values that travel through ``eval``: Question → Observation → Outcome → Aggregate.

An ``Observation`` is one line of ``records.jsonl`` and holds everything that metrics and report
need: gold and citations with their words, hits with their text, windows of context. Every metric
is a pure function of it, so a metric can be added and computed on an old run.

Outcomes are three: ``Score``, ``Unscored`` (there was nothing to score, and why) and ``Failed``
(the target didn't answer). None of them is ever written as 0, null or NaN in place of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from index.records import Filters, Source
from qa.records import Origin

Scope = Literal["corpus", "document"]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Milliseconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Offset = Annotated[int, Field(ge=0)]


# --- data sets -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DataTurn:
    """One turn as the data set gives it."""

    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class DataFile:
    """A transcript file as the set holds it, and the metadata file beside it if there is one."""

    name: str
    data: bytes
    sidecar_name: str | None = None
    sidecar: bytes | None = None

    def source(self) -> Source:
        """Return the file as something to ingest."""
        return Source(self.name, self.data, sidecar=self.sidecar)

    def parts(self) -> tuple[tuple[str, bytes], ...]:
        """Return the (name, bytes) pairs of an upload."""
        if self.sidecar_name is None or self.sidecar is None:
            return ((self.name, self.data),)
        return ((self.name, self.data), (self.sidecar_name, self.sidecar))


@dataclass(frozen=True, slots=True)
class DataDocument:
    """One line of documents.jsonl, or a transcript file.

    Args:
        domain: ``meta.domain`` where the set has it.
        file: where the set holds the transcript as a file of its own.
    """

    id: str
    title: str
    date: str | None
    url: str | None
    turns: tuple[DataTurn, ...]
    domain: str | None = None
    file: DataFile | None = None


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """Where the data says the answer stands: inclusive turn indexes, and words in the first.

    ``document_id`` is null for evidence in the question's own document.
    """

    turn_start: int
    turn_end: int
    quote: str | None = None
    char_start: int | None = None
    char_end: int | None = None
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One line of questions.jsonl.

    Args:
        elsewhere: evidence in further documents.
        filters: what the question is asked with; its ``document_ids`` are left to the scope.
    """

    id: str
    document_id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    split: str
    kind: str | None = None
    domain: str | None = None
    evidence: tuple[EvidenceItem, ...] = ()
    evidence_fine: tuple[EvidenceItem, ...] = ()
    elsewhere: tuple[EvidenceItem, ...] = ()
    filters: Filters = field(default_factory=Filters)


# --- what the target says ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TargetTurn:
    """A turn of a document as the target holds it."""

    number: int
    speaker: str | None
    char_start: Offset
    char_end: Offset


@dataclass(frozen=True, slots=True)
class TargetDocument:
    """A document as the target holds it: the text that offsets refer to, and its turns."""

    document_id: str
    document_version: str
    text: str
    turns: tuple[TargetTurn, ...]


@dataclass(frozen=True, slots=True)
class CitedQuote:
    """A citation of an answer: an address and the words that the target says stand there."""

    number: int
    document_id: str
    document_version: str
    char_start: Offset
    char_end: Offset
    quote: str
    speaker: str | None = None
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """A statement of an answer, with the numbers of its citations."""

    text: str
    char_start: Offset
    char_end: Offset
    citations: tuple[int, ...]
    origin: Origin
    support: float


@dataclass(frozen=True, slots=True)
class AbstentionRecord:
    """Why the target abstained, and the nearest it found."""

    reason: str
    nearest: tuple[CitedQuote, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer of the interface, the parts that are scored or shown; other keys are ignored."""

    status: Literal["answered", "abstained"]
    answer: str
    short_answer: str | None
    statements: tuple[StatementRecord, ...]
    citations: tuple[CitedQuote, ...]
    confidence: Share
    abstention: AbstentionRecord | None = None
    degraded: tuple[str, ...] = ()
    timings_ms: Mapping[str, float] | None = None
    models: Mapping[str, str | int | None] | None = None

    @property
    def asked_model(self) -> bool:
        """Return whether a language model took part, as the answer names it."""
        return bool((self.models or {}).get("llm"))

    @property
    def ranked(self) -> tuple[CitedQuote, ...]:
        """Return the cited sentences best first: the citations, or the nearest of an abstention."""
        return self.citations or (self.abstention.nearest if self.abstention else ())


@dataclass(frozen=True, slots=True)
class HitRecord:
    """A passage that the target's search returned; ``text`` is the text at its address."""

    passage_id: str
    document_id: str
    document_version: str
    char_start: Offset
    char_end: Offset
    text: str


# --- one line of records.jsonl -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A range of a document's canonical text with the words in it."""

    document_id: str
    document_version: str
    char_start: int
    char_end: int
    text: str


@dataclass(frozen=True, slots=True)
class Gold:
    """Where the answer stands, in the target's own offsets.

    Args:
        groups: each group is one thing to be found; any span of a group finds it.
        accepted: further spans that are right to cite and need not be found.
        unmapped: evidence of the data that couldn't be placed in the target's text, and why.
    """

    groups: tuple[tuple[Span, ...], ...] = ()
    accepted: tuple[Span, ...] = ()
    unmapped: tuple[str, ...] = ()

    @property
    def spans(self) -> tuple[Span, ...]:
        """Return every span that is right to cite."""
        return tuple(span for group in self.groups for span in group) + self.accepted


@dataclass(frozen=True, slots=True)
class CitationCheck:
    """The text at a citation's address in the target's own text.

    Args:
        actual: the words there; null where there is no such document, version or range.
        turn_agrees: whether the range lies in the turn that is named, said by its speaker.
    """

    actual: str | None
    turn_agrees: bool


@dataclass(frozen=True, slots=True)
class Window:
    """A piece of canonical text around citations and gold, for the report."""

    document_id: str
    document_version: str
    char_start: int
    text: str


@dataclass(frozen=True, slots=True)
class CallFailure:
    """The target failed on this question."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Observation:
    """A question, its gold in the target's offsets, and what the target did with it.

    ``checks`` belong to ``answer.ranked``, one for one. With ``error`` set, ``answer`` is null.
    ``latency_ms`` is what the caller waited, for ``ask`` and ``search``. ``filters`` are those that
    were sent, the question's own and the scope's together.
    """

    question_id: str
    document_id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    split: str
    kind: str | None
    domain: str | None
    scope: Scope
    gold: Gold
    answer: AnswerRecord | None
    hits: tuple[HitRecord, ...]
    checks: tuple[CitationCheck, ...]
    windows: tuple[Window, ...]
    latency_ms: Mapping[str, Milliseconds]
    error: CallFailure | None = None
    filters: Filters = field(default_factory=Filters)

    @property
    def said(self) -> AnswerRecord:
        """Return the answer of a question on which the target didn't fail."""
        assert self.answer is not None
        return self.answer


# --- outcomes ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """What a metric says about one question.

    ``columns`` are what the metric's statistic adds up: (numerator, denominator > 0) for shares
    and means, (confidence, right) for calibration, (milliseconds,) for latency.
    """

    columns: tuple[float, ...]
    explanation: str


@dataclass(frozen=True, slots=True)
class Unscored:
    """There was nothing to score, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The target failed, so the metric has nothing to say; counted apart from wrong answers."""

    reason: str


Outcome = Score | Unscored | Failed


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A metric over a run.

    ``value`` is null exactly when nothing was eligible. ``low`` and ``high`` are a bootstrap 95 %
    interval over questions. ``eligible`` + ``unscored`` + ``failed`` == ``total``.
    """

    metric: str
    value: float | None
    low: float | None
    high: float | None
    eligible: int
    unscored: int
    failed: int
    total: int
    reasons: tuple[tuple[str, int], ...] = ()
