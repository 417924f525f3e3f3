"""Bytes → text: the first step of every reader.

UTF-8 (a byte order mark is dropped) and UTF-16 with its byte order mark are read; line ends stay as
they are. Anything else is refused with what to do about it, never read with replacement characters:
a citation must show the source's own words. NUL is kept in the canonical text, where a file that is
otherwise text has it; labels and titles lose it (``base.one_line``).
"""

from __future__ import annotations

import codecs

from index.errors import RefusedSource

# Text has tabs, line ends, now and then a form feed or an escape. A file in which more than one
# character in ten is another control character (NUL among them) isn't text.
CONTROL_SHARE_LIMIT = 0.1
_CONTROLS = dict.fromkeys((*range(9), *range(14, 27), *range(28, 32), 127))

_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP, DOCX or ODT"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"ID3", "an MP3 recording"),
    (b"RIFF", "a WAV recording"),
    (b"OggS", "an Ogg recording"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Word file"),
)


def decode(data: bytes) -> str:
    """Return the text that the bytes encode, byte order mark dropped and line ends kept.

    Args:
        data: a whole source file.

    Raises:
        RefusedSource: ``empty``, ``binary`` or ``encoding``, with the line where it can be told.
    """
    for magic, kind in _MAGIC:
        if data.startswith(magic) and not _is_text(data):
            raise RefusedSource(
                f"this is {kind} file, not a transcript; export it as plain text, WebVTT, SRT or "
                "JSON first",
                code="binary",
            )
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _utf16(data)
    else:
        text = _utf8(data)
    if not text.strip("\0 \t\r\n\f\v") or not text.strip():
        raise RefusedSource("the file is empty or holds only white space", code="empty")
    controls = len(text) - len(text.translate(_CONTROLS))
    if controls > len(text) * CONTROL_SHARE_LIMIT:
        raise RefusedSource(
            f"{controls} of {len(text)} characters are control characters, so this isn't text; "
            "send a transcript file",
            code="binary",
        )
    return text


def _is_text(data: bytes) -> bool:
    """Return whether the bytes are UTF-8 without NUL: words that only begin like a binary file."""
    try:
        return "\0" not in data.decode("utf-8") and not data.startswith(b"%PDF-")
    except UnicodeDecodeError:
        return False


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        if _looks_binary(data):
            raise RefusedSource(
                "this is a binary file, not text; send a transcript file", code="binary"
            ) from error
        raise RefusedSource(
            f"byte {data[error.start : error.start + 1]!r} on line {line} isn't UTF-8; "
            "save the file as UTF-8 and send it again",
            code="encoding",
            line=line,
        ) from error


def _looks_binary(data: bytes) -> bool:
    controls = sum(data.count(bytes((code,))) for code in _CONTROLS)
    return controls > len(data) * CONTROL_SHARE_LIMIT or (b"\0" in data and controls > 8)


def _utf16(data: bytes) -> str:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-16", errors="ignore")
        line = good.count("\n") + 1
        raise RefusedSource(
            f"the file begins as UTF-16 but line {line} isn't; save it as UTF-8 and send it again",
            code="encoding",
            line=line,
        ) from error
    return text.removeprefix("\ufeff")


def has_surrogate(value: str) -> bool:
    """Return whether a text holds half of a surrogate pair."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def refuse_surrogates(value: str, line: int | None = None) -> None:
    r"""Refuse text with half of a surrogate pair, as a JSON escape like ``\ud800`` can make it.

    Raises:
        RefusedSource: ``encoding``; such text can't be stored or sent as UTF-8.
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RefusedSource(
            f"{value[error.start : error.end]!r} is half of a surrogate pair and no character; "
            "write the file again as UTF-8",
            code="encoding",
            line=line,
        ) from error
