from __future__ import annotations

import json

import pytest

from index.errors import RefusedSource
from index.formats import is_sidecar, pair_sidecars, read_transcripts
from index.records import Source
from tests.index.formats.builders import read_one, said

FRONT = """---
title: Town hall
date: 2024-05-17
url: https://town.example/may
language: no
collection: council
speakers:
  ANA: Ana Ruiz, mayor
tags: [ignored]
---
"""


def refused(front: str) -> RefusedSource:
    with pytest.raises(RefusedSource) as caught:
        read_one(front + "ANA: Hi.\n")
    return caught.value


def test_front_matter_states_what_a_text_is() -> None:
    text = FRONT + "ANA: Hi.\n"
    transcript = read_one(text)
    metadata = transcript.metadata
    assert (metadata.title, metadata.date) == ("Town hall", "2024-05-17")
    assert (metadata.url, metadata.language) == ("https://town.example/may", "no")
    assert metadata.collection == "council"
    assert transcript.aliases == (("ANA", "Ana Ruiz, mayor"),)
    assert transcript.text == text
    assert said(transcript) == [("ANA", "Hi.")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_front_matter_may_stand_above_any_format(line_end: str) -> None:
    text = FRONT + "WEBVTT\n\n00:01.000 --> 00:02.000\n<v ANA>Hi.\n"
    transcript = read_one(text.replace("\n", line_end))
    assert transcript.source_format == "webvtt"
    assert transcript.metadata.title == "Town hall"
    assert said(transcript) == [("ANA", "Hi.")]


def test_lines_are_counted_from_the_top_of_the_file() -> None:
    with pytest.raises(RefusedSource) as caught:
        read_one(FRONT + "WEBVTT\n\n00:01.000 --> never\nHi.\n")
    assert caught.value.line == FRONT.count("\n") + 3


def test_a_rule_above_text_is_no_front_matter() -> None:
    assert said(read_one("---\nHello there.\n---\nBye.\n"))[1] == (None, "Hello there.")


@pytest.mark.parametrize(
    ("front", "line", "words"),
    [
        ("---\ntitle: [\n---\n", 3, "YAML"),
        ("---\ntitle: a\ntitle: b\n---\n", 3, "twice"),
        ("---\ntitle: " + "[" * 50 + "\n---\n", 2, "deep"),
        ("---\ntitle: [a]\n---\n", 2, "must be text"),
        ("---\ndate: 2024-02-31\n---\n", 2, "YYYY-MM-DD"),
        ("---\nspeakers: {A: ''}\n---\n", 2, "1 to 200"),
    ],
)
def test_broken_front_matter_is_refused_with_its_line(front: str, line: int, words: str) -> None:
    error = refused(front)
    assert error.line == line
    assert words in error.detail


@pytest.mark.parametrize(
    "sidecar",
    [
        json.dumps({"title": "Side", "date": "20240517", "speakers": {"ANA": "Ana"}, "id": "side"}),
        "title: Side\ndate: 20240517\nid: side\nspeakers:\n  ANA: Ana\n",
    ],
)
def test_a_sidecar_states_what_a_file_is_and_wins_over_the_file(sidecar: str) -> None:
    data = (FRONT + "ANA: Hi.\n").encode()
    ((document_id, transcript),) = read_transcripts(Source("a", data, sidecar=sidecar.encode()))
    assert document_id == "side"
    assert (transcript.metadata.title, transcript.metadata.date) == ("Side", "2024-05-17")
    assert transcript.metadata.collection == "council"
    assert transcript.aliases == (("ANA", "Ana"),)


@pytest.mark.parametrize(
    "sidecar", [b"[1]", b"just words", b"{", b"\xff", b"a: b: c", b"x" * 40_000]
)
def test_a_broken_sidecar_is_refused(sidecar: bytes) -> None:
    with pytest.raises(RefusedSource):
        read_transcripts(Source("a", b"ANA: Hi.\n", sidecar=sidecar))


def test_a_sidecar_alone_is_not_read_as_speech() -> None:
    with pytest.raises(RefusedSource) as caught:
        read_transcripts(Source("a/talk.meta.yaml", b"title: Town hall\n"))
    assert caught.value.code == "sidecar"


def test_sidecars_are_paired_by_name() -> None:
    names = [
        "a/talk.vtt",
        "a/talk.meta.json",
        "b/talk.vtt",
        "c.txt",
        "c.txt.meta.yaml",
        "d.meta.yml",
    ]
    assert pair_sidecars(names) == (
        ("a/talk.vtt", "a/talk.meta.json"),
        ("b/talk.vtt", None),
        ("c.txt", "c.txt.meta.yaml"),
        ("d.meta.yml", None),
    )
    assert is_sidecar("x/talk.META.JSON")
    assert not is_sidecar("x/talk.json")
