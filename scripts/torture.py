"""Kill an ingest at random instants, again and again, and check that nothing was lost.

Each round starts ``transcript-qa ingest`` on many small transcripts in a process of its own, kills
it with SIGKILL after a random time, and opens the data directory again. What had been acknowledged
must be there, answer with its own words, and both indexes must agree with the database.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from index.library import Library
from qa.service import open_encoder
from qa.settings import Settings

# One child process ingests this many transcripts in a round; enough to be killed in the middle.
SOURCES = 400

# Prints the id of every accepted document as soon as it is acknowledged.
_CHILD = """
import sys
from pathlib import Path
from index.library import Library
from index.records import Accepted, Source
from qa.service import open_encoder
from qa.settings import Settings
import index.ingest
# Small groups: more commits, and so more instants between them to be killed at.
index.ingest.GROUP_CHARS = 2000
settings = Settings()
library = Library.open(settings.data_dir, open_encoder(settings))
print("ready", flush=True)
files = sorted(Path(sys.argv[1]).glob("*.txt"))
for result in library.ingest(Source(f.name, f.read_bytes()) for f in files):
    assert isinstance(result, Accepted), result
    print(result.document_id, result.document_version, result.name, flush=True)
print("done", flush=True)
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one kill left behind."""

    acknowledged: int
    finished: bool
    problems: tuple[str, ...]


def write_sources(folder: Path, round_number: int, random_: random.Random) -> None:
    """Write the round's transcripts; half of the names were there before, with other words."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(SOURCES):
        name = folder / f"talk-{i:04d}.txt"
        if round_number and random_.random() < 0.5:
            continue
        words = " ".join(random_.choices(["river", "bridge", "vote", "train", "winter"], k=30))
        name.write_text(
            f"ANN: Round {round_number} of talk number {i}, {words}.\nBEN: Marker{i} agreed.\n",
            encoding="utf-8",
        )


def tortured(folder: Path, kills: int, seed: int) -> Iterator[Outcome]:
    """Yield the outcome of each kill."""
    random_ = random.Random(seed)
    settings = Settings(data_dir=folder / "data")
    encoder = open_encoder(settings)
    environment = os.environ | {"TRANSCRIPT_QA_DATA_DIR": str(settings.data_dir)}
    for round_number in range(kills):
        write_sources(folder / "sources", round_number, random_)
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(folder / "sources")],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        # Some rounds are killed while opening, most while writing.
        delay = random_.uniform(0.0, 3.0)
        try:
            child.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        output, _ = child.communicate()
        lines = output.splitlines()
        # The last line may have been cut by the kill.
        whole = lines if output.endswith("\n") else lines[:-1]
        acknowledged = [line.split() for line in whole if line not in ("ready", "done")]
        library = Library.open(settings.data_dir, encoder)
        problems = tuple(_problems(library, acknowledged))
        library.close()
        yield Outcome(len(acknowledged), "done" in whole, problems)


def _problems(library: Library, acknowledged: list[list[str]]) -> Iterator[str]:
    for check in library.check():
        if not check.ok:
            yield f"{check.name}: {check.detail} {dict(check.values)}"
    for document_id, version, name in acknowledged:
        info = library.document(document_id)
        if info.document_version != version:
            yield f"{name}: acknowledged version {version}, found {info.document_version}"
        if len(library.turns(document_id)) != 2:
            yield f"{name}: half there"
    for document_id, _, name in acknowledged[-20:]:
        number = int(name.removeprefix("talk-").removesuffix(".txt"))
        text = library.text(document_id)
        for hit in library.search(f"Marker{number} agreed", limit=3):
            if hit.text not in library.text(hit.document_id):
                yield f"{name}: a hit doesn't quote its source"
        if not any(
            hit.document_id == document_id for hit in library.search(f"Marker{number}", limit=3)
        ):
            yield f"{name}: acknowledged but not found"
        if f"Marker{number} agreed" not in text:
            yield f"{name}: other words"


def main() -> None:
    """Run the kills and print what each left; exit 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for i, outcome in enumerate(tortured(Path(folder), arguments.kills, arguments.seed), 1):
            state = "finished" if outcome.finished else "killed"
            sys.stdout.write(f"{i}: {state}, {outcome.acknowledged} acknowledged\n")
            for problem in outcome.problems:
                sys.stdout.write(f"   {problem}\n")
            failed += bool(outcome.problems)
    sys.stdout.write(f"{arguments.kills} rounds, {failed} with problems\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
