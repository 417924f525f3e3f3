"""Spoken-SQuAD and FriendsQA → the network that finds short answers.

``python -m eval.train_spans --data-root DIR --out FILE`` trains on the first half of Spoken-SQuAD's
articles and on FriendsQA's development scenes, given the sentence that holds the answer, and prints
token F1 on questions of the other half. The embedded model is asked once per question and its
replies are kept in ``--cache``, so that a second run takes a minute.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from qa.llm.models import open_language_model
from qa.prompts import span_prompt
from qa.settings import Settings
from qa.short_answer import Floats, ModelFirstWords, ShortAnswerer, SpanNetwork, with_model
from qa.span_features import candidates

HIDDEN = (48, 24)
EPOCHS = 10
BATCH = 16
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 1e-2
HALF = 17
"""Spoken-SQuAD's articles numbered up to this are for training."""

REPORTED = 500
SCENES = 100
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = re.compile(r"[^\w\s]")


@dataclass(frozen=True, slots=True)
class Item:
    """A question, the sentence that holds an answer, and the answers."""

    question: str
    sentence: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A question's candidates as features, and the F1 of each."""

    features: Floats
    f1: Floats


def spoken_squad(data_root: Path, *, train: bool) -> list[Item]:
    """Return the questions of one half of the articles."""
    folder = data_root / "spoken_squad"
    half = {
        document["id"]
        for document in _jsonl(folder / "documents.jsonl")
        if (int(document["id"].rsplit("-", 1)[1]) <= HALF) == train
    }
    return list(_items(folder, lambda q: q["document_id"] in half))


def friendsqa(data_root: Path, split: str = "dev") -> list[Item]:
    """Return the questions of the development scenes, or of the test scenes."""
    return _items(data_root / "friendsqa", lambda q: q["split"] == split)


def _items(folder: Path, wanted: Any) -> list[Item]:
    documents = {d["id"]: d["turns"] for d in _jsonl(folder / "documents.jsonl")}
    found = []
    for question in _jsonl(folder / "questions.jsonl"):
        if not wanted(question):
            continue
        for evidence in question["evidence"]:
            if "char_start" in evidence:
                turn = documents[question["document_id"]][evidence["turn_start"]]["text"]
                sentence = sentence_at(turn, evidence["char_start"])
                found.append(Item(question["question"], sentence, tuple(question["answers"])))
                break
    return found


def sentence_at(text: str, place: int) -> str:
    """Return the sentence of a turn that a place lies in, by its stops."""
    start = 0
    for match in re.finditer(r"[.?!]\s+", text):
        if match.end() <= place:
            start = match.end()
        elif match.start() >= place:
            return text[start : match.start() + 1]
    return text[start:]


def _jsonl(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def token_f1(answer: str | None, golds: Sequence[str]) -> float:
    """Return SQuAD's token F1 (Rajpurkar et al. 2016) with the best of the gold answers."""
    best = 0.0
    mine = _normal(answer or "")
    for gold in golds:
        theirs = _normal(gold)
        common = sum((Counter(mine) & Counter(theirs)).values())
        if common:
            best = max(best, 2 * common / (len(mine) + len(theirs)))
    return best


def _normal(text: str) -> list[str]:
    return _ARTICLES.sub(" ", _PUNCTUATION.sub("", text.lower())).split()


class CachedFirstWords:
    """Keeps the model's replies by prompt, on disk."""

    def __init__(self, asked: ModelFirstWords, path: Path) -> None:
        self._asked = asked
        self._path = path
        self._known: dict[str, list[tuple[str, float]]] = {}
        if path.exists():
            for row in _jsonl(path):
                self._known[row["prompt"]] = [(token, value) for token, value in row["first"]]

    def knows(self, item: Item) -> bool:
        """Tell whether the reply for an item is at hand."""
        return span_prompt(item.question, item.sentence) in self._known

    def first_words(self, question: str, sentence: str) -> Sequence[tuple[str, float]]:
        """Return the model's reply, asked for at most once."""
        prompt = span_prompt(question, sentence)
        if prompt not in self._known:
            first = list(self._asked.first_words(question, sentence))
            self._known[prompt] = first
            with self._path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"prompt": prompt, "first": first}) + "\n")
        return self._known[prompt]


def example(item: Item, first: CachedFirstWords) -> Example:
    """Return the candidates of an item as features and F1."""
    found = candidates(item.question, item.sentence)
    likely = first.first_words(item.question, item.sentence)
    scores = [
        token_f1(item.sentence[span.char_start : span.char_end], item.answers)
        for span in found.spans
    ]
    features = with_model(found, item.sentence, likely)
    return Example(features, np.array(scores, dtype=np.float32))


def train(examples: Sequence[Example], seed: int) -> SpanNetwork:
    """Fit the network: a softmax over a sentence's spans, drawn to those of high F1."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    order = np.random.default_rng(seed)
    sizes = (examples[0].features.shape[1], *HIDDEN, 1)
    layers: list[torch.nn.Module] = []
    for before, after in itertools.pairwise(sizes):
        layers += [torch.nn.Linear(before, after), torch.nn.ReLU(), torch.nn.Dropout(0.2)]
    network = torch.nn.Sequential(*layers[:-2])
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    useful = [item for item in examples if item.f1.size and item.f1.max() > 0]
    for epoch in range(EPOCHS):
        network.train()
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 - epoch / EPOCHS)
        shuffled = order.permutation(len(useful))
        for start in range(0, len(shuffled), BATCH):
            optimizer.zero_grad()
            chosen = [useful[place] for place in shuffled[start : start + BATCH]]
            total = torch.stack([_loss(network, item) for item in chosen]).mean()
            total.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    linear = [layer for layer in network if isinstance(layer, torch.nn.Linear)]
    with torch.no_grad():  # what training never saw mustn't count by its random first weight
        linear[0].weight[:, torch.from_numpy(_constant(examples))] = 0.0
    return SpanNetwork(
        tuple(
            (layer.weight.detach().numpy().T.copy(), layer.bias.detach().numpy().copy())
            for layer in linear
        )
    )


def _constant(examples: Sequence[Example]) -> npt.NDArray[np.bool_]:
    """Return which features are the same in every row."""
    low = np.min([item.features.min(axis=0) for item in examples if item.f1.size], axis=0)
    high = np.max([item.features.max(axis=0) for item in examples if item.f1.size], axis=0)
    return np.asarray(low == high)


def _loss(network: torch.nn.Module, item: Example) -> torch.Tensor:
    """Return cross-entropy to F1's third power, and the logarithm of the expected F1."""
    f1 = torch.from_numpy(item.f1)
    logarithm = torch.log_softmax(network(torch.from_numpy(item.features)).squeeze(1), 0)
    target = f1**3 / (f1**3).sum()
    expected = (logarithm.exp() * f1).sum()
    loss: torch.Tensor = -(target * logarithm).sum() - 0.5 * torch.log(expected + 1e-6)
    return loss


def save(network: SpanNetwork, path: Path) -> None:
    """Write the weights without pickles."""
    arrays: dict[str, Any] = {}
    for place, (weights, bias) in enumerate(network.layers):
        arrays[f"w{place}"], arrays[f"b{place}"] = weights, bias
    np.savez(path, **arrays)


def report(name: str, items: Sequence[Item], answerer: ShortAnswerer) -> str:
    """Return a line with the mean token F1; a null counts as 0."""
    answers = [answerer.span(item.question, item.sentence) for item in items]
    scores = [token_f1(a, item.answers) for a, item in zip(answers, items, strict=True)]
    none = sum(a is None for a in answers)
    error = 1.96 * float(np.std(scores)) / len(scores) ** 0.5
    return f"{name}: token F1 {np.mean(scores):.3f} ± {error:.3f} of {len(items)}, {none} null"


def main() -> None:
    """Train, save and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="train, and write the weights here")
    parser.add_argument("--cache", type=Path, default=Path("runs/first_words.jsonl"))
    parser.add_argument("--per-set", type=int, default=1000, help="questions to train on, per set")
    parser.add_argument(
        "--cached", action="store_true", help="train on questions in the cache only"
    )
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    arguments.cache.parent.mkdir(parents=True, exist_ok=True)
    model = open_language_model(Settings())
    assert model is not None
    first = CachedFirstWords(ModelFirstWords(model), arguments.cache)
    rng = random.Random(arguments.seed)  # noqa: S311  a draw that can be repeated
    held_out = spoken_squad(arguments.data_root, train=False)
    rng.shuffle(held_out)
    if arguments.out:
        examples = []
        for items in (
            spoken_squad(arguments.data_root, train=True),
            friendsqa(arguments.data_root),
        ):
            rng.shuffle(items)
            if arguments.cached:
                items = [item for item in items if first.knows(item)]
            examples += [example(item, first) for item in items[: arguments.per_set]]
        network = train(examples, arguments.seed)
        save(network, arguments.out)
    else:
        network = SpanNetwork.load()
    scenes = friendsqa(arguments.data_root, "tst")
    random.Random(arguments.seed).shuffle(scenes)  # noqa: S311
    answerer = ShortAnswerer(first, network)
    print(report("FriendsQA, test scenes", scenes[:SCENES], answerer))
    print(report("Spoken-SQuAD, other half", held_out[:REPORTED], answerer))
    model.close()


if __name__ == "__main__":
    main()
