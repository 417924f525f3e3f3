"""Statements that say something else than their evidence → how many the verifier lets through.

``python -m eval.swaps --data-root DIR`` cites unchanged sentences for swapped statements
(``eval.swapping``); beside them it takes sentences of QMSum's answers, which ought to pass. Support
and threshold are the shipped ones, or with ``--no-similarity`` words alone, whose
threshold is chosen on QMSum's train meetings; what is printed is of the others. ``--held-out``
swaps in sentences that the checks were not made with: QMSum's train meetings' transcripts, and the
sentences of QMSum's validation answers themselves.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.swapping import (
    KINDS,
    Pair,
    lines_of,
    paraphrases,
    swapped_answers,
    swaps,
    unseen_lines,
    wrong_evidence,
)
from qa.reader.cross_encoder import OnnxReader, built_reader
from qa.service import open_encoder, open_verifier
from qa.settings import Settings
from qa.verify import Verifier, hard_reasons
from qa.verify.similarity import EncoderSimilarity

PARAPHRASES = 1000
THRESHOLDS = tuple(step / 20 for step in range(17))
MAX_REFUSED = 0.03
"""Share of the true paraphrases that pass the checks and may yet be refused for their support."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A pair after the checks: what they hold against it, and its support."""

    pair: Pair
    reasons: tuple[str, ...]
    support: float

    def accepted(self, threshold: float) -> bool:
        """Return whether the statement passes at a threshold."""
        return not self.reasons and self.support >= threshold


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
    groups: dict[str, list[Scored]] = defaultdict(list)
    for item in scored:
        where = "of the transcript" if item.pair.local else "from elsewhere"
        groups[f"{item.pair.kind}, {where}"].append(item)
        if item.pair.inside:
            groups[f"{item.pair.kind}, in the cited sentence"].append(item)
        groups[item.pair.kind].append(item)
    rows = [
        "| swapped | accepted | of |",
        "|---|---|---|",
    ]
    for name in sorted(groups):
        accepted = sum(item.accepted(threshold) for item in groups[name])
        rows.append(f"| {name} | {accepted} | {len(groups[name])} |")
    return rows


def report(
    swapped: Sequence[Scored],
    true: Sequence[Scored],
    misplaced: Sequence[Scored],
    threshold: float,
) -> str:
    """Render accepted rates per kind at the threshold, and the curve."""
    rows = [
        f"threshold {threshold:.2f}",
        "",
        *accepted_table(swapped, threshold),
    ]
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


def shipped_verifier(settings: Settings) -> Verifier:
    """Return the checks that the service uses, with the trained support and its threshold."""
    reader = OnnxReader(built_reader(settings.cache_dir), settings.threads)
    return open_verifier(EncoderSimilarity(open_encoder(settings)), reader)


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
    rng = random.Random(arguments.seed)  # noqa: S311  a draw that can be repeated
    verifier = Verifier() if arguments.no_similarity else shipped_verifier(Settings())
    train = score(paraphrases(arguments.data_root, "train", rng, PARAPHRASES), verifier)
    pairs = paraphrases(arguments.data_root, "val", rng, PARAPHRASES)
    true = score(pairs, verifier)
    misplaced = score(wrong_evidence(pairs), verifier)
    if arguments.held_out:
        answers = score(swapped_answers([t.pair for t in true if not t.reasons], rng), verifier)
        lines = unseen_lines(arguments.data_root, rng)
    else:
        answers = []
        lines = lines_of(arguments.data_root, arguments.seeds, rng)
    swapped = score(swaps(lines, rng), verifier)
    threshold = choose(train) if arguments.no_similarity else verifier.threshold
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
