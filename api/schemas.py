"""The JSON of the HTTP interface: requests that refuse what they don't know, responses in full.

Requests turn into records at once; responses are rendered from records, and these models document
them (and tests hold them against what is really sent).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, StrictBool, StrictInt, field_validator

from api import examples
from api.inputs import MAX_FILTER_VALUES
from index.aliases import SIZE_LIMIT
from qa.records import AbstentionReason, Origin

# Ten times what a screen shows; whoever needs more pages through the documents.
MAX_HITS = 100
# More statements than an answer may hold is no longer an answer.
MAX_STATEMENTS = 20
# Follow-ups refer to the last few exchanges; this is generous.
MAX_EXCHANGES = 50
MAX_EXCHANGE_CHARS = 20_000
MAX_EXCHANGE_CITATIONS = 200
# Of all exchanges together, so that the longest history fits into a body (MAX_JSON_BYTES) even
# when every character is written as an escape: fifty exchanges of 4,000 characters.
MAX_HISTORY_CHARS = 200_000
MAX_HISTORY_CITATIONS = 2_000

# What is blank is refused with words of its own, after reading; the description says so beforehand.
NOT_EMPTY: dict[str, JsonValue] = {"minLength": 1}

Offset = Annotated[StrictInt, Field(ge=0, le=2**53)]


class Schema(BaseModel):
    """Base of every model: frozen, and strict about unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FiltersIn(Schema):
    """What a question is limited to; an absent field doesn't limit."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.FILTERS]})

    document_ids: tuple[Annotated[str, Field(json_schema_extra=NOT_EMPTY)], ...] = Field(
        (), max_length=MAX_FILTER_VALUES, description="Only these documents."
    )
    speakers: tuple[Annotated[str, Field(json_schema_extra=NOT_EMPTY)], ...] = Field(
        (),
        max_length=MAX_FILTER_VALUES,
        description="Only what these speakers said; labels or aliases as `/v1/speakers` "
        "lists them, upper and lower case alike.",
    )
    since: str | None = Field(None, description="First day, YYYY-MM-DD, included.")
    until: str | None = Field(None, description="Last day, YYYY-MM-DD, included.")
    collection: Annotated[str, Field(json_schema_extra=NOT_EMPTY)] | None = Field(
        None, description="Only documents of this collection."
    )


class CitedSpanIn(Schema):
    """What an earlier answer cited."""

    document_id: str = Field(min_length=1, max_length=64)
    document_version: str = Field(min_length=1, max_length=64)
    char_start: Offset
    char_end: Offset


class ExchangeIn(Schema):
    """An earlier question and its answer."""

    question: str = Field(min_length=1, max_length=MAX_EXCHANGE_CHARS)
    answer: str = Field(max_length=MAX_EXCHANGE_CHARS)
    citations: tuple[CitedSpanIn, ...] = Field((), max_length=MAX_EXCHANGE_CITATIONS)


class AskIn(Schema):
    """A question."""

    model_config = ConfigDict(json_schema_extra={"examples": examples.ASKS})

    question: str = Field(
        description="What you want to know, in your own words.", json_schema_extra=NOT_EMPTY
    )
    filters: FiltersIn | None = None
    history: tuple[ExchangeIn, ...] = Field(
        (), max_length=MAX_EXCHANGES, description="Earlier exchanges, oldest first."
    )
    mode: Literal["auto", "generate", "quote"] = Field(
        "auto",
        description="`quote` answers with verbatim sentences; `generate` phrases them with the "
        "language model; `auto` phrases where that holds and quotes otherwise.",
    )
    limit: StrictInt | None = Field(None, ge=1, le=MAX_STATEMENTS, description="Most statements.")
    stream: StrictBool = Field(False, description="Answer as server-sent events.")

    @field_validator("history")
    @classmethod
    def _bounded(cls, history: tuple[ExchangeIn, ...]) -> tuple[ExchangeIn, ...]:
        chars = sum(len(each.question) + len(each.answer) for each in history)
        citations = sum(len(each.citations) for each in history)
        if chars > MAX_HISTORY_CHARS or citations > MAX_HISTORY_CITATIONS:
            raise ValueError(
                f"the exchanges have {chars:,} characters and {citations:,} citations together, "
                f"at most {MAX_HISTORY_CHARS:,} and {MAX_HISTORY_CITATIONS:,} are taken; "
                "leave out the oldest"
            )
        return history


class SearchIn(Schema):
    """A search for passages."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SEARCH]})

    query: str = Field(description="Words to look for.", json_schema_extra=NOT_EMPTY)
    filters: FiltersIn | None = None
    limit: StrictInt = Field(10, ge=1, le=MAX_HITS, description="Most passages.")


class ScoresOut(Schema):
    """Scores of a passage per retriever; null where that retriever didn't find it."""

    dense: float | None
    lexical: float | None
    fused: float


class HitOut(Schema):
    """A passage that was found: `text` stands at `char_start` to `char_end` of its document."""

    passage_id: str
    document_id: str
    document_version: str
    title: str
    date: str | None
    speakers: list[str]
    text: str
    char_start: int
    char_end: int
    scores: ScoresOut


class SearchOut(Schema):
    """Passages, best first."""

    hits: list[HitOut]


class CitationOut(Schema):
    """An address in a transcript and the exact words there."""

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
    speaker_name: str | None = Field(description="Alias of the label in `speaker`, if it has one.")


class StatementOut(Schema):
    """One statement; `char_start` and `char_end` locate `text` in the answer.

    `origin` is `quoted` (the source's words), `generated` (a model's) or `counted` (words and turns
    that the service counted; the citations are where each speaker begins).
    """

    text: str
    char_start: int
    char_end: int
    citations: list[int]
    origin: Origin
    support: float


class StatementEventOut(Schema):
    """A statement of a stream, whole and verified, with what it cites."""

    statement: StatementOut
    citations: list[CitationOut]


class AbstentionOut(Schema):
    """Why there is no answer, and the nearest that the transcripts do say."""

    reason: AbstentionReason = Field(
        description="`no_evidence`: nothing answers well enough; `unsupported`: what could be said "
        "didn't pass its check; `nothing_matches`: nothing matches the filters; "
        "`empty_library`: there are no transcripts yet; `needs_model`: it takes a language model, "
        "and `answer` names the setting; `not_a_question`: small talk, or a language that the "
        "models don't know, and `answer` replies to it; `choose_transcripts`: the question is "
        "about whole transcripts, and there are too many."
    )
    nearest: list[CitationOut]
    closest: list[CitationOut] = Field(
        max_length=1,
        description="The first of `nearest` where it may well be what was asked for, but isn't "
        "sure enough to be an answer (confidence from `CLOSE_FROM` to `ABSTAIN_BELOW`); "
        "else empty.",
    )


class UsageOut(Schema):
    """What the language model was asked: zero where none was, or where its server doesn't count."""

    requests: int
    prompt_tokens: int
    completion_tokens: int


class AnswerOut(Schema):
    """An answer with its citations, or an abstention. Every key is always present."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                examples.ANSWER,
                examples.CLOSE,
                examples.ABSTENTION,
                examples.NOT_A_QUESTION,
            ]
        }
    )

    id: str
    status: Literal["answered", "abstained"]
    question: str
    rewritten_question: str | None
    answer: str = Field(
        description="The statements with [1] markers, and lines that say how much was looked at; "
        "of an abstention, what to tell the person."
    )
    short_answer: str | None = Field(
        description="The words of the first citation that answer, or the speaker that a question "
        "for one wants; null where no few words do."
    )
    statements: list[StatementOut]
    citations: list[CitationOut]
    confidence: float
    abstention: AbstentionOut | None
    degraded: list[str]
    timings_ms: dict[str, float]
    models: dict[str, str | int | None]
    usage: UsageOut


class DocumentOut(Schema):
    """A document: its current version and what is known about it."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DOCUMENT]})

    document_id: str
    document_version: str
    title: str
    date: str | None
    url: str | None
    language: str | None
    collection: str | None
    source_key: str
    source_format: str
    characters: int
    turns: int
    speakers: list[str]
    aliases: dict[str, str] = Field(description="Names of the speakers, by label.")
    ingested_at: str


class DocumentPage(Schema):
    """A page of documents, ordered by id; `next_cursor` is null on the last one."""

    documents: list[DocumentOut]
    next_cursor: str | None


class AcceptedOut(Schema):
    """An upload that is stored and searchable."""

    document_id: str
    document_version: str
    status: Literal["new", "replaced", "unchanged", "duplicate"]


class RefusedOut(Schema):
    """An upload that was not taken, and why."""

    name: str
    code: str
    detail: str
    document_id: str | None = Field(
        description="The document that it would have replaced, for code `document_exists`."
    )


class UploadOut(Schema):
    """What became of each uploaded file."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.UPLOAD]})

    documents: list[AcceptedOut]
    refused: list[RefusedOut]


class SubmittedOut(Schema):
    """An upload that will be taken in; `/v1/jobs/{job_id}` tells how far it is."""

    job_id: str


class JobOut(Schema):
    """Progress of an upload made in the background."""

    job_id: str
    state: Literal["queued", "running", "encoding", "done", "failed"]
    sources: int
    sources_done: int
    passages: int
    passages_done: int
    documents: list[AcceptedOut]
    refused: list[RefusedOut]
    created_at: str
    finished_at: str | None
    error: str | None


class TurnOut(Schema):
    """One speaker's utterance; times are null where the source has none."""

    number: int
    speaker: str | None
    speaker_name: str | None
    char_start: int
    char_end: int
    start_ms: int | None
    end_ms: int | None


class TurnsOut(Schema):
    """The turns of a version, in the order of the source."""

    document_id: str
    document_version: str
    turns: list[TurnOut]


class SpeakerOut(Schema):
    """A speaker's label with its aliases and the number of turns and documents that carry it."""

    speaker: str
    names: list[str]
    turns: int
    documents: int


class SpeakersOut(Schema):
    """Every speaker's label."""

    speakers: list[SpeakerOut]


class AliasesIn(Schema):
    """The names of a document's speakers: these and no others."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ALIASES]})

    aliases: dict[str, str] = Field(
        max_length=SIZE_LIMIT,
        description="Label → name, such as `Charles Maynes, correspondent`. A filter may give the "
        "label, the whole name, or what precedes its first comma.",
    )


class SuggestionOut(Schema):
    """A name that the transcript says at this place, and the label that it may belong to."""

    label: str
    name: str
    turn: int
    char_start: int
    char_end: int


class AliasesOut(Schema):
    """The names of a document's speakers by label; nothing that is suggested is in use."""

    document_id: str
    aliases: dict[str, str]
    suggestions: list[SuggestionOut]


class HealthOut(Schema):
    """The process is alive."""

    status: Literal["ok"]


class CheckOut(Schema):
    """One check: what was looked at, whether it is fine, and what to do if not."""

    name: str
    ok: bool
    detail: str
    remedy: str | None
    values: dict[str, str]


class ReadyOut(Schema):
    """Everything needed to answer is there."""

    status: Literal["ready"]
    checks: list[CheckOut]


class FieldErrorOut(Schema):
    """One thing wrong with a request."""

    field: str
    detail: str


class ProblemOut(BaseModel):
    """What went wrong (RFC 9457); `code` is stable."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"examples": [examples.PROBLEM]})

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[FieldErrorOut]
