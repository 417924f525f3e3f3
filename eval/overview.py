"""QMSum's questions for a whole meeting → how an overview compares with simpler choices.

``python -m eval.overview DATA --vectors FOLDER --part val``; DATA is the folder of ``qmsum`` in the
documented form. Vectors of sentences are kept in FOLDER; ``--words`` uses TF-IDF in their place and
needs no model. General questions have no annotated evidence, so coverage is counted on the evidence
of the other questions about the same meeting.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rouge_score.rouge_scorer import RougeScorer

from index.encoders.base import Vectors
from index.records import Metadata, Sentence, Transcript, Turn
from index.text.passages import build_passages, render_passage
from index.text.sentences import split_sentences
from qa.evidence import topics
from qa.question.features import stems

MOST = 7
DRAWS = 10  # random choices per meeting
RESAMPLES = 2000
MEASURES = ("ROUGE-1", "ROUGE-L", "topics touched", "in cited turns")
Row = tuple[float, ...]


@dataclass(frozen=True)
class Meeting:
    """A meeting, its gold summaries, its annotated topics and the turns that annotators cite."""

    transcript: Transcript
    sentences: tuple[Sentence, ...]
    summaries: tuple[str, ...]
    spans: tuple[frozenset[int], ...]
    cited: frozenset[int]

    def text(self, number: int) -> str:
        """Return the words of a sentence."""
        sentence = self.sentences[number]
        return self.transcript.text[sentence.char_start : sentence.char_end]


def meetings(data: Path, part: str, most: int) -> dict[str, Meeting]:
    """Return a fixed random choice of the meetings of a part."""
    questions: dict[str, list[Any]] = {}
    for line in (data / "questions.jsonl").open(encoding="utf-8"):
        item = json.loads(line)
        if item["split"] == part:
            questions.setdefault(item["document_id"], []).append(item)
    rows = {d["id"]: d for d in map(json.loads, (data / "documents.jsonl").open(encoding="utf-8"))}
    ids = sorted(i for i, asked in questions.items() if any(q["kind"] == "general" for q in asked))
    chosen = random.Random(0).sample(ids, len(ids))[:most]  # noqa: S311
    return {id_: _meeting(rows[id_], questions[id_]) for id_ in chosen}


def _meeting(row: Any, asked: Sequence[Any]) -> Meeting:
    text, turns = "", []
    for number, said in enumerate(row["turns"]):
        text += f"{said['speaker']}: "
        turns.append(Turn(number, said["speaker"], len(text), len(text) + len(said["text"])))
        text += said["text"] + "\n"
    transcript = Transcript(Metadata(row["title"]), text, tuple(turns), "text")
    spans, cited = [], set()
    for question in asked:
        if question["evidence"]:
            ranges = [range(e["turn_start"], e["turn_end"] + 1) for e in question["evidence"]]
            spans.append(frozenset(turn for turns in ranges for turn in turns))
        cited |= {e["turn_start"] for e in question["evidence_fine"]}
    general = tuple(a for q in asked if q["kind"] == "general" for a in q["answers"])
    sentences = split_sentences(transcript)
    return Meeting(transcript, sentences, general, tuple(spans), frozenset(cited))


def word_vectors(meeting: Meeting) -> Vectors:
    """Return unit TF-IDF vectors of the sentences."""
    counted = [Counter(stems(meeting.text(n))) for n in range(len(meeting.sentences))]
    seen = Counter(word for counts in counted for word in counts)
    place = {word: i for i, word in enumerate(sorted(seen))}
    vectors = np.zeros((len(counted), len(place)), np.float32)
    for row, counts in enumerate(counted):
        for word, count in counts.items():
            vectors[row, place[word]] = count * np.log(len(counted) / seen[word])
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Vectors = vectors / np.maximum(norms, 1e-9)
    return found


def model_vectors(meeting: Meeting, folder: Path, name: str, cache_dir: Path) -> Vectors:
    """Return the sentence vectors that ingesting makes, from the folder if they are there."""
    file = folder / f"{name}.npz"
    if not file.exists():
        from index.encoders.minilm import OnnxEncoder

        encoder, transcript = OnnxEncoder(cache_dir, 2), meeting.transcript
        passages = build_passages(transcript.text, meeting.sentences, encoder.count_tokens)
        inputs = [
            render_passage(transcript.text, transcript.metadata, meeting.sentences, passage)
            for passage in passages
        ]
        made = [each.sentences for each in encoder.encode_passages(inputs)]
        np.savez(file, sentences=np.concatenate(made).astype(np.float16))
    return np.asarray(np.load(file)["sentences"], np.float32)


def lexrank(words: Vectors, most: int) -> list[int]:
    """Return the sentences that LexRank puts first (Erkan & Radev 2004, threshold 0.1)."""
    near = (words @ words.T > 0.1).astype(np.float32)
    spread = near / np.maximum(near.sum(axis=1, keepdims=True), 1)
    rank = np.full(len(words), 1 / len(words), np.float32)
    for _ in range(50):
        rank = 0.15 / len(words) + 0.85 * (rank @ spread)
    return sorted(np.argsort(-rank, kind="stable")[:most].tolist())


def measured(meeting: Meeting, chosen: Sequence[int], scorer: RougeScorer) -> Row:
    """Return the measures of a choice of sentences."""
    said = "\n".join(meeting.text(n) for n in chosen)
    scores = [scorer.score(gold, said) for gold in meeting.summaries]
    turns = {meeting.sentences[n].turn for n in chosen}
    touched = [bool(span & turns) for span in meeting.spans]
    cited = [meeting.sentences[n].turn in meeting.cited for n in chosen]
    best = [max(s[kind].fmeasure for s in scores) for kind in ("rouge1", "rougeL")]
    return (*best, float(np.mean(touched)), float(np.mean(cited)))


def compared(meeting: Meeting, vectors: Vectors, words: Vectors) -> dict[str, Row]:
    """Return the measures of every way to choose, all with as many sentences."""
    scorer = RougeScorer(["rouge1", "rougeL"], use_stemmer=True)
    texts = [meeting.text(n) for n in range(len(meeting.sentences))]
    ours = topics.telling(texts, vectors, MOST)
    draws = [sorted(random.Random(n).sample(range(len(texts)), len(ours))) for n in range(DRAWS)]
    drawn = [measured(meeting, draw, scorer) for draw in draws]
    return {
        "overview": measured(meeting, ours, scorer),
        "first sentences": measured(meeting, range(len(ours)), scorer),
        "random sentences": tuple(np.mean(drawn, axis=0).tolist()),
        "LexRank": measured(meeting, lexrank(words, len(ours)), scorer),
    }


def table(rows: Sequence[dict[str, Row]], show: Callable[[str], None] = print) -> None:
    """Show the means, and how far the overview is ahead with a 95 % bootstrap interval."""
    picks = np.random.default_rng(0).integers(len(rows), size=(RESAMPLES, len(rows)))
    show("| choice | " + " | ".join(MEASURES) + " |\n|---" * 1 + "|" + "---|" * len(MEASURES))
    ours = np.array([row["overview"] for row in rows])
    for name in rows[0]:
        values = np.array([row[name] for row in rows])
        ahead = (ours - values)[picks].mean(axis=1)
        low, high = np.percentile(ahead, (2.5, 97.5), axis=0)
        cells = [
            f"{mean:.3f}" + ("" if name == "overview" else f" ({a:+.3f} to {b:+.3f})")
            for mean, a, b in zip(values.mean(axis=0), low, high, strict=True)
        ]
        show(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, default=Path("vectors"))
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    parser.add_argument("--part", choices=("train", "val"), default="val")
    parser.add_argument("--meetings", type=int, default=40)
    parser.add_argument("--words", action="store_true", help="use TF-IDF instead of a model")
    given = parser.parse_args()
    rows = []
    for name, meeting in meetings(given.data, given.part, given.meetings).items():
        words = word_vectors(meeting)
        if not given.words:
            vectors = model_vectors(meeting, given.vectors, name, given.cache)
        rows.append(compared(meeting, words if given.words else vectors, words))
    print(f"{len(rows)} meetings of {given.part}")
    table(rows)
