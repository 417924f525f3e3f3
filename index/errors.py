"""The exceptions of the service, one tree.

TranscriptQAError
├── InputError                 the caller sent something that can't be used (code, what to do)
│   ├── RefusedSource          a source file that can't become a transcript
│   ├── InvalidQuery           a question, query or filter that can't be answered
│   ├── UnknownDocument        no document (or no version) under that id
│   ├── DeletedDocument        there was one, and it was deleted
│   ├── UnknownJob             no upload job under that id
│   └── InvalidAlias           names of speakers that can't be set as they stand
├── StorageError               the data directory can't be read or written
│   ├── Busy                   another process is writing
│   ├── StoredUnindexed        what was sent is stored, but not yet found
│   └── EncoderMismatch        the existing vectors were made by another encoder
└── ModelError                 a model can't do its work
    ├── EncoderUnavailable     the encoder's weights are missing or not the ones expected
    └── ModelUnavailable       the language model is down, too slow, or answers nonsense

Adapters translate their library's exceptions into these; ``code`` is stable and public.
"""

from __future__ import annotations


class TranscriptQAError(Exception):
    """Root of every exception that this service raises on purpose."""

    code = "internal"


class InputError(TranscriptQAError):
    """The caller sent something that can't be used; the message says what to do."""

    code = "invalid_input"


class RefusedSource(InputError):
    """A source that can't become a transcript.

    Args:
        detail: what is wrong and what to do about it.
        code: stable reason, such as ``empty`` or ``binary``.
        line: 1-based line of the source where it went wrong, where there is one.
    """

    code = "refused"

    def __init__(self, detail: str, *, code: str, line: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code
        self.line = line


class InvalidQuery(InputError):
    """A question, query or filter that can't be answered as it stands."""

    code = "invalid_query"


class UnknownDocument(InputError):
    """There is no document, or no version of it, under that id."""

    code = "unknown_document"


class DeletedDocument(InputError):
    """The document existed and was deleted."""

    code = "deleted_document"


class UnknownJob(InputError):
    """There is no job under that id."""

    code = "unknown_job"


class InvalidAlias(InputError):
    """A speaker's name, or the label it is given to, can't be used as it stands."""

    code = "invalid_alias"


class StorageError(TranscriptQAError):
    """The data directory can't be read or written."""

    code = "storage"


class Busy(StorageError):
    """Another process holds the write lock."""

    code = "busy"


class StoredUnindexed(StorageError):
    """What was sent is stored for good; searches find it once the index can be written."""

    code = "stored_unindexed"


class EncoderMismatch(StorageError):
    """The existing vectors were made by another encoder than the one set."""

    code = "encoder_mismatch"


class ModelError(TranscriptQAError):
    """A model can't do its work."""

    code = "model"


class EncoderUnavailable(ModelError):
    """The encoder's weights are missing, or not the ones expected."""

    code = "encoder_unavailable"


class ModelUnavailable(ModelError):
    """The language model is down, too slow, or answers nonsense: an outage, never an abstention."""

    code = "llm_unavailable"
