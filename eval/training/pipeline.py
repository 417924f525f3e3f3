"""Data → trained reader → linear scores: the steps of the recipe, each usable alone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.training.fit import FULL, fit_answerable, fit_first, fit_full
from eval.training.retrieval import Corpus, build_corpus
from eval.training.sets import DataSet, Question, load_set
from eval.training.splits import SETS, SHIPPED_FOLD
from eval.training.tables import Asked, Asker
from index.encoder import Encoder
from qa.cross_encoder import WindowReader
from qa.linear import LinearScore
from qa.ranking import Ranked
from qa.trained_ranker import TrainedRanker

Log = Callable[[str], None]

# Passages that hard negatives are drawn from.
_NEGATIVES_FROM = 20

# What sets and variants count for when the full score is fitted. clapnq has the only questions
# that people asked and couldn't have answered; the made ones keep the score honest elsewhere.
FULL_WEIGHTS: Mapping[str, float] = {
    "spoken_squad/own": 1.0, "friendsqa/own": 1.0, "qmsum/own": 1.0, "clapnq/own": 1.5,
    "spoken_squad/without": 0.5, "friendsqa/without": 0.3,
    "spoken_squad/changed": 0.3, "friendsqa/other": 0.2, "spoken_squad/other": 0.2,
}  # fmt: skip
ANSWERABLE_WEIGHTS: Mapping[str, float] = {
    "spoken_squad/own": 0.7, "friendsqa/own": 0.3, "qmsum/own": 0.4, "clapnq/own": 2.0,
    "spoken_squad/without": 0.4, "spoken_squad/changed": 0.2,
    "friendsqa/other": 0.2, "spoken_squad/other": 0.2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Material:
    """The sets with their indexes."""

    sets: Mapping[str, DataSet]
    corpora: Mapping[str, Corpus]
    encoder: Encoder

    def questions(
        self, part: str, sets: Iterable[str] = SETS, kinds: Sequence[str] | None = None
    ) -> list[Question]:
        """Return the questions of a part that have evidence or are known to have none."""
        return [
            q
            for name in sets
            for q in self.sets[name].questions
            if q.part == part
            and (q.gold or not q.answerable)
            and (kinds is None or q.kind in kinds)
        ]


def load_material(
    root: Path, encoder: Encoder, log: Log, held_fold: int = SHIPPED_FOLD
) -> Material:
    """Read every set and index its passages; takes about two minutes on two cores."""
    sets: dict[str, DataSet] = {
        name: load_set(root, name, encoder.count_tokens, held_fold) for name in SETS
    }
    corpora: dict[str, Corpus] = {}
    for name, data in sets.items():
        corpora[name] = build_corpus(data.documents.values(), encoder)
        log(f"{name}: {len(data.documents)} documents, {len(corpora[name].places)} passages")
    return Material(sets, corpora, encoder)


def negatives(material: Material, questions: Sequence[Question]) -> dict[str, list[int]]:
    """Return per question the passages of training documents that look like answers."""
    found: dict[str, list[int]] = {}
    vectors = material.encoder.encode_queries([q.text for q in questions])
    for question, vector in zip(questions, vectors, strict=True):
        corpus = material.corpora[question.set_name]
        positions = corpus.search(question.text, vector, _NEGATIVES_FROM)
        if question.set_name == "qmsum":
            # Meetings are searched one at a time, so most of what competes is in the same one.
            near = corpus.search(question.text, vector, 14, question.document_id)
            positions = [*near, *(p for p in positions[:4] if p not in near)]
        found[question.id] = [p for p in positions if corpus.places[p].document.part == "train"]
    return found


@dataclass(frozen=True, slots=True)
class Scores:
    """The linear scores that ship."""

    first: LinearScore
    full: LinearScore
    answerable: LinearScore


def development(material: Material, log: Log) -> list[Asked]:
    """Return the questions that the linear scores are fitted on, beside clapnq's."""
    rng = random.Random(5)  # noqa: S311 - for training, not for secrets
    asker = Asker(material.sets, material.corpora, material.encoder)

    def some(name: str, most: int) -> list[Question]:
        pool = [
            q
            for q in material.questions("dev", [name])
            if q.answerable and q.kind not in ("summarize", "general")
        ]
        return rng.sample(pool, min(most, len(pool)))

    spoken, friends, meetings = some("spoken_squad", 130), some("friendsqa", 80), some("qmsum", 60)
    asked = [
        *asker.own([*spoken, *friends, *meetings]),
        *asker.without([*spoken[:50], *friends[:25]]),
        *asker.changed(spoken[50:100], seed=3),
        *asker.other(friends[:30], "spoken_squad"),
        *asker.other(spoken[:30], "clapnq"),
    ]
    log(f"{len(asked)} questions for fitting")
    return asked


def fit_scores(asked: Sequence[Asked], reader: WindowReader, names: Sequence[str] = FULL) -> Scores:
    """Fit the three scores; ``reader`` was trained on none of them."""
    first = fit_first([a for a in asked if a.variant == "own" and a.question.answerable])
    full = fit_full(asked, first, reader, FULL_WEIGHTS, names)
    ranked = rank_all(asked, reader, first, full)
    return Scores(first, full, fit_answerable(asked, ranked, ANSWERABLE_WEIGHTS))


def rank_all(
    asked: Sequence[Asked],
    reader: WindowReader,
    first: LinearScore,
    full: LinearScore,
) -> list[tuple[Ranked, ...]]:
    """Return the trained ranking of every question."""
    return [TrainedRanker(first, full, reader).rank(a.text, a.candidates) for a in asked]


def write_scores(path: Path, scores: Mapping[str, LinearScore]) -> None:
    """Write scores as the package ships them."""
    rows = {
        name: {
            "bias": round(score.bias, 6),
            "weights": {k: round(w, 6) for k, w in sorted(score.weights.items())},
        }
        for name, score in sorted(scores.items())
    }
    path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def read_scores(path: Path) -> dict[str, LinearScore]:
    """Return the scores that ``write_scores`` wrote."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {name: LinearScore(row["bias"], row["weights"]) for name, row in rows.items()}
