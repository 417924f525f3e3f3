from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import RefusedSource
from index.formats.decode import decode, refuse_surrogates


def refused(data: bytes) -> RefusedSource:
    with pytest.raises(RefusedSource) as caught:
        decode(data)
    return caught.value


def test_keeps_line_ends_as_they_are() -> None:
    assert decode(b"one\r\ntwo\rthree\n") == "one\r\ntwo\rthree\n"


def test_drops_the_utf8_byte_order_mark_only_at_the_start() -> None:
    assert decode(codecs.BOM_UTF8 + "a\ufeffb".encode()) == "a\ufeffb"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_reads_utf16_with_its_byte_order_mark(encoding: str) -> None:
    assert decode("\ufeffGrüße 🎙️\r\n".encode(encoding)) == "Grüße 🎙️\r\n"


def test_refuses_utf16_cut_in_half_and_names_the_line() -> None:
    error = refused("\ufeffone\ntwo".encode("utf-16-le")[:-1])
    assert (error.code, error.line) == ("encoding", 2)


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", codecs.BOM_UTF8, b"\0\0", "\u2003\n".encode()])
def test_refuses_a_file_without_words_as_empty(data: bytes) -> None:
    assert refused(data).code == "empty"


def test_refuses_another_encoding_and_names_the_line_and_the_byte() -> None:
    error = refused("one\ntwo\nGrüße aus Köln, Straße".encode("latin-1"))
    assert (error.code, error.line) == ("encoding", 3)
    assert "UTF-8" in error.detail
    assert "xfc" in error.detail


def test_refuses_mixed_encodings_where_the_second_one_begins() -> None:
    assert refused("Köln\n".encode() + "Köln\n".encode("latin-1")).line == 2


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"%PDF-1.7 all of it text",
        b"PK\x03\x04\x14\0\x06\0",
        bytes(range(256)) * 4,
        b"\x01\x02\x03\x04abc",
        "no mark".encode("utf-16-le"),
    ],
)
def test_refuses_binary_files(data: bytes) -> None:
    assert refused(data).code == "binary"


def test_a_text_that_begins_like_a_recording_is_text() -> None:
    assert decode(b"RIFF: a word that musicians use\n").startswith("RIFF")


def test_keeps_a_stray_nul() -> None:
    assert decode(b"MAYNES: he said\0 that it is fine\n") == "MAYNES: he said\0 that it is fine\n"


def test_refuses_half_a_surrogate_pair_with_its_line() -> None:
    with pytest.raises(RefusedSource) as caught:
        refuse_surrogates("a\ud800b", 7)
    assert (caught.value.code, caught.value.line) == ("encoding", 7)


def test_a_surrogate_written_as_utf8_is_refused() -> None:
    assert refused(b"abc\nab\xed\xa0\x80").line == 2


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    try:
        text = decode(data)
    except RefusedSource:
        return
    assert text.strip()
    text.encode("utf-8")
