"""Transcripts → statements that say something else than they cite → how many the checks let pass.

``python -m eval.swaps --data-root DIR`` swaps a number, a name, the speaker or the polarity in
sentences that are cited unchanged; beside them it takes sentences of QMSum's answers with the
evidence that annotators gave them, which ought to pass. Support and threshold are the shipped ones,
or with ``--no-similarity`` words alone, whose threshold is chosen on QMSum's train meetings; what
is printed is of the others. ``--held-out`` swaps in sentences that the checks were not made with:
QMSum's train meetings' transcripts, and the sentences of QMSum's validation answers themselves.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.render import markdown
from index.formats import read_transcripts
from index.records import Source
from qa.language.lexicon import FUNCTION_WORDS
from qa.language.tokens import tokens
from qa.reader.cross_encoder import OnnxReader, built_reader
from qa.service import open_encoder, open_verifier
from qa.settings import Settings
from qa.verify import Cited, Verifier, hard_reasons
from qa.verify.similarity import EncoderSimilarity

KINDS = ("number", "name", "speaker", "polarity")
PER_KIND = 500
PARAPHRASES = 1000
MOST_LINES = 8000
"""Sentences of one set: enough for every kind, and no set outweighs the others."""
THRESHOLDS = tuple(step / 20 for step in range(17))
MAX_REFUSED = 0.03
"""Share of the true paraphrases that pass the checks and may yet be refused for their support."""

_DIGITS = re.compile(r"(?<![\w.])\d{1,3}(?:,\d{3})+\b|(?<![\w.])\d+(?:\.\d+)?\b(?!\w)")
_SPELT = re.compile(
    r"\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|"
    r"sixteen|eighteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|"
    r"million)\b",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*\b(?!')")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|will|would|can|could|should|has|have|had|do|does|did)\b"
    r"(?! (?:not|never)| n't)"
)
_NEGATIONS = (
    re.compile(r"\b(is|are|was|were|will|would|could|should|has|have|had) (?:not|never) "),
    re.compile(r"\b(is|are|was|were|would|could|should|has|have|had|do|does|did) ?n't "),
)
_NO_NAMES = FUNCTION_WORDS | {"hmm", "mm", "uh", "um"}
"""Speakers who break off leave capitals inside sentences: "So But there's"."""
_FLIPS = (
    ("accepted", "rejected"), ("agree", "disagree"), ("increase", "decrease"),
    ("increased", "decreased"), ("more", "less"), ("always", "never"), ("everything", "nothing"),
    ("something", "nothing"), ("everyone", "nobody"), ("best", "worst"), ("better", "worse"),
    ("good", "bad"), ("high", "low"), ("higher", "lower"), ("easy", "difficult"),
    ("possible", "impossible"), ("support", "oppose"), ("before", "after"), ("win", "lose"),
    ("won", "lost"), ("with", "without"), ("big", "small"), ("bigger", "smaller"),
    ("positive", "negative"), ("same", "different"), ("first", "last"), ("start", "stop"),
    ("open", "close"), ("expensive", "cheap"), ("strong", "weak"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of a transcript: who said it, and in which document."""

    document: str
    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement with the sentences it cites.

    Args:
        local: whether the swapped value stands elsewhere in the same transcript.
        inside: whether it stands in the cited sentences themselves.
        new: the value.
    """

    kind: str
    statement: str
    cited: tuple[Cited, ...]
    local: bool = False
    inside: bool = False
    document: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair after the checks: what they hold against it, and its support."""

    pair: Pair
    reasons: tuple[str, ...]
    support: float

    def accepted(self, threshold: float) -> bool:
        """Return whether the statement passes at a threshold."""
        return not self.reasons and self.support >= threshold


# --- what is swapped in --------------------------------------------------------------------------


def _jsonl(path: Path) -> Iterator[Any]:
    with path.open(encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def _sentences(text: str, shortest: int, longest: int) -> Iterator[str]:
    for sentence in re.split(r"(?<=[.!?]) +(?=\S)", text):
        words = len(sentence.split(" "))
        if shortest <= words <= longest and not sentence.rstrip().endswith("?"):
            yield sentence


def _set_lines(data_root: Path, name: str, rng: random.Random, *, train: bool) -> list[Line]:
    """Return sentences of a set's documents, of QMSum's train meetings or of all others."""
    questions = _jsonl(data_root / "qmsum" / "questions.jsonl")
    trained = {item["document_id"] for item in questions if item["split"] == "train"}
    found = [
        Line(document["id"], turn["speaker"], text)
        for document in _jsonl(data_root / name / "documents.jsonl")
        if (document["id"] in trained) == train
        for turn in document["turns"]
        for text in _sentences(turn["text"], 6, 40)
    ]
    rng.shuffle(found)
    return found[:MOST_LINES]


def lines_of(data_root: Path, seeds: Path, rng: random.Random) -> list[Line]:
    """Return sentences of the seed and of the data sets' documents, QMSum's train part left out."""
    found = []
    for path in sorted(seeds.glob("*.txt")):
        for _, transcript in read_transcripts(Source(path.name, path.read_bytes())):
            for turn in transcript.turns:
                said = transcript.text[turn.char_start : turn.char_end]
                found += [Line(path.stem, turn.speaker, t) for t in _sentences(said, 5, len(said))]
    for name in ("qmsum", "friendsqa", "clapnq", "spoken_squad"):
        found += _set_lines(data_root, name, rng, train=False)
    return found


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


# --- swaps ---------------------------------------------------------------------------------------


def _values(kind: str, text: str) -> list[str]:
    patterns = (_DIGITS, _SPELT) if kind == "number" else (_NAME,)
    found = [match.group() for pattern in patterns for match in pattern.finditer(text)]
    return [value for value in found if value.lower() not in _NO_NAMES]


def _sentence(text: str) -> str:
    text = text.strip().rstrip(" ,;:-")
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!")) else text + "."


def _whole(value: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", flags)


class Swapper:
    """Swaps values of sentences for values that other sentences of a pool have."""

    def __init__(self, lines: Sequence[Line], rng: random.Random) -> None:
        self._rng = rng
        pools: dict[tuple[str, str], set[str]] = defaultdict(set)
        for line in lines:
            for document in (line.document, ""):
                for kind in ("number", "name"):
                    pools[kind, document].update(_values(kind, line.text))
                pools["speaker", document].update([line.speaker] if line.speaker else [])
        self._pools = {key: sorted(values) for key, values in pools.items()}

    def _pool(self, kind: str, document: str, local: bool) -> list[str]:
        return self._pools.get((kind, document if local else ""), [])

    def swapped(self, kind: str, line: Line, local: bool) -> Pair | None:
        """Return a line with a value of a kind swapped, ``local`` for one of its transcript."""
        if kind == "polarity":
            return self._polarity(line)
        return self._speaker(line, local) if kind == "speaker" else self._value(kind, line, local)

    def _value(self, kind: str, line: Line, local: bool) -> Pair | None:
        values = _values(kind, line.text)
        if not values:
            return None
        old = self._rng.choice(values)
        stems = [token.stem for token in tokens(old)]
        pool = [
            value
            for value in self._pool(kind, line.document, local)
            if (kind != "number" or value.isalpha() == old.isalpha())
            and [token.stem for token in tokens(value)] != stems
        ]
        if not pool:
            return None
        new = self._rng.choice(pool)
        statement = _sentence(_whole(old).sub(new, line.text, count=1))
        inside = _whole(new, re.IGNORECASE).search(line.text) is not None
        cited = (Cited(line.text, line.speaker),)
        return Pair(kind, statement, cited, local, inside, line.document, new)

    def _speaker(self, line: Line, local: bool) -> Pair | None:
        pool = [s for s in self._pool("speaker", line.document, local) if s != line.speaker]
        if line.speaker is None or not pool:
            return None
        new = self._rng.choice(pool)
        frame = self._rng.choice(("{} said that {}", "According to {}, {}", "{} thought {}"))
        statement = _sentence(frame.format(new, line.text[:1].lower() + line.text[1:]))
        return Pair("speaker", statement, (Cited(line.text, line.speaker),), local)

    def _polarity(self, line: Line) -> Pair | None:
        text = line.text
        changes = [p.sub(r"\1 ", text, count=1) for p in _NEGATIONS if p.search(text)]
        if not changes and _AUXILIARY.search(text):
            word = self._rng.choice((" not", " never"))
            changes.append(_AUXILIARY.sub(rf"\1{word}", text, count=1))
        for one, other in (*_FLIPS, *((b, a) for a, b in _FLIPS)):
            if re.search(rf"\b{one}\b", text):
                changes.append(re.sub(rf"\b{one}\b", other, text, count=1))
        if not changes:
            return None
        return Pair("polarity", _sentence(self._rng.choice(changes)), (Cited(text, line.speaker),))

    def label(self, pair: Pair, local: bool) -> Pair | None:
        """Give what a cited speaker says, by the statement, to another speaker."""
        labels = sorted({c.speaker for c in pair.cited if c.speaker})
        named = [label for label in labels if label in pair.statement]
        others = [s for s in self._pool("speaker", pair.document, local) if s not in labels]
        if not named or not others:
            return None
        new = self._rng.choice(others)
        return Pair("speaker", pair.statement.replace(named[0], new), pair.cited, local, new=new)


def swaps(lines: Sequence[Line], rng: random.Random) -> list[Pair]:
    """Return the swapped statements; where it can be, half take a value of the same transcript."""
    swapper = Swapper(lines, rng)
    found = []
    for kind in KINDS:
        order = list(range(len(lines)))
        rng.shuffle(order)
        order.sort(key=lambda place: not lines[place].document.startswith("000_"))  # seeds first
        wanted = {True: PER_KIND // 2, False: PER_KIND - PER_KIND // 2}
        for place in order:
            local = wanted[True] >= wanted[False]
            pair = swapper.swapped(kind, lines[place], local)
            if pair is not None and wanted[local]:
                found.append(pair)
                wanted[local] -= 1
            if not any(wanted.values()):
                break
    return found


def swapped_answers(pairs: Sequence[Pair], rng: random.Random) -> list[Pair]:
    """Return every true statement with each kind of value swapped once, where it has one.

    Values come from statements and evidence of the same meeting and, every other time, of another.
    """
    lines = [Line(p.document, None, p.statement) for p in pairs]
    quotes = [Line(p.document, c.speaker, c.text) for p in pairs for c in p.cited]
    swapper = Swapper([*lines, *quotes], rng)
    found = []
    for place, (pair, line) in enumerate(zip(pairs, lines, strict=True)):
        local = place % 2 == 0
        said = " ".join(f"{c.speaker or ''} {c.text}" for c in pair.cited).lower()
        for kind in KINDS:
            speaker = kind == "speaker"
            made = swapper.label(pair, local) if speaker else swapper.swapped(kind, line, local)
            if made is not None:
                inside = bool(made.new) and made.new.lower() in said
                found.append(replace(made, cited=pair.cited, local=local, inside=inside))
    return found


def wrong_evidence(pairs: Sequence[Pair]) -> list[Pair]:
    """Return the same statements, each with the evidence of the one after the next."""
    return [
        Pair("evidence", pair.statement, other.cited)
        for pair, other in zip(pairs, (*pairs[2:], *pairs[:2]), strict=True)
        if pair.document == other.document
    ]


# --- what the checks say -------------------------------------------------------------------------


def shipped_verifier(settings: Settings) -> Verifier:
    """Return the checks that the service uses, with the trained support and its threshold."""
    reader = OnnxReader(built_reader(settings.cache_dir), settings.threads)
    return open_verifier(EncoderSimilarity(open_encoder(settings)), reader)


def score(pairs: Sequence[Pair], verifier: Verifier) -> list[Scored]:
    """Check every pair; the support is computed whatever the checks say."""
    found = []
    for pair in pairs:
        reasons = hard_reasons(pair.statement, pair.cited)
        support = verifier.support(pair.statement, pair.cited, reasons)
        found.append(Scored(pair, reasons, support))
    return found


def refused(scored: Sequence[Scored], threshold: float) -> float:
    """Return the share of statements that don't pass at a threshold."""
    return sum(not item.accepted(threshold) for item in scored) / len(scored)


def choose(scored: Sequence[Scored]) -> float:
    """Return the highest threshold that refuses few of the statements that pass the checks."""
    passed = [item for item in scored if not item.reasons]
    return max(step for step in THRESHOLDS if refused(passed, step) <= MAX_REFUSED)


def accepted_table(scored: Sequence[Scored], threshold: float) -> list[str]:
    """Render how many of each kind are accepted at the threshold."""
    groups: dict[str, list[bool]] = defaultdict(list)
    for item in scored:
        kind = item.pair.kind
        where = "of the transcript" if item.pair.local else "from elsewhere"
        named = [kind, f"{kind}, {where}"]
        if item.pair.inside:
            named.append(f"{kind}, in the cited sentence")
        for name in named:
            groups[name].append(item.accepted(threshold))
    rows = [(name, sum(groups[name]), len(groups[name])) for name in sorted(groups)]
    return markdown(("swapped", "accepted", "of"), rows)


def report(
    swapped: Sequence[Scored],
    true: Sequence[Scored],
    misplaced: Sequence[Scored],
    threshold: float,
) -> str:
    """Render accepted rates per kind at the threshold, and the curve."""
    reasons = Counter(reason for item in true for reason in item.reasons)
    curve = [
        (
            f"{step:.2f}",
            f"{1 - refused(swapped, step):.4f}",
            f"{refused(true, step):.3f}",
            f"{1 - refused(misplaced, step):.3f}",
        )
        for step in THRESHOLDS
    ]
    header = ("threshold", "swaps accepted", "paraphrases refused", "with other evidence accepted")
    return "\n".join(
        [
            *(f"threshold {threshold:.2f}", "", *accepted_table(swapped, threshold), ""),
            f"true paraphrases refused: {refused(true, threshold):.3f} of {len(true)}",
            "by reason: " + ", ".join(f"{r} {n}" for r, n in sorted(reasons.items())),
            "",
            f"with evidence of another statement of the meeting: {len(misplaced)} statements",
            *("", *markdown(header, curve)),
        ]
    )


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-root", type=Path, required=True)
    parser.add_argument("--seeds", type=Path, default=Path("seeds/transcripts"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-similarity", action="store_true", help="words alone, much faster")
    parser.add_argument("--held-out", action="store_true", help="swap in sentences not seen before")
    parser.add_argument("--show", type=int, default=0, help="print this many that passed, per kind")
    arguments = parser.parse_args()
    root, seed, alone = arguments.data_root, arguments.seed, arguments.no_similarity
    rng = random.Random(seed)  # noqa: S311  a draw that can be repeated
    verifier = Verifier() if alone else shipped_verifier(Settings())
    train = score(paraphrases(root, "train", rng, PARAPHRASES), verifier)
    pairs = paraphrases(root, "val", rng, PARAPHRASES)
    true = score(pairs, verifier)
    misplaced = score(wrong_evidence(pairs), verifier)
    answers = []
    if arguments.held_out:
        answers = score(swapped_answers([t.pair for t in true if not t.reasons], rng), verifier)
        lines = _set_lines(root, "qmsum", rng, train=True)
    else:
        lines = lines_of(root, arguments.seeds, rng)
    swapped = score(swaps(lines, rng), verifier)
    threshold = choose(train) if alone else verifier.threshold
    print(f"train paraphrases refused: {refused(train, threshold):.3f} of {len(train)}")
    print(report(swapped, true, misplaced, threshold))
    if answers:
        print("\n".join(("", "swapped in answers that pass:", *accepted_table(answers, threshold))))
    for kind in KINDS:
        passed = [s for s in (*swapped, *answers) if s.pair.kind == kind and s.accepted(threshold)]
        for item in passed[: arguments.show]:
            print(f"\n{kind} {item.support:.2f}: {item.pair.statement}\n    {item.pair.cited}")


if __name__ == "__main__":
    main()
