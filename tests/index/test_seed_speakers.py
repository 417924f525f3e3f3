from __future__ import annotations

from pathlib import Path

from index.encoders.minilm import OnnxEncoder
from index.library import Library
from index.records import Source

# At least so many of the questions have to be led by a passage of the speaker they name.
SHARE = 0.9

QUESTIONS = (
    "What did {} say?",
    "What did {} say about Ukraine?",
    "What does {} think?",
    "According to {}, what happened?",
)


def test_a_passage_of_the_speaker_a_question_names_comes_first(
    seeds: Path, cache_dir: Path, tmp_path: Path
) -> None:
    library = Library.open(tmp_path, OnnxEncoder(cache_dir, threads=1))
    files = [f for f in sorted((seeds / "transcripts").iterdir()) if f.suffix != ".yaml"]
    list(library.ingest(Source(file.name, file.read_bytes()) for file in files))
    labels = sorted({count.speaker for count in library.speakers() if count.speaker})
    missed = [
        question.format(label)
        for label in labels
        for question in QUESTIONS
        if label not in library.search(question.format(label))[0].speakers
    ]
    library.close()
    assert len(labels) >= 10
    assert len(missed) <= (1 - SHARE) * len(labels) * len(QUESTIONS), missed
