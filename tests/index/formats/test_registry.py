from __future__ import annotations

import pytest

from index.errors import RefusedSource
from index.formats import format_names, read_transcripts
from index.records import Source


def test_a_forced_format_is_used_whatever_the_content() -> None:
    data = b'{"id": "a", "turns": [{"speaker": null, "text": "Hi"}]}'
    ((_, transcript),) = read_transcripts(Source("a", data, source_format="text"))
    assert transcript.source_format == "text"


def test_an_unknown_format_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(RefusedSource) as caught:
        read_transcripts(Source("a", b"Hi", source_format="docx"))
    assert caught.value.code == "format"
    assert all(name in caught.value.detail for name in format_names())


def test_a_given_document_id_wins_over_the_files_own() -> None:
    data = b'{"id": "a", "turns": [{"speaker": null, "text": "Hi"}]}'
    ((document_id, transcript),) = read_transcripts(
        Source("a.jsonl", data, document_id="mine", collection="shows")
    )
    assert document_id == "mine"
    assert transcript.metadata.collection == "shows"


def test_what_no_format_claims_is_plain_text() -> None:
    ((_, transcript),) = read_transcripts(Source("a", b"Hello there."))
    assert transcript.source_format == "text"
