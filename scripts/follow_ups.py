"""Follow-up questions on the seed transcripts, asked of the service as it ships.

``python -m scripts.follow_ups [--file followups.jsonl]`` asks each pair with its history and
without it, and prints which are right: the first statement cites a gold sentence, and names the
speaker where that was asked.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from index.formats import pair_sidecars
from index.records import Source
from qa.records import Answer, Ask, CitedSpan, Exchange
from qa.service import Service
from qa.settings import Settings

SEEDS = Path(__file__).resolve().parents[1] / "seeds"


@dataclass(frozen=True, slots=True)
class Pair:
    """A question, a follow-up that means nothing without it, and the sentences that answer.

    Each item of ``evidence`` is how a sentence begins.
    """

    id: str
    first: str
    question: str
    speaker: str | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A pair with the answer to its follow-up, and the one when the history is withheld."""

    pair: Pair
    answer: Answer
    withheld: Answer

    @property
    def right(self) -> bool:
        """Return whether the follow-up was answered."""
        return is_right(self.pair, self.answer)

    @property
    def right_withheld(self) -> bool:
        """Return whether it was answered without what was asked before."""
        return is_right(self.pair, self.withheld)


def read_pairs(path: Path) -> list[Pair]:
    """Read pairs, one JSON object a line."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    return [
        Pair(r["id"], r["first"], r["question"], r["speaker"], tuple(r["evidence"])) for r in rows
    ]


@contextmanager
def seeded_service(data_dir: Path, settings: Settings | None = None) -> Iterator[Service]:
    """Open the service as it ships, with the seed transcripts in a folder that is empty."""
    with closing(Service.open(settings or Settings(data_dir=data_dir))) as service:
        files = {path.name: path.read_bytes() for path in (SEEDS / "transcripts").iterdir()}
        list(
            service.library.ingest(
                Source(name, files[name], sidecar=files[beside] if beside else None)
                for name, beside in pair_sidecars(sorted(files))
            )
        )
        yield service


def asked(service: Service, pair: Pair) -> Asked:
    """Ask a pair as a client does that sends back what it was answered."""
    history = (exchange_of(pair.first, service.ask(Ask(pair.first))),)
    answer = service.ask(Ask(pair.question, history=history))
    return Asked(pair, answer, service.ask(Ask(pair.question)))


def exchange_of(question: str, answer: Answer) -> Exchange:
    """Return a question and its answer as history."""
    spans = tuple(
        CitedSpan(c.document_id, c.document_version, c.char_start, c.char_end)
        for c in answer.citations
    )
    return Exchange(question, answer.answer, spans)


def is_right(pair: Pair, answer: Answer) -> bool:
    """Return whether the first statement cites a gold sentence, and names the speaker if asked."""
    if answer.status != "answered":
        return False
    first = answer.citations[answer.statements[0].citations[0] - 1]
    quote = " ".join(first.quote.split())
    return any(quote.startswith(begins) for begins in pair.evidence) and (
        pair.speaker is None or answer.short_answer == pair.speaker
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Print a line a pair, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", default="followups.jsonl", help="a file of pairs in seeds/")
    pairs = read_pairs(SEEDS / parser.parse_args(argv).file)
    with (
        tempfile.TemporaryDirectory() as folder,
        seeded_service(Path(folder)) as service,
    ):
        found = [asked(service, pair) for pair in pairs]
    for item in found:
        mark = "right" if item.right else "wrong"
        print(f"{item.pair.id}  {mark}  {item.pair.question}  → {item.answer.rewritten_question}")
        if not item.right:
            said = item.answer.citations[0].quote if item.answer.citations else "(abstained)"
            print(f"    {item.answer.status} {item.answer.confidence}: {said}")
    right = sum(item.right for item in found)
    withheld = sum(item.right_withheld for item in found)
    print(f"{right} of {len(found)} right, {withheld} when the history is withheld")


if __name__ == "__main__":
    main()
