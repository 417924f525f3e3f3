"""``python -m eval.training.cost --data-root D --train-root T --out O``: what reading more buys.

Per number of passages read: how often the right sentence is first and among the first three on
held-out questions, and the milliseconds of processor time that choosing takes. Reads the reader and
scores that the recipe left in ``--out``.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from eval.training.export import open_reader
from eval.training.measures import bootstrap, first_hit
from eval.training.pipeline import Material, load_material, read_scores
from eval.training.remembered import RememberingEncoder
from eval.training.report import right_keys
from eval.training.tables import Asked, Asker
from index.encoders.minilm import OnnxEncoder
from qa.evidence.candidates import BaselineRanker, SentenceRanker
from qa.evidence.ranker import TrainedRanker
from qa.reader.cross_encoder import WindowReader
from qa.reader.linear import LinearScore

SETS = ("spoken_squad", "friendsqa", "clapnq")
_PER_SET = 60
_READ = (3, 6, 10, 16, 20)
# As many as an answer cites.
_NEAR = 3
# The measure of choosing: the time for this many sentences.
_CANDIDATES = 30


def held_out(material: Material) -> list[Asked]:
    """Return questions of documents that neither the reader nor the scores have seen."""
    rng = random.Random(13)  # noqa: S311 - sampling
    asker = Asker(material.sets, material.corpora, material.encoder)
    asked: list[Asked] = []
    for name in SETS:
        pool = [q for q in material.questions("heldout", [name]) if q.answerable and q.gold]
        asked += asker.own(rng.sample(pool, min(_PER_SET, len(pool))))
    return asked


def systems(score: LinearScore, reader: WindowReader) -> dict[str, SentenceRanker]:
    """Return the rankers compared, the cheapest first."""
    read = {f"the reader on {n} passages": TrainedRanker(score, reader, n, n) for n in _READ}
    shipped = TrainedRanker(score, reader)
    return {"dense + BM25": BaselineRanker(), **read, "further ones where needed": shipped}


def table(asked: Sequence[Asked], rankers: dict[str, SentenceRanker]) -> list[str]:
    """Return the table's lines; every ranker is timed on every question, in turn."""
    hits: dict[str, list[tuple[float, float]]] = {name: [] for name in rankers}
    times: dict[str, list[float]] = {name: [] for name in rankers}
    for one in asked:
        gold = right_keys(one, by_turn=one.question.set_name == "friendsqa")
        for name, ranker in rankers.items():
            began = time.process_time()
            ranked = ranker.rank(one.text, one.candidates)
            times[name].append((time.process_time() - began) * 1000)
            hits[name].append((first_hit(ranked, gold), first_hit(ranked, gold, _NEAR)))
    groups = [a.question.document_id for a in asked]
    lines = ["| | right first | among three | processor ms, mean |", "|---|---|---|---|"]
    for name, own in hits.items():
        first, near = (bootstrap(groups, [(h[place],) for h in own]) for place in (0, 1))
        lines.append(f"| {name} | {first} | {near} | {statistics.fmean(times[name]):.1f} |")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and the time for thirty candidates."""
    parser = argparse.ArgumentParser(prog="python -m eval.training.cost", description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True, help="folder with the sets")
    parser.add_argument("--train-root", type=Path, required=True, help="folder with training data")
    parser.add_argument("--out", type=Path, required=True, help="where the recipe left its files")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args(arguments)
    out: Path = options.out
    encoder = RememberingEncoder(OnnxEncoder(out / "cache", options.threads), out / "vectors")
    material = load_material(options.data_root, options.train_root, encoder, lambda _: None)
    score = read_scores(out / "scores.json")["sentence"]
    reader = open_reader(out, options.threads)
    asked = held_out(material)
    print("\n".join(table(asked, systems(score, reader))))
    chosen = TrainedRanker(score, reader)
    took = []
    for one in asked:
        began = time.process_time()
        chosen.rank(one.text, one.candidates[:_CANDIDATES])
        took.append((time.process_time() - began) * 1000)
    print(f"\nfrom {_CANDIDATES} candidates: median {statistics.median(took):.0f} ms")


if __name__ == "__main__":
    main()
