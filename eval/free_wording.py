"""Statements written to fool the checks, and true ones → how many of each are asserted.

``python -m eval.free_wording`` reads ``seeds/free-wording.jsonl`` and prints by kind how many stand
with free wording allowed and how many as it ships, where what isn't the source's own wording is
replaced by a quote. Support and threshold are the shipped ones.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.swaps import shipped_verifier
from index.records import Hit, Metadata, Scores, Sentence
from qa.generation.instruct.claims import Refused, Stating
from qa.generation.instruct.reply import Claim
from qa.generation.writing import SupportCheck
from qa.records import Evidence
from qa.settings import Settings

STATEMENTS = Path("seeds/free-wording.jsonl")


@dataclass(frozen=True, slots=True)
class Wording:
    """A statement, the sentences it cites with their speakers, and whether they say it."""

    statement: str
    cited: tuple[tuple[str, str], ...]
    true: bool
    kind: str


def read(path: Path = STATEMENTS) -> tuple[Wording, ...]:
    """Return the statements of a file."""
    return tuple(
        Wording(
            row["statement"],
            tuple((item["speaker"], item["text"]) for item in row["evidence"]),
            row["true"],
            row["kind"],
        )
        for row in map(json.loads, path.read_text("utf-8").splitlines())
    )


def asserted(wording: Wording, check: SupportCheck, *, free: bool) -> bool:
    """Return whether the statement itself would stand in an answer, in its own words."""
    evidence = _evidence(wording.cited)
    claim = Claim(wording.statement, tuple(evidence))
    found = Stating(check, free).stated(claim, evidence)
    return not isinstance(found, Refused) and any(not written.quoted for written in found)


def table(wordings: Sequence[Wording], ways: dict[str, Callable[[Wording], bool]]) -> list[str]:
    """Render how many are asserted, by kind, in each way of deciding."""
    counts = {name: Counter(w.kind for w in wordings if way(w)) for name, way in ways.items()}
    of = Counter(wording.kind for wording in wordings)
    false = {wording.kind for wording in wordings if not wording.true}
    rows = [f"| kind | {' | '.join(ways)} | of |", f"|---|{'---|' * (len(ways) + 1)}"]
    for kind in sorted(of):
        rows.append(
            f"| {kind} | {' | '.join(str(c[kind]) for c in counts.values())} | {of[kind]} |"
        )
    sums = [sum(c[kind] for kind in false) for c in counts.values()]
    total = sum(of[kind] for kind in false)
    rows.append(f"| **all false ones** | {' | '.join(map(str, sums))} | {total} |")
    return rows


def _evidence(cited: Sequence[tuple[str, str]]) -> dict[int, Evidence]:
    """Return sentences as one passage of one document."""
    text, sentences = "", []
    for turn, (speaker, said) in enumerate(cited):
        sentences.append(Sentence(turn, turn, speaker, len(text), len(text) + len(said)))
        text += said + "\n"
    speakers = tuple(speaker for speaker, _ in cited)
    hit = Hit(
        passage_id="wording:0",
        document_id="wording",
        document_version="0",
        metadata=Metadata("Statements"),
        speakers=speakers,
        text=text,
        char_start=0,
        char_end=len(text),
        scores=Scores(None, None, 0.0),
        passage_key=0,
        sentences=tuple(sentences),
    )
    return {
        number: Evidence(hit, place, text[place.char_start : place.char_end], text, 1.0)
        for number, place in enumerate(sentences, start=1)
    }


def main() -> None:
    """Run the measurement and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--statements", type=Path, default=STATEMENTS)
    parser.add_argument(
        "--show", action="store_true", help="print the false ones that are asserted"
    )
    arguments = parser.parse_args()
    wordings = read(arguments.statements)
    check = shipped_verifier(Settings())
    ways: dict[str, Callable[[Wording], bool]] = {
        "free wording": lambda wording: asserted(wording, check, free=True),
        "as it ships": lambda wording: asserted(wording, check, free=False),
    }
    print("\n".join(table(wordings, ways)))
    for wording in wordings if arguments.show else ():
        passed = [name for name, way in ways.items() if not wording.true and way(wording)]
        if passed:
            print(f"{', '.join(passed)}: {wording.statement}")


if __name__ == "__main__":
    main()
