"""What a source says about itself is short enough to repeat in every list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.ingest.metadata_limits import MetadataLimits
from index.library import Library
from index.records import Accepted, Refused, Source
from tests.builders import FakeEncoder


def take(folder: Path, source: Source) -> Accepted | Refused:
    limits = MetadataLimits(text=100, label=20, labels=60)
    library = Library(folder, FakeEncoder(), limits=limits)
    try:
        (outcome,) = library.ingest([source])
        assert len(library.documents()) == isinstance(outcome, Accepted)
        return outcome
    finally:
        library.close()


def text(title: str = "A talk", speakers: tuple[str, ...] = ("ANN",)) -> bytes:
    lines = [title, "20220127", "https://radio.example/talk"]
    lines += [f"{speaker}: We met in Berlin." for speaker in speakers]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    "source",
    [
        Source("talk.txt", text(title="T" * 101)),
        Source("n" * 101, text()),
        Source("talk.txt", text(speakers=("ANN" * 7,))),
        Source("talk.txt", text(speakers=tuple(f"SPEAKER NUMBER {c}" for c in "ABCDE"))),
        Source("talk.txt", text(), sidecar=json.dumps({"title": "T" * 101}).encode()),
        Source("talk.txt", text(), sidecar=json.dumps({"language": "l" * 101}).encode()),
        Source("talk.txt", text(), collection="c" * 101),
    ],
    ids=["title", "name", "label", "labels", "stated title", "language", "collection"],
)
def test_metadata_that_would_swell_every_list_is_refused(tmp_path: Path, source: Source) -> None:
    outcome = take(tmp_path, source)

    assert isinstance(outcome, Refused)
    assert len(outcome.name) <= 100
    assert len(outcome.detail) < 200


def test_metadata_up_to_the_limits_is_taken(tmp_path: Path) -> None:
    speakers = ("A" * 20, "B" * 20, "C" * 20)

    assert isinstance(
        take(tmp_path, Source("talk.txt", text(title="T" * 100, speakers=speakers))), Accepted
    )
