"""Data → trained reader → linear scores: the steps of the recipe, each usable alone."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.manifest import REPOSITORY
from eval.training.fit import SENTENCE, fit_answerable, fit_sentence, fit_span
from eval.training.plain import load_items
from eval.training.retrieval import Corpus, build_corpus
from eval.training.sets import DataSet, Question, kept_set, load_exam, load_lessons, load_set
from eval.training.splits import SETS, SHIPPED_FOLD
from eval.training.tables import Asked, Asker
from index.encoders.base import Encoder
from qa.evidence.candidates import Ranked
from qa.evidence.ranker import TrainedRanker
from qa.reader.cross_encoder import WindowReader
from qa.reader.linear import LinearScore

Log = Callable[[str], None]

# The half of the exam that may be looked at, and the conversations that are learnt from.
EXAM = REPOSITORY / "seeds" / "exam" / "dev"
LESSONS = REPOSITORY / "seeds" / "lessons"

# Kinds of questions that ask for a summary: no single sentence is right.
BROAD = ("summarize", "general")

# Passages that hard negatives are drawn from.
_NEGATIVES_FROM = 20

# Questions of each set that the scores are fitted on, and how many of them are asked again with the
# evidence taken away; of the plain sets so many of each.
DEVELOPMENT: Mapping[str, tuple[int, int]] = {
    "spoken_squad": (100, 50),
    "friendsqa": (80, 40),
    "qmsum": (60, 0),
    "exam": (120, 0),
    "lessons": (200, 0),
}
_PER_PLAIN_SET = 12


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


def load_material(root: Path, train_root: Path, encoder: Encoder, log: Log) -> Material:
    """Read every set and index its passages; takes minutes on two cores.

    Args:
        root: the folder with the public sets.
        train_root: the folder with the training data, of whose documents some are kept back.
        encoder: what indexes them.
        log: called with progress.
    """
    count = encoder.count_tokens
    sets: dict[str, DataSet] = {n: load_set(root, n, count, SHIPPED_FOLD) for n in SETS}
    sets["plain"] = kept_set([i for i in load_items(train_root) if i.curve], count)
    sets["exam"] = load_exam(EXAM, count)
    sets["lessons"] = load_lessons(LESSONS, count)
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
    """The linear scores of an answer: of a sentence, of answering at all, of a short answer."""

    sentence: LinearScore
    answerable: LinearScore
    span: LinearScore


def development(material: Material, log: Log) -> list[Asked]:
    """Return the questions that the scores are fitted on, beside clapnq's: kinds of all sorts."""
    rng = random.Random(5)  # noqa: S311 - for training, not for secrets
    asker = Asker(material.sets, material.corpora, material.encoder)
    asked: list[Asked] = []
    for name, (most, without) in DEVELOPMENT.items():
        pool = [q for q in material.questions("dev", [name]) if q.kind not in BROAD]
        drawn = rng.sample(pool, min(most, len(pool)))
        asked += [*asker.own(drawn), *asker.without(drawn[:without])]
    by_source: dict[str, list[Question]] = defaultdict(list)
    for question in material.sets["plain"].questions:
        by_source[question.kind].append(question)
    for source in sorted(by_source):
        drawn = rng.sample(by_source[source], min(_PER_PLAIN_SET, len(by_source[source])))
        asked += [*asker.own(drawn), *asker.without(drawn[::2])]
    log(f"{len(asked)} questions for fitting")
    return asked


def fit_scores(
    asked: Sequence[Asked], reader: WindowReader, names: Sequence[str] = SENTENCE
) -> Scores:
    """Fit the scores; ``reader`` was trained on none of the questions."""
    sentence = fit_sentence(asked, rank_all(asked, reader, LinearScore(0.0, {})), names)
    ranked = rank_all(asked, reader, sentence)
    return Scores(sentence, fit_answerable(asked, ranked), fit_span(asked, ranked))


def rank_all(
    asked: Sequence[Asked], reader: WindowReader, score: LinearScore
) -> list[tuple[Ranked, ...]]:
    """Return the trained ranking of every question."""
    return [TrainedRanker(score, reader).rank(a.text, a.candidates) for a in asked]


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
