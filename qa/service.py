"""Settings → a service that is ready: encoder, library, engine, and what tells their health."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import structlog

from index.encoders.base import Encoder
from index.errors import EncoderUnavailable, ModelUnavailable
from index.ingest.metadata_limits import MetadataLimits
from index.library import Library
from index.records import CheckResult, Filters, Hit
from qa.answer.engine import Engine, Event, Limits
from qa.conversation.model_rewrite import ModelRewriter
from qa.conversation.rewrite import CarryOver, Rewriter
from qa.evidence.answerability import Answerability
from qa.evidence.ranker import open_ranker
from qa.evidence.select import nothing_to_search
from qa.generation.instruct.writer import InstructWriter
from qa.generation.missing import MissingModel, MissingWriter
from qa.generation.phrase import Phraser
from qa.generation.restate import restated
from qa.generation.writing import AnswerWriter, Writer
from qa.llm.cancellation import Cancellation
from qa.llm.instruct_model import InstructModel
from qa.llm.meter import Meter
from qa.llm.models import LanguageModel, open_language_model
from qa.llm.prompts import PROMPT_VERSION
from qa.question.check import check_filters, clean_question
from qa.reader.cross_encoder import OnnxReader, WindowReader, built_reader
from qa.reader.linear import load_score, logistic
from qa.reader.short_answer import SpanAnswerer
from qa.records import AbstentionReason, Answer, Ask
from qa.settings import Settings
from qa.verify import Verifier
from qa.verify.similarity import EncoderSimilarity
from qa.verify.support_model import Comparison, SupportModel

_log = structlog.get_logger("transcript_qa.service")


class Service:
    """Everything one process needs to answer questions."""

    def __init__(
        self,
        settings: Settings,
        library: Library,
        engine: Engine,
        model: LanguageModel | None = None,
    ) -> None:
        self.settings = settings
        self.library = library
        self.engine = engine
        self._model = model

    @classmethod
    def open(cls, settings: Settings) -> Service:
        """Open the data directory with the encoder that is set.

        Raises:
            EncoderUnavailable: its weights are missing or not the ones expected.
            EncoderMismatch: the data directory's vectors were made by another encoder.
            StorageError: the data directory can't be used.
        """
        encoder = open_encoder(settings)
        models: dict[str, str | int | None] = {"encoder": encoder.id, "llm": None}

        def taken_up(other: Encoder) -> None:
            models["encoder"] = other.id
            _log.warning("encoder_changed", encoder=other.id)

        library = Library.open(
            settings.data_dir,
            encoder,
            database_url=settings.database_address,
            max_file_bytes=settings.max_file_bytes,
            max_sentences=settings.max_sentences,
            limits=MetadataLimits(
                settings.max_metadata_chars, settings.max_label_chars, settings.max_labels_chars
            ),
            encoders=lambda encoder_id: encoder_of(encoder_id, settings),
            on_encoder=taken_up,
        )
        reader = OnnxReader(built_reader(settings.cache_dir), settings.threads)
        model = language_model(settings)
        engine = Engine(
            retriever=library,
            ranker=open_ranker(reader),
            answerability=Answerability(load_score("answerable")),
            limits=Limits(
                question_chars=settings.max_question_chars,
                statements=settings.max_statements,
                abstain_below=settings.abstain_below,
                close_from=settings.close_from,
            ),
            models=models,
            writer=None if model is None else writer_with(model, library, reader, settings),
            rewriter=rewriter_with(model, library),
            documents=library,
            transcripts=library,
            short_answers=SpanAnswerer(load_score("span")),
        )
        return cls(settings, library, engine, model)

    def start(self) -> None:
        """Start what servers do in the background: jobs, vectors, and the language model."""
        self.library.start_worker(_report)
        if self._model is not None:
            self._model.warm()

    def ask(self, ask: Ask, cancellation: Cancellation | None = None) -> Answer:
        """Return the answer to a question; raises like ``stream``."""
        self._check(ask.filters)
        self._need(ask)
        return self.engine.ask(ask, cancellation)

    def stream(self, ask: Ask, cancellation: Cancellation | None = None) -> Iterator[Event]:
        """Yield the events of an answer; raises like ``Engine.stream``.

        What is known beforehand is raised at once, not when the first event is asked for.
        """
        self._check(ask.filters)
        self._need(ask)
        return self.engine.stream(ask, cancellation)

    def search(self, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        """Return the best passages.

        Raises:
            InvalidQuery: the query or a filter can't be used.
            UnknownDocument: a filter names a document that isn't there.
        """
        self._check(filters)
        cleaned = clean_question(query, self.settings.max_question_chars)
        return self.library.search(cleaned, filters, limit)

    def nothing_to_search(self, filters: Filters) -> AbstentionReason | None:
        """Return why a search can find nothing; None when there is something to search."""
        return nothing_to_search(self.library, filters)

    def check(self, ask: bool = False) -> tuple[CheckResult, ...]:
        """Return what is fine and what is not; ``ask`` waits for a word of the language model."""
        checks = self.library.check()
        return checks if self._model is None else (*checks, self._model.check(ask=ask))

    def close(self) -> None:
        """Give everything back."""
        if self._model is not None:
            self._model.close()
        self.library.close()

    def _need(self, ask: Ask) -> None:
        """Refuse a question for a model's statements where the model that is set can't be had."""
        if ask.mode == "generate" and isinstance(self._model, MissingModel):
            self._model.refuse()

    def _check(self, filters: Filters) -> None:
        """Refuse filters that can only mislead: dates that aren't, documents that aren't there."""
        check_filters(filters)
        for document_id in filters.document_ids:
            self.library.document(document_id)


def _report(error: Exception) -> None:
    _log.error(
        "background_work", error=type(error).__name__, code=getattr(error, "code", "internal")
    )


def language_model(settings: Settings) -> LanguageModel | None:
    """Return the language model that is set, None for ``none``; nothing is started yet.

    One that can't be had is an outage, which answers and ``doctor`` report, and not an end.
    """
    try:
        return open_language_model(settings)
    except ModelUnavailable as error:
        return MissingModel(settings.llm, str(error))


class _SearchComparison:
    """Compares by whichever encoder searches at the moment."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def compare(self, statements: Sequence[str], texts: Sequence[str]) -> tuple[float, ...]:
        """Return the best cosines, as ``EncoderSimilarity`` does."""
        return EncoderSimilarity(self._library.encoder).compare(statements, texts)


def open_verifier(comparison: Comparison, reader: WindowReader) -> Verifier:
    """Return the checks with the trained support and its threshold.

    Raises:
        ModelUnavailable: the scores aren't among the installed files.
    """
    trained = SupportModel(reader, comparison, load_score("support"))
    return Verifier(threshold=logistic(load_score("support_from").bias), trained=trained)


def writer_with(
    model: LanguageModel, library: Library, reader: WindowReader, settings: Settings
) -> AnswerWriter:
    """Return a language model's part in answers: the whole, or a statement beside quotes."""
    if isinstance(model, MissingModel):
        return MissingWriter(model)
    check = open_verifier(_SearchComparison(library), reader)
    if isinstance(model, InstructModel):
        return InstructWriter(
            model.streaming,
            check,
            parts=settings.llm_parts,
            free=settings.llm_free_wording,
            claims=settings.llm_max_statements,
        )
    meter = Meter(model)
    return Writer(
        statements=Phraser(meter),
        short_answers=SpanAnswerer(load_score("span")),
        check=check,
        model=model.name,
        prompt_version=PROMPT_VERSION,
        meter=meter,
        restate=restated,
    )


def rewriter_with(model: LanguageModel | None, library: Library) -> Rewriter:
    """Return what makes follow-ups stand alone: rules, and an instruct model where there is one."""
    rules = CarryOver(library)
    return ModelRewriter(rules, model.streaming) if isinstance(model, InstructModel) else rules


def open_encoder(settings: Settings) -> Encoder:
    """Return the encoder that is set; raises ``EncoderUnavailable``."""
    if settings.encoder == "embedded":
        from index.encoders.minilm import OnnxEncoder

        return OnnxEncoder(settings.cache_dir, settings.threads)
    from index.encoders.sentence_transformer import SentenceTransformerEncoder

    return SentenceTransformerEncoder(settings.encoder)


def encoder_of(encoder_id: str, settings: Settings) -> Encoder:
    """Return the encoder that made an index, by the id that stands there.

    Raises:
        EncoderUnavailable: it can't be loaded, or isn't known here.
    """
    name = encoder_id.removeprefix("sentence-transformers:")
    embedded = name == encoder_id
    encoder = open_encoder(
        settings.model_copy(update={"encoder": "embedded" if embedded else name})
    )
    if encoder.id != encoder_id:
        raise EncoderUnavailable(
            f"the index was made by encoder {encoder_id!r}, which this release doesn't have; "
            f"run `transcript-qa reindex`"
        )
    return encoder
