"""Statements that say something else than their evidence → how many the verifier lets through.

``python -m eval.swaps --data-root DIR`` takes sentences of transcripts, swaps a number, a name, the
speaker or the polarity, and cites the unchanged sentence; beside them it takes sentences of QMSum's
answers with the evidence that annotators gave them, which ought to pass. The threshold is chosen on
QMSum's train meetings; what is printed is of the others.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.formats import read_transcripts
from index.records import Source
from qa.service import open_encoder
from qa.settings import Settings
from qa.verify import Cited, Verifier, hard_reasons
from qa.verify.similarity import EncoderSimilarity

KINDS = ("number", "name", "speaker", "polarity")
PER_KIND = 500
"""2,000 swaps in all."""

PARAPHRASES = 1000
THRESHOLDS = tuple(step / 20 for step in range(17))
MAX_REFUSED = 0.03
"""Share of the true paraphrases that pass the checks and may yet be refused for their support."""

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


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair after the checks: what they hold against it, and its support."""

    pair: Pair
    reasons: tuple[str, ...]
    support: float

    def accepted(self, threshold: float) -> bool:
        """Tell whether the statement passes at a threshold."""
        return not self.reasons and self.support >= threshold


def lines_of(data_root: Path, seeds: Path, rng: random.Random) -> list[Line]:
    """Return sentences of the seed and of the data sets' documents, QMSum's train part left out."""
    found = list(_seed_lines(seeds))
    train = {
        item["document_id"]
        for item in _jsonl(data_root / "qmsum" / "questions.jsonl")
        if item["split"] == "train"
    }
    for name in ("qmsum", "friendsqa", "clapnq", "spoken_squad"):
        here = []
        for document in _jsonl(data_root / name / "documents.jsonl"):
            if document["id"] in train:
                continue
            for turn in document["turns"]:
                for text in re.split(r"(?<=[.!?]) +(?=\S)", turn["text"]):
                    if 6 <= len(text.split(" ")) <= 40 and not text.rstrip().endswith("?"):
                        here.append(Line(document["id"], turn["speaker"], text))
        rng.shuffle(here)
        found += here[:8000]
    return found


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
    return [match.group() for pattern in patterns for match in pattern.finditer(text)]


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
    pool = [value for value in pool if value.lower() != old.lower()]
    if not pool:
        return None
    new = rng.choice(pool)
    pattern = re.compile(rf"(?<!\w){re.escape(old)}(?!\w)")
    statement = _sentence(pattern.sub(new, line.text, count=1))
    inside = re.search(rf"(?<!\w){re.escape(new)}(?!\w)", line.text, re.IGNORECASE) is not None
    return Pair(kind, statement, (Cited(line.text, line.speaker),), local, inside)


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


def score(pairs: Sequence[Pair], verifier: Verifier) -> list[Scored]:
    """Check every pair; the support is computed whatever the checks say."""
    return [
        Scored(p, hard_reasons(p.statement, p.cited), verifier.support(p.statement, p.cited))
        for p in pairs
    ]


def refused(scored: Sequence[Scored], threshold: float) -> float:
    """Return the share of statements that don't pass at a threshold."""
    return sum(not item.accepted(threshold) for item in scored) / len(scored)


def choose(scored: Sequence[Scored]) -> float:
    """Return the highest threshold that refuses few of the statements that pass the checks."""
    passed = [item for item in scored if not item.reasons]
    return max(step for step in THRESHOLDS if refused(passed, step) <= MAX_REFUSED)


def report(
    swapped: Sequence[Scored],
    true: Sequence[Scored],
    misplaced: Sequence[Scored],
    threshold: float,
) -> str:
    """Render accepted rates per kind at the threshold, and the curve."""
    groups: dict[str, list[Scored]] = defaultdict(list)
    for item in swapped:
        where = "of the transcript" if item.pair.local else "from elsewhere"
        groups[f"{item.pair.kind}, {where}"].append(item)
        if item.pair.inside:
            groups[f"{item.pair.kind}, in the cited sentence"].append(item)
        groups[item.pair.kind].append(item)
    rows = [
        f"threshold {threshold:.2f} (chosen on train)",
        "",
        "| swapped | accepted | of |",
        "|---|---|---|",
    ]
    for name in sorted(groups):
        accepted = sum(item.accepted(threshold) for item in groups[name])
        rows.append(f"| {name} | {accepted} | {len(groups[name])} |")
    rows += ["", f"true paraphrases refused: {refused(true, threshold):.3f} of {len(true)}"]
    reasons = Counter(reason for item in true for reason in item.reasons)
    rows.append("by reason: " + ", ".join(f"{r} {n}" for r, n in sorted(reasons.items())))
    rows += [
        "",
        f"with evidence of another statement of the meeting: {len(misplaced)} statements",
        "",
        "| threshold | swaps accepted | paraphrases refused | with other evidence accepted |",
        "|---|---|---|---|",
    ]
    for step in THRESHOLDS:
        passed = 1 - refused(swapped, step)
        other = 1 - refused(misplaced, step)
        rows.append(f"| {step:.2f} | {passed:.4f} | {refused(true, step):.3f} | {other:.3f} |")
    return "\n".join(rows)


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, default=Path("seeds/transcripts"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-similarity", action="store_true", help="words alone, much faster")
    parser.add_argument("--show", type=int, default=0, help="print this many that passed, per kind")
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)  # noqa: S311  a draw that can be repeated
    encoder = None if arguments.no_similarity else open_encoder(Settings())
    verifier = Verifier(EncoderSimilarity(encoder) if encoder else None)
    train = score(paraphrases(arguments.data_root, "train", rng, PARAPHRASES), verifier)
    pairs = paraphrases(arguments.data_root, "val", rng, PARAPHRASES)
    true = score(pairs, verifier)
    misplaced = score(wrong_evidence(pairs), verifier)
    lines = lines_of(arguments.data_root, arguments.seeds, rng)
    swapped = score(swaps(lines, rng), verifier)
    threshold = choose(train)
    print(f"train paraphrases refused: {refused(train, threshold):.3f} of {len(train)}")
    print(report(swapped, true, misplaced, threshold))
    for kind in KINDS:
        passed = [s for s in swapped if s.pair.kind == kind and s.accepted(threshold)]
        for item in passed[: arguments.show]:
            print(f"\n{kind} {item.support:.2f}: {item.pair.statement}\n    {item.pair.cited}")


if __name__ == "__main__":
    main()
