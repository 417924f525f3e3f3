"""``python -m eval.training --data-root D --train-root T --out O``: retrain all, with fixed seeds.

Writes ``reader.onnx``, ``reader.npz`` and ``scores.json`` into O, and the figures into
``report.md``. Copy the first three into ``qa/models`` to ship them.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch

from eval.training.curve import Part, curve, sample
from eval.training.entailment import load_entailments
from eval.training.examples import ExampleMaker
from eval.training.export import export_reader, load_reader, open_reader
from eval.training.mix import Mix, Shares
from eval.training.model import Reader
from eval.training.pipeline import (
    Material,
    development,
    fit_scores,
    load_material,
    negatives,
    write_scores,
)
from eval.training.plain import Item, load_items
from eval.training.remembered import RememberingEncoder
from eval.training.report import report
from eval.training.sets import Question
from eval.training.splits import CLAPNQ_FOLDS, SHIPPED_FOLD
from eval.training.statements import StatementMaker
from eval.training.support import (
    REPORTED_DRAWS,
    choose_threshold,
    draw_support,
    fit_support,
    fitted_on,
    judge,
    support_figures,
)
from eval.training.tables import Asker, RememberingReader
from eval.training.train_reader import Run, Schedule, train
from index.encoders.minilm import OnnxEncoder, find_weights
from qa.reader.cross_encoder import WindowReader
from qa.reader.inputs import ReaderTokenizer, load_tokenizer

# The rounds: the step each ends before, and in how many, its last, the rate falls and lessons are
# learnt.
ROUNDS = ((3000, 1250), (3750, 650))
TRAINED_ON = ("spoken_squad", "friendsqa", "qmsum")


def _log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def train_reader(material: Material, train_root: Path, out: Path, trained: Path | None) -> Reader:
    """Train on plain text and on spoken_squad, friendsqa and qmsum; the reader never sees clapnq.

    What is returned is the mean of what the last round began and ended with.

    Args:
        material: the sets with their indexes.
        train_root: the folder with the training data, ``questions/`` and ``support/``.
        out: where each round's checkpoints are kept; a run that finds some goes on from them.
        trained: the folder of a reader that all rounds but the last have made, to train the last
            alone; None for all of them, from the encoder's weights on.
    """
    tokenizer = ReaderTokenizer(load_tokenizer(find_weights()))
    questions = [q for q in material.questions("train", TRAINED_ON) if q.kind != "general"]
    stated = [q for q in questions if usable_statements(q)]
    dev = [q for q in material.questions("dev", TRAINED_ON) if q.spans]
    lessons = [q for q in material.sets["lessons"].questions if q.part == "train"]
    dev += [q for q in material.sets["lessons"].questions if q.part == "dev"]
    found = negatives(material, [*questions, *lessons, *dev])
    maker = ExampleMaker(material.sets, material.corpora, found, 0)
    statements = StatementMaker(material.sets, material.corpora, found, 0)
    items = load_items(train_root)
    mix = Mix(
        items,
        load_entailments(train_root),
        maker,
        statements,
        questions,
        stated,
        lessons,
        Shares(),
        seed=17,
    )
    _log(f"{len(items)} plain questions; {mix.steps_a_pass} steps a pass")
    parts = _curve_parts(mix, items, maker, dev)
    reader = Reader(find_weights())
    if trained:
        load_reader(reader, trained)
    begun = 0
    before: dict[str, torch.Tensor] = {}
    for number, (steps, cooldown) in enumerate(ROUNDS, 1):
        before = {name: weight.clone() for name, weight in reader.state_dict().items()}
        if not trained or number == len(ROUNDS):
            schedule = Schedule(steps, begun, cooldown=cooldown)
            run = Run(reader, schedule, out / f"round-{number}")
            train(run, mix, tokenizer, lambda model: curve(model, tokenizer, parts), _log)
        begun = steps
    reader.load_state_dict(mean_weights(before, reader.state_dict()))
    return reader


def mean_weights(
    first: Mapping[str, torch.Tensor], second: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """Return the mean of two readers' weights, one of which was trained on from the other.

    It does better than either (Wortsman et al., "Model soups", ICML 2022).
    """
    return {
        name: (weight + second[name]) / 2 if weight.is_floating_point() else weight
        for name, weight in first.items()
    }


def _curve_parts(
    mix: Mix, items: Sequence[Item], maker: ExampleMaker, dev: Sequence[Question]
) -> list[Part]:
    rng = random.Random(3)  # noqa: S311 - for training, not for secrets
    kept = [item for item in items if item.curve]
    parts = [Part("plain", sample([mix.plain(item, rng) for item in kept], 400, 5))]
    maker.reseed(3)
    for name in ("spoken_squad", "friendsqa", "lessons"):
        examples = [maker.ranking(q, 0) for q in dev if q.set_name == name]
        parts.append(Part(name, sample([e for e in examples if e.windows], 250, 5)))
    return parts


def usable_statements(question: Question) -> bool:
    """Return whether a question's answer has statements that all have evidence."""
    return bool(question.statements) and all(s.sentences for s in question.statements)


def fit_and_report(material: Material, reader: WindowReader, out: Path, most: int) -> None:
    """Fit the linear scores, write them, and write the figures on ``most`` questions a set."""
    asker = Asker(material.sets, material.corpora, material.encoder)
    asked = development(material, _log)
    clapnq = list(asker.own(list(material.sets["clapnq"].questions)))
    by_fold = []
    for fold in range(CLAPNQ_FOLDS):
        shown = [a for a in clapnq if a.question.fold != fold]
        by_fold.append(fit_scores([*asked, *shown], reader))
        _log(f"scores without fold {fold} fitted")
    scores = by_fold[SHIPPED_FOLD]
    judged = judge(fitted_on(material, usable_statements), reader, material.encoder)
    support, support_from = fit_support(judged), choose_threshold(judged)
    write_scores(
        out / "scores.json",
        {
            "sentence": scores.sentence,
            "answerable": scores.answerable,
            "span": scores.span,
            "support": support,
            "support_from": support_from,
        },
    )
    held = [q for q in material.questions("heldout", ["qmsum"]) if usable_statements(q)]
    drawn = draw_support(material, held, seed=37, draws=REPORTED_DRAWS)
    judged = judge(drawn, reader, material.encoder)
    lines = support_figures(judged, support, support_from)
    (out / "support.md").write_text("\n".join(lines), encoding="utf-8")
    text = report(material, asked, clapnq, scores, by_fold, reader, _log, most)
    (out / "report.md").write_text(text, encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the recipe."""
    parser = argparse.ArgumentParser(prog="python -m eval.training", description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True, help="folder with the sets")
    parser.add_argument("--train-root", type=Path, required=True, help="folder with training data")
    parser.add_argument("--out", type=Path, required=True, help="where the trained files go")
    parser.add_argument(
        "--trained", type=Path, help="train the last round alone, from the reader in this folder"
    )
    parser.add_argument("--most", type=int, default=300, help="held-out questions per set")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--fit-only", action="store_true", help="take the readers in --out")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    encoder = RememberingEncoder(OnnxEncoder(out / "cache", options.threads), out / "vectors")
    material = load_material(options.data_root, options.train_root, encoder, _log)
    if not options.fit_only:
        export_reader(train_reader(material, options.train_root, out, options.trained), out)
    fit_and_report(
        material, RememberingReader(open_reader(out, options.threads)), out, options.most
    )


if __name__ == "__main__":
    main()
