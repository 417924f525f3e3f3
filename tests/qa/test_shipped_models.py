"""The files in ``qa/models`` work together: built once, without torch, within their size."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from qa.evidence.answerability import Answerability
from qa.evidence.candidates import build_candidates
from qa.evidence.ranker import open_ranker
from qa.reader.cross_encoder import OnnxReader, built_reader
from qa.reader.inputs import Window, WindowSentence
from qa.reader.linear import load_score, logistic
from tests.qa.evidence.builders import make_hit

# The budget of all trained files together.
MOST_BYTES = 30 * 1024 * 1024


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> OnnxReader:
    path = built_reader(tmp_path_factory.mktemp("models"))
    assert path == built_reader(path.parent)
    return OnnxReader(path, threads=1)


def test_the_shipped_files_stay_within_their_size() -> None:
    folder = resources.files("qa.models")
    with resources.as_file(folder) as place:
        sizes = [f.stat().st_size for f in Path(place).iterdir() if f.is_file()]
    assert sum(sizes) <= MOST_BYTES


def test_every_score_that_is_used_is_shipped() -> None:
    for name in ("sentence", "answerable", "span", "support"):
        assert load_score(name).weights
    assert 0.0 < logistic(load_score("support_from").bias) < 1.0


def test_the_sentence_that_answers_comes_first(reader: OnnxReader) -> None:
    question = "Where will the next round of talks be held?"
    hits = [
        make_hit(
            "It ended with no progress, but there was a promise.",
            "The next round of talks will be in Berlin.",
            "Athletes arrive in Beijing for the games.",
        ),
        make_hit("Bread is baked early in the morning.", document_id="e"),
    ]
    candidates = build_candidates(question, hits, [[0.3, 0.5, 0.2], [0.0]])
    ranked = open_ranker(reader).rank(question, candidates)
    assert ranked[0].candidate.text == "The next round of talks will be in Berlin."
    sure = Answerability(load_score("answerable"))
    other = open_ranker(reader).rank(question, candidates[3:])
    assert sure.confidence(ranked) > sure.confidence(other)


def test_reading_alone_or_with_others_is_the_same(reader: OnnxReader) -> None:
    windows = [
        Window("News", (WindowSentence("The talks will be in Berlin.", "ANN"),)),
        Window("", (WindowSentence("Bread is baked early."), WindowSentence("It is good."))),
    ]
    together = reader.read("Where are the talks?", windows)
    alone = [reader.read("Where are the talks?", [w])[0] for w in windows]
    assert list(together) == alone
    assert [len(r.scores) for r in together] == [1, 2]
