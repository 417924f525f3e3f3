"""The formats in the order in which they are tried: the narrowest first, plain text last."""

from __future__ import annotations

from index.errors import RefusedSource
from index.formats import documents_jsonl, plaintext
from index.formats.base import Reader

READERS: tuple[Reader, ...] = (
    documents_jsonl.READER,
    plaintext.READER,
)


def detect(text: str) -> Reader:
    """Return the first reader whose format the text is in; plain text takes the rest."""
    return next(reader for reader in READERS if reader.detects(text))


def reader_named(name: str) -> Reader:
    """Return the reader of a forced format.

    Raises:
        RefusedSource: ``format``, with the names there are.
    """
    for reader in READERS:
        if reader.name == name:
            return reader
    known = ", ".join(reader.name for reader in READERS)
    raise RefusedSource(f"there is no format {name!r}; choose one of {known}", code="format")
