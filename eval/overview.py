"""QMSum's questions for a whole meeting → how an overview compares with simpler choices.

``python -m eval.overview DATA PART [VECTORS]``: the folder of ``qmsum`` in the documented form,
``train`` or ``val``, and a folder that keeps vectors (TF-IDF without). General questions have no
annotated evidence: coverage is that of the evidence of other questions about the same meeting.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from index.encoders.base import Vectors
from index.records import Metadata, Sentence, Transcript, Turn
from index.text.passages import build_passages, render_passage
from index.text.sentences import split_sentences
from qa.evidence.topics import telling
from qa.question.features import stems

MEETINGS, MOST, DRAWS, RESAMPLES = 40, 7, 10, 2000


@dataclass(frozen=True)
class Meeting:
    """A meeting, its gold summaries, its annotated topics and the turns that annotators cite."""

    transcript: Transcript
    sentences: tuple[Sentence, ...]
    texts: tuple[str, ...]
    summaries: tuple[str, ...]
    spans: tuple[frozenset[int], ...]
    cited: frozenset[int]


def meetings(data: Path, part: str) -> dict[str, Meeting]:
    """Return a fixed random choice of the meetings of a part."""
    asked: dict[str, list[Any]] = {}
    for item in map(json.loads, (data / "questions.jsonl").open(encoding="utf-8")):
        if item["split"] == part:
            asked.setdefault(item["document_id"], []).append(item)
    rows = {d["id"]: d for d in map(json.loads, (data / "documents.jsonl").open(encoding="utf-8"))}
    ids = sorted(i for i, each in asked.items() if any(q["kind"] == "general" for q in each))
    chosen = random.Random(0).sample(ids, len(ids))[:MEETINGS]  # noqa: S311
    return {id_: _meeting(rows[id_], asked[id_]) for id_ in chosen}


def _meeting(row: Any, asked: Sequence[Any]) -> Meeting:
    text, turns = "", []
    for number, said in enumerate(row["turns"]):
        text += f"{said['speaker']}: "
        turns.append(Turn(number, said["speaker"], len(text), len(text) + len(said["text"])))
        text += said["text"] + "\n"
    transcript = Transcript(Metadata(row["title"]), text, tuple(turns), "text")
    ranges = [[range(e["turn_start"], e["turn_end"] + 1) for e in q["evidence"]] for q in asked]
    spans = tuple(frozenset(chain(*each)) for each in ranges if each)
    cited = frozenset(e["turn_start"] for q in asked for e in q["evidence_fine"])
    general = tuple(a for q in asked if q["kind"] == "general" for a in q["answers"])
    said = split_sentences(transcript)
    texts = tuple(text[s.char_start : s.char_end] for s in said)
    return Meeting(transcript, said, texts, general, spans, cited)


def word_vectors(meeting: Meeting) -> Vectors:
    """Return unit TF-IDF vectors of the sentences."""
    counted = [Counter(stems(text)) for text in meeting.texts]
    seen = Counter(chain.from_iterable(counted))
    place = {word: i for i, word in enumerate(sorted(seen))}
    vectors = np.zeros((len(counted), len(place)), np.float32)
    for row, counts in enumerate(counted):
        for word, count in counts.items():
            vectors[row, place[word]] = count * np.log(len(counted) / seen[word])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)


def model_vectors(meeting: Meeting, file: Path) -> Vectors:
    """Return the sentence vectors that ingesting makes, from the file if it is there."""
    if not file.exists():
        from index.encoders.minilm import OnnxEncoder  # the model is needed only here

        encoder = OnnxEncoder(Path(".cache"), threads=2)
        text, said = meeting.transcript.text, meeting.sentences
        passages = build_passages(text, said, encoder.count_tokens)
        about = meeting.transcript.metadata
        made = encoder.encode_passages([render_passage(text, about, said, p) for p in passages])
        np.savez(file, sentences=np.concatenate([v.sentences for v in made]).astype(np.float16))
    return np.asarray(np.load(file)["sentences"], np.float32)


def lexrank(words: Vectors, most: int) -> list[int]:
    """Return the sentences that LexRank puts first (Erkan & Radev 2004, threshold 0.1)."""
    near = (words @ words.T > 0.1).astype(np.float32)
    spread = near / np.maximum(near.sum(axis=1, keepdims=True), 1)
    rank = np.full(len(words), 1 / len(words), np.float32)
    for _ in range(50):
        rank = 0.15 / len(words) + 0.85 * (rank @ spread)
    return sorted(np.argsort(-rank, kind="stable")[:most].tolist())


def compared(meeting: Meeting, vectors: Vectors, words: Vectors) -> dict[str, tuple[float, ...]]:
    """Return the measures of every way to choose, all with as many sentences."""
    scorer = RougeScorer(["rouge1", "rougeL"], use_stemmer=True)

    def measured(chosen: Sequence[int]) -> tuple[float, ...]:
        said = "\n".join(meeting.texts[n] for n in chosen)
        scores = [scorer.score(gold, said) for gold in meeting.summaries]
        best = [max(s[kind].fmeasure for s in scores) for kind in ("rouge1", "rougeL")]
        turns = [meeting.sentences[n].turn for n in chosen]
        touched = np.mean([not span.isdisjoint(turns) for span in meeting.spans])
        return (*best, float(touched), float(np.mean([turn in meeting.cited for turn in turns])))

    ours = telling(meeting.texts, vectors, MOST)
    draws = [random.Random(n).sample(range(len(vectors)), len(ours)) for n in range(DRAWS)]  # noqa: S311
    return {
        "overview": measured(ours),
        "first sentences": measured(range(len(ours))),
        "random sentences": tuple(np.mean([measured(sorted(d)) for d in draws], axis=0).tolist()),
        "LexRank": measured(lexrank(words, len(ours))),
    }


def table(rows: Sequence[dict[str, tuple[float, ...]]]) -> None:
    """Print the means, and how far the overview is ahead with a 95 % bootstrap interval."""
    picks = np.random.default_rng(0).integers(len(rows), size=(RESAMPLES, len(rows)))
    print("| choice | ROUGE-1 | ROUGE-L | topics touched | in cited turns |\n|---|---|---|---|---|")
    ours = np.array([row["overview"] for row in rows])
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        low, high = np.percentile((ours - values)[picks].mean(axis=1), (2.5, 97.5), axis=0)
        means = zip(values.mean(axis=0), low, high, strict=True)
        cells = [f"{mean:.3f} ({a:+.3f} to {b:+.3f})" for mean, a, b in means]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    data, part, *folder = sys.argv[1:]
    rows = []
    for name, meeting in meetings(Path(data), part).items():
        words = word_vectors(meeting)
        made = model_vectors(meeting, Path(folder[0]) / f"{name}.npz") if folder else words
        rows.append(compared(meeting, made, words))
    print(f"{len(rows)} meetings of {part}")
    table(rows)
