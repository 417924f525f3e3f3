"""The JSON of the OpenAI-compatible routes: what other programs send, unknown fields ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from api.schemas import MAX_STATEMENTS, CitationOut, FiltersIn

# A long chat in a front end; only its last exchanges matter.
MAX_MESSAGES = 2000


class Foreign(BaseModel):
    """Base of every model: frozen, and lenient about fields that mean nothing here."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class ContentPart(Foreign):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class CitedRange(Foreign):
    """The address in one of our citations, sent back by a client."""

    document_id: str
    document_version: str
    char_start: int = Field(ge=0)
    char_end: int = Field(ge=0)


class AnnotationIn(Foreign):
    """An annotation that a client sends back with an earlier answer."""

    type: str
    citation: CitedRange | None = None


class MessageIn(Foreign):
    """A message of the chat."""

    role: str
    content: str | tuple[ContentPart, ...] | None = None
    annotations: tuple[AnnotationIn, ...] | None = None

    @property
    def text(self) -> str:
        """Return its words."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(part.text for part in self.content if part.type == "text")


class StreamOptions(Foreign):
    """What a stream ends with."""

    include_usage: bool | None = False


class CompletionIn(Foreign):
    """A chat; its last user message is the question."""

    model: str = Field(description="A name that `/v1/models` lists.")
    messages: tuple[MessageIn, ...] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = Field(None, description="There is one answer.")
    filters: FiltersIn | None = Field(None, description="As in `/v1/ask`; an extension.")
    limit: StrictInt | None = Field(
        None, ge=1, le=MAX_STATEMENTS, description="Most statements; an extension."
    )


class UrlCitationOut(BaseModel):
    """The place of a marker in the message, and the source."""

    start_index: int
    end_index: int
    url: str
    title: str


class AnnotationOut(BaseModel):
    """A marker of the message; `citation` is the exact address and the words there."""

    type: Literal["url_citation"]
    url_citation: UrlCitationOut
    citation: CitationOut


class MessageOut(BaseModel):
    """The answer as a message."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[AnnotationOut]


class ChoiceOut(BaseModel):
    """The answer."""

    index: int
    message: MessageOut
    finish_reason: Literal["stop"]
    logprobs: None


class CompletionUsageOut(BaseModel):
    """Tokens of the language model behind the answer; zero where the answer only quotes."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionOut(BaseModel):
    """A chat completion; `answer` is the answer as `/v1/ask` gives it."""

    id: str
    object: Literal["chat.completion"]
    created: int
    model: str
    choices: list[ChoiceOut]
    usage: CompletionUsageOut
    answer: dict[str, Any]


class DeltaOut(BaseModel):
    """What a chunk adds to the message; annotations come with their places in the whole list."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[dict[str, Any]] | None = None


class ChunkChoiceOut(BaseModel):
    """A piece of the answer: each statement is whole."""

    index: int
    delta: DeltaOut
    finish_reason: Literal["stop"] | None
    logprobs: None


class ChunkOut(BaseModel):
    """A chunk of a streamed completion; the last has `answer`, one without choices `usage`."""

    id: str
    object: Literal["chat.completion.chunk"]
    created: int
    model: str
    choices: list[ChunkChoiceOut]
    usage: CompletionUsageOut | None = None
    answer: dict[str, Any] | None = None


class ModelOut(BaseModel):
    """A way of answering."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class ModelsOut(BaseModel):
    """The ways of answering."""

    object: Literal["list"]
    data: list[ModelOut]
