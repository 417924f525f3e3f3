"""The values that travel through ``qa``: Evidence → Statement + Citation → Answer | Abstention.

Field for field what the HTTP interface and ``ask --json`` show; ``Answer.to_json`` renders it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from index.records import Filters, Hit, Sentence

Mode = Literal["auto", "generate", "quote"]
Status = Literal["answered", "abstained"]
Origin = Literal["quoted", "generated", "counted"]
AbstentionReason = Literal[
    "no_evidence",
    "unsupported",
    "nothing_matches",
    "empty_library",
    "needs_model",
    "not_a_question",
    "choose_transcripts",
]
Degradation = Literal["llm_unavailable", "vectors_pending"]


@dataclass(frozen=True, slots=True)
class CitedSpan:
    """The address of a citation: enough to find its words again in an immutable version."""

    document_id: str
    document_version: str
    char_start: int
    char_end: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of the conversation, the answer it got, and what that answer cited."""

    question: str
    answer: str
    citations: tuple[CitedSpan, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A question with everything that shapes its answer."""

    question: str
    filters: Filters = field(default_factory=Filters)
    history: tuple[Exchange, ...] = ()
    mode: Mode = "auto"
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerSpan:
    """The words of a sentence that answer best: char range in it, log-odds against "none"."""

    char_start: int
    char_end: int
    score: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence chosen from the hits, with the scores that chose it.

    Args:
        hit: the passage it was found in, which knows document, version, title, date and url.
        sentence: its address in that document.
        text: its exact words, ``canonical_text[sentence.char_start:sentence.char_end]``.
        context: the words around it in the same turn (for models; never cited).
        score: the ranker's score, comparable between questions; higher is better.
        features: named parts of the score, for ``--explain`` and for training.
        span: the words of it that answer best, where it was read.
    """

    hit: Hit
    sentence: Sentence
    text: str
    context: str
    score: float
    features: tuple[tuple[str, float], ...] = ()
    span: AnswerSpan | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """An address in a transcript and the text there: ``text[char_start:char_end] == quote``.

    ``speaker`` is the label that the source has, ``speaker_name`` its alias, if it has one.
    """

    number: int
    document_id: str
    document_version: str
    title: str
    date: str | None
    url: str | None
    speaker: str | None
    turn: int
    char_start: int
    char_end: int
    quote: str
    start_ms: int | None
    end_ms: int | None
    link: str | None
    speaker_name: str | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of an answer; the range locates ``text`` (without markers) in the answer.

    ``origin`` says whose words they are: the source's, a model's, or the service's own where it
    counted something.
    """

    text: str
    char_start: int
    char_end: int
    citations: tuple[int, ...]
    origin: Origin
    support: float


@dataclass(frozen=True, slots=True)
class Rejected:
    """A statement that a model made and that isn't stated, and the reasons why."""

    text: str
    reasons: tuple[str, ...]
    support: float | None = None


@dataclass(frozen=True, slots=True)
class Abstention:
    """Why there is no answer, and the nearest that the transcripts do say.

    ``closest`` is the first of ``nearest`` where that may well be what was asked for, else empty.
    """

    reason: AbstentionReason
    nearest: tuple[Citation, ...]
    closest: tuple[Citation, ...] = ()

    @property
    def others(self) -> tuple[Citation, ...]:
        """Return the nearest without the closest, for whoever shows that first."""
        return tuple(each for each in self.nearest if each not in self.closest)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a language model was asked for one answer: requests, and tokens as its server counts.

    Zero where none was asked; a server that doesn't count leaves the tokens at zero.
    """

    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Return the sum."""
        return Usage(
            self.requests + other.requests,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gets: cited statements, or an abstention. Every key is always present."""

    id: str
    status: Status
    question: str
    rewritten_question: str | None
    answer: str
    short_answer: str | None
    statements: tuple[Statement, ...]
    citations: tuple[Citation, ...]
    confidence: float
    abstention: Abstention | None
    degraded: tuple[Degradation, ...]
    timings_ms: Mapping[str, float]
    models: Mapping[str, str | int | None]
    usage: Usage = field(default_factory=Usage)
    rejected: tuple[Rejected, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the answer as the JSON object of the interface, without what was rejected."""
        shown = asdict(self)
        del shown["rejected"]
        return shown
