"""Transcripts → statements that say something else than the sentences they cite.

A number, a name, the speaker or the polarity of a true statement is swapped. True are the sentences
themselves, and the sentences of QMSum's answers with the evidence that annotators gave them.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.formats import read_transcripts
from index.records import Source
from qa.language.lexicon import FUNCTION_WORDS
from qa.language.tokens import tokens
from qa.verify import Cited

KINDS = ("number", "name", "speaker", "polarity")
PER_KIND = 500
"""2,000 swaps in all."""

_DIGITS = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+\b|(?<![\w.])\d+(?:\.\d+)?\b(?!\w)")
_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "eighteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million"
)
_SPELT = re.compile(r"\b(" + "|".join(_NUMBER_WORDS.split(" ")) + r")\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*\b(?!')")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|will|would|can|could|should|has|have|had|do|does|did)\b"
    r"(?! (?:not|never)| n't)"
)
_NOT = re.compile(r"\b(is|are|was|were|will|would|could|should|has|have|had) (?:not|never) ")
_CONTRACTED = re.compile(r"\b(is|are|was|were|would|could|should|has|have|had|do|does|did) ?n't ")
_NO_NAMES = FUNCTION_WORDS | {"hmm", "mm", "uh", "um"}
"""Speakers who break off leave capitals inside sentences: "So But there's"."""

_FLIPS = (
    ("accepted", "rejected"),
    ("agree", "disagree"),
    ("increase", "decrease"),
    ("increased", "decreased"),
    ("more", "less"),
    ("always", "never"),
    ("everything", "nothing"),
    ("something", "nothing"),
    ("everyone", "nobody"),
    ("best", "worst"),
    ("better", "worse"),
    ("good", "bad"),
    ("high", "low"),
    ("higher", "lower"),
    ("easy", "difficult"),
    ("possible", "impossible"),
    ("support", "oppose"),
    ("before", "after"),
    ("win", "lose"),
    ("won", "lost"),
    ("with", "without"),
    ("big", "small"),
    ("bigger", "smaller"),
    ("positive", "negative"),
    ("same", "different"),
    ("first", "last"),
    ("start", "stop"),
    ("open", "close"),
    ("expensive", "cheap"),
    ("strong", "weak"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a transcript: who said it, and in which document."""

    document: str
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement with the sentences it cites; ``local`` tells where a swapped value came from."""

    kind: str
    statement: str
    cited: tuple[Cited, ...]
    local: bool = False
    inside: bool = False
    document: str = ""
    new: str = ""


def lines_of(data_root: Path, seeds: Path, rng: random.Random) -> list[Line]:
    """Return sentences of the seed and of the data sets' documents, QMSum's train part left out."""
    found = list(_seed_lines(seeds))
    train = _documents_of(data_root, "train")
    for name in ("qmsum", "friendsqa", "clapnq", "spoken_squad"):
        here: list[Line] = []
        for document in _jsonl(data_root / name / "documents.jsonl"):
            if document["id"] in train:
                continue
            here += _lines(document)
        rng.shuffle(here)
        found += here[:8000]
    return found


def unseen_lines(data_root: Path, rng: random.Random) -> list[Line]:
    """Return sentences of QMSum's train meetings, which ``lines_of`` leaves out."""
    train = _documents_of(data_root, "train")
    found = [
        line
        for document in _jsonl(data_root / "qmsum" / "documents.jsonl")
        if document["id"] in train
        for line in _lines(document)
    ]
    rng.shuffle(found)
    return found[:8000]


def _documents_of(data_root: Path, split: str) -> set[str]:
    questions = _jsonl(data_root / "qmsum" / "questions.jsonl")
    return {item["document_id"] for item in questions if item["split"] == split}


def _lines(document: Any) -> Iterator[Line]:
    for turn in document["turns"]:
        for text in re.split(r"(?<=[.!?]) +(?=\S)", turn["text"]):
            if 6 <= len(text.split(" ")) <= 40 and not text.rstrip().endswith("?"):
                yield Line(document["id"], turn["speaker"], text)


def _seed_lines(seeds: Path) -> Iterator[Line]:
    for path in sorted(seeds.glob("*.txt")):
        for _, transcript in read_transcripts(Source(path.name, path.read_bytes())):
            for turn in transcript.turns:
                said = transcript.text[turn.char_start : turn.char_end]
                for text in re.split(r"(?<=[.!?]) +(?=\S)", said):
                    if len(text.split(" ")) >= 5 and not text.endswith("?"):
                        yield Line(path.stem, turn.speaker, text)


def swaps(lines: Sequence[Line], rng: random.Random) -> list[Pair]:
    """Return the swapped statements; where it can be, half take a value of the same transcript."""
    pools = _pools(lines)
    makers: dict[str, Callable[[Line, bool], Pair | None]] = {
        "number": lambda line, local: _swap_value("number", line, local, pools, rng),
        "name": lambda line, local: _swap_value("name", line, local, pools, rng),
        "speaker": lambda line, local: _swap_speaker(line, local, pools, rng),
        "polarity": lambda line, local: _swap_polarity(line, rng),
    }
    found = []
    for kind in KINDS:
        made: list[Pair] = []
        order = list(range(len(lines)))
        rng.shuffle(order)
        order.sort(key=lambda place: lines[place].document not in pools["seed"])
        wanted = {True: PER_KIND // 2, False: PER_KIND - PER_KIND // 2}
        for place in order:
            local = wanted[True] >= wanted[False]
            pair = makers[kind](lines[place], local)
            if pair is not None and wanted[local]:
                made.append(pair)
                wanted[local] -= 1
            if not any(wanted.values()):
                break
        found += made
    return found


def _pools(lines: Sequence[Line]) -> dict[str, dict[str, list[str]]]:
    """Return the values of each kind by document, everything under the empty key."""
    pools: dict[str, dict[str, list[str]]] = {
        kind: defaultdict(list) for kind in ("number", "name", "speaker", "seed")
    }
    for line in lines:
        values = {"number": _values("number", line.text), "name": _values("name", line.text)}
        values["speaker"] = [line.speaker] if line.speaker else []
        for kind, found in values.items():
            for key in (line.document, ""):
                pools[kind][key] += found
        if line.document.startswith("000_"):
            pools["seed"][line.document] = []
    return {
        kind: {key: sorted(set(values)) for key, values in pool.items()}
        for kind, pool in pools.items()
    }


def _values(kind: str, text: str) -> list[str]:
    patterns = (_DIGITS, _SPELT) if kind == "number" else (_NAME,)
    found = [match.group() for pattern in patterns for match in pattern.finditer(text)]
    return [value for value in found if value.lower() not in _NO_NAMES]


def _stems(value: str) -> tuple[str, ...]:
    return tuple(token.stem for token in tokens(value))


def _swap_value(
    kind: str,
    line: Line,
    local: bool,
    pools: dict[str, dict[str, list[str]]],
    rng: random.Random,
) -> Pair | None:
    values = _values(kind, line.text)
    if not values:
        return None
    old = rng.choice(values)
    pool = pools[kind].get(line.document if local else "", [])
    if kind == "number":
        pool = [value for value in pool if value.isalpha() == old.isalpha()]
    pool = [value for value in pool if _stems(value) != _stems(old)]
    if not pool:
        return None
    new = rng.choice(pool)
    pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    statement = _sentence(pattern.sub(new, line.text, count=1))
    inside = re.search(rf"(?<!\w){re.escape(new)}(?!\w)", line.text, re.IGNORECASE) is not None
    cited = (Cited(line.text, line.speaker),)
    return Pair(kind, statement, cited, local, inside, line.document, new)


def _swap_speaker(
    line: Line, local: bool, pools: dict[str, dict[str, list[str]]], rng: random.Random
) -> Pair | None:
    if line.speaker is None:
        return None
    pool = [
        s for s in pools["speaker"].get(line.document if local else "", []) if s != line.speaker
    ]
    if not pool:
        return None
    new = rng.choice(pool)
    frame = rng.choice(("{} said that {}", "According to {}, {}", "{} thought {}"))
    statement = _sentence(frame.format(new, line.text[:1].lower() + line.text[1:]))
    return Pair("speaker", statement, (Cited(line.text, line.speaker),), local)


def _swap_polarity(line: Line, rng: random.Random) -> Pair | None:
    text = line.text
    changes = []
    for pattern, form in ((_NOT, r"\1 "), (_CONTRACTED, r"\1 ")):
        if pattern.search(text):
            changes.append(pattern.sub(form, text, count=1))
    if not changes and _AUXILIARY.search(text):
        word = rng.choice((" not", " never"))
        changes.append(_AUXILIARY.sub(rf"\1{word}", text, count=1))
    for one, other in (*_FLIPS, *((b, a) for a, b in _FLIPS)):
        if re.search(rf"\b{one}\b", text):
            changes.append(re.sub(rf"\b{one}\b", other, text, count=1))
    if not changes:
        return None
    return Pair("polarity", _sentence(rng.choice(changes)), (Cited(text, line.speaker),))


def _sentence(text: str) -> str:
    text = text.strip().rstrip(" ,;:-")
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!")) else text + "."


def paraphrases(data_root: Path, split: str, rng: random.Random, count: int) -> list[Pair]:
    """Return sentences of QMSum's answers with the quotes that annotators gave them as evidence."""
    documents = {d["id"]: d for d in _jsonl(data_root / "qmsum" / "documents.jsonl")}
    found = []
    for question in _jsonl(data_root / "qmsum" / "questions.jsonl"):
        if question["split"] != split:
            continue
        turns = documents[question["document_id"]]["turns"]
        for sentence in question.get("answer_sentences", ()):
            quotes = [question["evidence_fine"][place] for place in sentence["evidence"]]
            cited = tuple(Cited(q["quote"], turns[q["turn_start"]]["speaker"]) for q in quotes)
            if cited:
                document = question["document_id"]
                found.append(Pair("paraphrase", sentence["text"], cited, document=document))
    chosen = sorted(rng.sample(range(len(found)), min(count, len(found))))
    return [found[place] for place in chosen]


def swapped_answers(pairs: Sequence[Pair], rng: random.Random) -> list[Pair]:
    """Return every true statement with each kind of value swapped once, where it has one.

    Values come from statements and evidence of the same meeting and, every other time, of another.
    """
    lines = [Line(p.document, None, p.statement) for p in pairs]
    quotes = [Line(p.document, c.speaker, c.text) for p in pairs for c in p.cited]
    pools = _pools([*lines, *quotes])
    found = []
    for place, (pair, line) in enumerate(zip(pairs, lines, strict=True)):
        local = place % 2 == 0
        made = [
            _swap_value("number", line, local, pools, rng),
            _swap_value("name", line, local, pools, rng),
            _swap_label(pair, local, pools, rng),
            _swap_polarity(line, rng),
        ]
        said = " ".join(f"{c.speaker or ''} {c.text}" for c in pair.cited).lower()
        for item in made:
            if item is not None:
                inside = bool(item.new) and item.new.lower() in said
                found.append(replace(item, cited=pair.cited, local=local, inside=inside))
    return found


def _swap_label(
    pair: Pair, local: bool, pools: dict[str, dict[str, list[str]]], rng: random.Random
) -> Pair | None:
    """Give what a cited speaker says, by the statement, to another speaker."""
    labels = sorted({c.speaker for c in pair.cited if c.speaker})
    named = [label for label in labels if label in pair.statement]
    pool = pools["speaker"].get(pair.document if local else "", [])
    others = [label for label in pool if label not in labels]
    if not named or not others:
        return None
    new = rng.choice(others)
    return Pair("speaker", pair.statement.replace(named[0], new), pair.cited, local, new=new)


def wrong_evidence(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the same statements, each with the evidence of the one after the next."""
    shifted = (*pairs[2:], *pairs[:2])
    return [
        Pair("evidence", pair.statement, other.cited)
        for pair, other in zip(pairs, shifted, strict=True)
        if pair.document == other.document
    ]


def _jsonl(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
