"""Let processes ingest and query one data directory at once, and check what each of them sees.

Writers ingest, replace and delete; readers search. No process may meet an error, no search may miss
what was acknowledged over a second ago, and every hit must quote its source where it says.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from index.errors import DeletedDocument
from index.library import Library
from index.records import Accepted
from scripts.torture import CountingEncoder, mark_of, talk

# What another process acknowledged must be seen after this long, in seconds.
STALE_S = 1.0

# Transcripts of each writer; few enough that most rounds replace.
TALKS = 60

BATCH = 10


@dataclass(frozen=True, slots=True)
class Result:
    """What one process did: its counts as it printed them, and what it complained of."""

    role: str
    said: str
    errors: str
    ok: bool


def stress(folder: Path, seconds: float, writers: int = 2, readers: int = 2) -> tuple[Result, ...]:
    """Run the processes for some seconds, and return what each of them has to say."""
    roles = [f"writer-{i}" for i in range(writers)] + [f"reader-{i}" for i in range(readers)]
    running = [
        (
            role,
            subprocess.Popen(
                [
                    *(sys.executable, "-m", "scripts.stress", "--role", role),
                    *("--folder", str(folder), "--seconds", str(seconds)),
                ],
                cwd=Path(__file__).parent.parent,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ),
        )
        for role in roles
    ]
    results = []
    for role, process in running:
        said, errors = process.communicate()
        results.append(Result(role, said.strip(), errors.strip(), process.returncode == 0))
    return tuple(results)


def write(library: Library, log: Path, number: int, seconds: float) -> str:
    """Ingest, replace and delete until the time is over; note each acknowledgement in the log."""
    random_ = random.Random(number)
    began = time.monotonic()
    done = deleted = round_number = 0
    with log.open("a", encoding="ascii") as out:
        while time.monotonic() < began + seconds:
            round_number += 1
            picked = random_.sample(range(number * 1000, number * 1000 + TALKS), BATCH)
            wait = bool(random_.randrange(3))
            for each, result in zip(
                picked,
                library.ingest((talk(round_number, i) for i in picked), wait=wait),
                strict=True,
            ):
                assert isinstance(result, Accepted), result
                out.write(f"{time.monotonic()} {each} {round_number}\n")
                out.flush()
                done += 1
            if random_.randrange(3) == 0:
                library.delete(f"talk-{picked[0]:04d}")
                out.write(f"{time.monotonic()} {picked[0]} -{round_number}\n")
                out.flush()
                deleted += 1
            if not wait:
                library.encode_pending()
    return f"{done} ingested, {deleted} deleted"


def read(library: Library, logs: Path, number: int, seconds: float) -> str:
    """Search for what was acknowledged until the time is over; raise on anything stale or wrong."""
    random_ = random.Random(100 + number)
    began = time.monotonic()
    searches = checked = 0
    while time.monotonic() < began + seconds:
        settled = _settled(logs, time.monotonic() - STALE_S)
        for each, round_number in random_.sample(sorted(settled.items()), min(5, len(settled))):
            document_id = f"talk-{each:04d}"
            mark = f"Round{abs(round_number)}x{each}x"
            hits = library.search(f"{mark} said so", limit=5)
            searches += 1
            for hit in hits:
                _quotes(library, hit.document_id, hit.document_version, hit.text, hit.char_start)
            # Whatever changed while it was searched for can't be judged.
            if _settled(logs, time.monotonic()).get(each) != round_number:
                continue
            try:
                current = mark_of(library.text(document_id))
            except DeletedDocument:
                current = None
            if current != (mark if round_number > 0 else None):
                # A change that isn't acknowledged yet; the next round knows.
                continue
            found = any(hit.document_id == document_id and mark in hit.text for hit in hits)
            assert found == (round_number > 0), f"stale: {mark} found: {found}"
            checked += 1
    assert checked or not searches, "nothing could be judged"
    return f"{searches} searches, {checked} judged"


def _quotes(library: Library, document_id: str, version: str, text: str, start: int) -> None:
    try:
        whole = library.text(document_id, version)
    except DeletedDocument:
        return
    assert whole[start : start + len(text)] == text, f"{document_id}: not a quote"


def _settled(logs: Path, before: float) -> dict[int, int]:
    """Return each talk's last round, negative for deleted, for those that are quiet since."""
    last: dict[int, tuple[float, int]] = {}
    for log in sorted(logs.glob("*.log")):
        for line in log.read_text(encoding="ascii").splitlines(keepends=True):
            if line.endswith("\n"):
                at, each, round_number = line.split()
                last[int(each)] = (float(at), int(round_number))
    return {each: number for each, (at, number) in last.items() if at <= before}


def main() -> None:
    """Run the processes and print what each did; exit 1 when one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--role", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.role is None:
        with tempfile.TemporaryDirectory() as folder:
            results = stress(Path(folder), arguments.seconds)
        for result in results:
            sys.stdout.write(f"{result.role}: {result.said or 'failed'}\n{result.errors}\n")
        sys.exit(0 if all(result.ok for result in results) else 1)
    role, _, number = arguments.role.partition("-")
    folder = arguments.folder
    library = Library.open(folder / "data", CountingEncoder("stress", Path(os.devnull)))
    work = write if role == "writer" else read
    place = folder / f"{arguments.role}.log" if role == "writer" else folder
    sys.stdout.write(work(library, place, int(number), arguments.seconds) + "\n")
    library.close()


if __name__ == "__main__":
    main()
