"""The formats in the order in which they are tried: the narrowest first, plain text last."""

from __future__ import annotations

from index.errors import RefusedSource
from index.formats import many, markdown, plaintext, srt, ttml, webvtt
from index.formats.base import FormatReader
from index.formats.jsontext import load
from index.formats.probe import NotJson, Probe
from index.formats.shapes import SHAPES

READERS: tuple[FormatReader, ...] = (
    webvtt.READER,
    ttml.READER,
    srt.READER,
    *(shape.reader() for shape in SHAPES),
    many.ARRAY,
    many.JSONL,
    markdown.READER,
    plaintext.READER,
)


def detect(text: str) -> FormatReader:
    """Return the reader of the first format that a text is in; plain text takes the rest.

    Raises:
        RefusedSource: the text is JSON or XML, but broken or of no known shape: as plain text its
            braces, keys and tags would be taken for speech.
    """
    probe = Probe(text)
    for reader in READERS[:-2]:
        if reader.detects(probe):
            return reader
    if probe.looks_like_xml:
        raise RefusedSource(
            "this is XML or HTML, and no TTML that is read; TTML must have no document type: "
            "take the DOCTYPE out of the file, or convert it to one of the formats that are read",
            code="unknown_xml",
            line=1,
        )
    if probe.looks_like_json:
        load(text)
        if probe.value is not NotJson:
            names = ", ".join(shape.name for shape in SHAPES)
            raise RefusedSource(
                f"this JSON has the keys of no known transcript format ({names}); "
                "convert it to one of them, or force one with --format",
                code="unknown_json",
            )
    return next(reader for reader in READERS[-2:] if reader.detects(probe))


def reader_named(name: str) -> FormatReader:
    """Return the reader of a forced format.

    Raises:
        RefusedSource: ``format``, with the names there are.
    """
    for reader in READERS:
        if reader.name == name:
            return reader
    known = ", ".join(reader.name for reader in READERS)
    raise RefusedSource(f"there is no format {name!r}; choose one of {known}", code="format")
