"""Kill a process at random instants of its work, again and again, and check that nothing was lost.

Each round starts a process that ingests and replaces, brings back older versions, deletes, purges
or reindexes many small transcripts, kills it with SIGKILL at a random instant, and opens the data
directory again. Then everything that was acknowledged must be there, whole, findable by its words;
citations into older versions must resolve unless they were purged; both indexes must agree with the
database; and no passage whose vectors were committed may have been encoded again.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from index.admin.reindex import reindex
from index.encoders.base import PassageInput, PassageVectors, Vectors
from index.errors import DeletedDocument, UnknownDocument
from index.ingest import encoding, ingest
from index.library import Library
from index.records import Accepted, Source

Action = Literal["ingest", "revert", "delete", "purge", "reindex"]

# Transcripts in play; a process takes seconds for all of them, so that it is killed in the middle.
TALKS = 200

# The longest that a process is left alive once it is ready, in seconds.
LIFE_S = {"ingest": 2.0, "revert": 2.0, "delete": 1.0, "purge": 0.4, "reindex": 3.0}

# One in this many processes is killed while it opens.
OPENING = 8

_MARK = re.compile(r"Round(\d+)x(\d+)x")


class CountingEncoder:
    """Vectors from the letters of a text; writes down every passage before it encodes it."""

    dimension = 16

    def __init__(self, name: str, log: Path | None) -> None:
        self.id = name
        self._log = log

    def count_tokens(self, text: str) -> int:
        """Return the number of words."""
        return len(text.split())

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors, shape (len(texts), 16)."""
        counts = [[1 + text.count(chr(97 + i)) for i in range(self.dimension)] for text in texts]
        vectors = np.asarray(counts, np.float32)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit

    def encode_passages(self, passages: Sequence[PassageInput]) -> list[PassageVectors]:
        """Encode at a pace at which a kill can happen in the middle."""
        if self._log is not None:
            with self._log.open("a", encoding="ascii") as log:
                for passage in passages:
                    log.write(f"{self.id} {mark_of(passage.text)}\n")
            time.sleep(0.002 * len(passages))
        return [
            PassageVectors(
                self.encode_queries([p.text])[0],
                self.encode_queries([p.text[a:b] for a, b in p.sentences]),
            )
            for p in passages
        ]


@dataclass(slots=True)
class Expected:
    """What has to be there: the acknowledged state, and what an unacknowledged step may have done.

    ``versions`` has each document's current version, null once it is deleted; ``texts`` the words
    of every version that was ever acknowledged or sent.
    """

    versions: dict[str, str | None] = field(default_factory=dict)
    maybe: dict[str, set[str | None]] = field(default_factory=dict)
    cited: set[tuple[str, str]] = field(default_factory=set)
    purged: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one kill left behind."""

    action: Action
    acknowledged: int
    finished: bool
    problems: tuple[str, ...]


def mark_of(text: str) -> str:
    """Return the mark that makes a transcript's words unlike all others."""
    found = _MARK.search(text)
    assert found is not None, text
    return found.group(0)


def talk(round_number: int, number: int) -> Source:
    """Return the transcript of a talk as it is in a round."""
    words = f"ANN: The river rose, Round{round_number}x{number}x said so.\nBEN: It fell again.\n"
    return Source(f"talk-{number:04d}.txt", words.encode(), document_id=f"talk-{number:04d}")


def tortured(folder: Path, kills: int, seed: int) -> Iterator[Outcome]:
    """Yield the outcome of each kill; the first five do one of everything."""
    random_ = random.Random(seed)
    data_dir, log = folder / "data", folder / "encoded.log"
    log.touch()
    expected = Expected()
    sent: dict[str, list[int]] = {}
    for number in range(kills):
        actions = get_args(Action)
        action: Action = actions[number] if number < len(actions) else random_.choice(actions)
        plan = _plan(action, number, random_, sent)
        before = _committed(data_dir)
        seen = log.stat().st_size
        lines, whole = _run_and_kill(data_dir, log, action, number, plan, random_)
        acknowledged = _take_note(expected, lines, action, plan)
        problems = [*_problems(data_dir, expected)]
        with log.open(encoding="ascii") as file:
            file.seek(seen)
            encoded = [line.strip() for line in file if line.endswith("\n")]
        problems += [f"encoded again: {e}" for e in sorted(before.intersection(encoded))]
        problems += [f"encoded twice: {e}" for e in sorted(set(encoded)) if encoded.count(e) > 1]
        yield Outcome(action, acknowledged, whole, tuple(problems))


def _plan(
    action: Action, number: int, random_: random.Random, sent: dict[str, list[int]]
) -> list[tuple[int, int]]:
    """Return (round of the words, number of the talk) for what the process will send."""
    talks = random_.sample(range(TALKS), TALKS * 3 // 4)
    if action == "ingest":
        for each in talks:
            sent.setdefault(talk(0, each).key, []).append(number)
        return [(number, each) for each in talks]
    known = [each for each in talks if talk(0, each).key in sent]
    if action == "revert":
        return [(sent[talk(0, each).key][0], each) for each in known]
    return [(number, each) for each in known[: TALKS // 4]]


def _run_and_kill(
    data_dir: Path,
    log: Path,
    action: Action,
    number: int,
    plan: list[tuple[int, int]],
    random_: random.Random,
) -> tuple[list[list[str]], bool]:
    """Return the acknowledgements, and whether the process came to its end."""
    child = subprocess.Popen(
        [sys.executable, "-m", "scripts.torture", "--child", action, "--round", str(number)],
        cwd=Path(__file__).parent.parent,
        env=os.environ | {"TORTURE_DATA_DIR": str(data_dir), "TORTURE_LOG": str(log)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(" ".join(f"{a}:{b}" for a, b in plan) + "\n")
    child.stdin.close()
    child.stdin = None
    if random_.randrange(OPENING):
        child.stdout.readline()
        delay = random_.uniform(0.0, LIFE_S[action])
    else:
        delay = random_.uniform(0.0, 1.0)
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=delay)
    child.send_signal(signal.SIGKILL)
    output, _ = child.communicate()
    # The last line may have been cut by the kill.
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    lines = [line for line in lines if line != ["ready"]]
    return [line for line in lines if line != ["done"]], ["done"] in lines


def _take_note(
    expected: Expected, lines: list[list[str]], action: Action, plan: list[tuple[int, int]]
) -> int:
    """Change what is expected by what was acknowledged, and by what may have been done besides."""
    expected.maybe = {}
    for line in lines:
        if line[0] == "put":
            expected.versions[line[1]] = line[2]
            expected.cited.add((line[1], line[2]))
        elif line[0] == "deleted":
            expected.versions[line[1]] = None
    expected.purged = expected.purged or action == "purge"
    acknowledged = {line[1] for line in lines if len(line) > 1}
    for round_number, number in plan:
        document_id = f"talk-{number:04d}"
        if document_id not in acknowledged:
            after = None if action == "delete" else _version(talk(round_number, number))
            if action in ("ingest", "revert", "delete"):
                expected.maybe[document_id] = {after}
    return len(lines)


def _version(source: Source) -> str:
    from index.ingest.prepare import parse

    return parse(source, len(source.data))[0].version


def _serving(data_dir: Path) -> str:
    """Return the name of the encoder that serves now."""
    file = data_dir / "transcripts.sqlite3"
    if file.is_file():
        with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.Error):
            row = connection.execute("SELECT value FROM meta WHERE name = 'encoder'").fetchone()
            if row is not None:
                return str(row[0])
    return "encoder-0"


def _committed(data_dir: Path) -> set[str]:
    """Return what must never be encoded again: encoder and mark of every stored vector."""
    file = data_dir / "transcripts.sqlite3"
    if not file.is_file():
        return set()
    with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.Error):
        rows = connection.execute(
            "SELECT v.encoder, t.text FROM vectors v JOIN passages p ON p.key = v.passage_key "
            "JOIN versions t ON t.document_id = p.document_id AND t.version = p.version"
        )
        return {f"{encoder} {mark_of(text.decode())}" for encoder, text in rows}
    return set()


def _problems(data_dir: Path, expected: Expected) -> Iterator[str]:
    library = Library.open(data_dir, CountingEncoder(_serving(data_dir), None))
    for check in library.check():
        if not check.ok:
            yield f"{check.name}: {check.detail} {dict(check.values)}"
    for document_id, version in sorted(expected.versions.items()):
        allowed = {version} | expected.maybe.get(document_id, set())
        try:
            found: str | None = library.document(document_id).document_version
        except DeletedDocument:
            found = None
        if found not in allowed:
            yield f"{document_id}: expected {sorted(map(str, allowed))}, found {found}"
        expected.versions[document_id] = found
        if found is not None:
            yield from _whole(library, document_id)
    yield from _citations(library, expected)
    library.close()


def _whole(library: Library, document_id: str) -> Iterator[str]:
    text = library.text(document_id)
    turns = [text[t.char_start : t.char_end] for t in library.turns(document_id)]
    if [t.speaker for t in library.turns(document_id)] != ["ANN", "BEN"] or len(turns) != 2:
        yield f"{document_id}: half there: {turns}"
    if int(document_id[-2:]) % 5:
        return
    hits = library.search(f"{mark_of(text)} said so", limit=3)
    if not any(h.document_id == document_id and h.text in text for h in hits):
        yield f"{document_id}: acknowledged but not found by its words"


def _citations(library: Library, expected: Expected) -> Iterator[str]:
    for document_id, version in sorted(expected.cited):
        try:
            if f"x{int(document_id[-4:])}x" not in library.text(document_id, version):
                yield f"{document_id}: version {version} has other words"
        except DeletedDocument:
            deleted = expected.versions.get(document_id) is None
            if not deleted and not expected.purged:
                yield f"{document_id}: version {version} is gone and nobody purged it"


def child(action: Action, number: int) -> None:
    """Do one action on the data directory, and print what is acknowledged as soon as it is."""
    # Small commits: more instants between them to be killed at.
    ingest.GROUP_CHARS = 800
    encoding.BATCH_PASSAGES = 8
    data_dir, log = Path(os.environ["TORTURE_DATA_DIR"]), Path(os.environ["TORTURE_LOG"])
    plan = [tuple(map(int, pair.split(":"))) for pair in sys.stdin.readline().split()]
    if action == "reindex":
        print("ready", flush=True)
        reindex(data_dir, CountingEncoder(_next_encoder(data_dir, number), log))
        print("reindexed", flush=True)
    else:
        library = Library.open(data_dir, CountingEncoder(_serving(data_dir), log))
        print("ready", flush=True)
        if action in ("ingest", "revert"):
            for result in library.ingest(talk(*pair) for pair in plan):
                assert isinstance(result, Accepted), result
                print("put", result.document_id, result.document_version, flush=True)
        elif action == "delete":
            for _, each in plan:
                with suppress(DeletedDocument, UnknownDocument):
                    library.delete(f"talk-{each:04d}")
                    print("deleted", f"talk-{each:04d}", flush=True)
        else:
            library.purge()
            print("purged", flush=True)
    print("done", flush=True)


def _next_encoder(data_dir: Path, number: int) -> str:
    """Return the encoder of a reindex that was begun and killed, or a new one."""
    file = data_dir / "transcripts.sqlite3"
    with closing(sqlite3.connect(file)) as connection, suppress(sqlite3.Error):
        row = connection.execute(
            "SELECT json_extract(value, '$.encoder') FROM meta WHERE name = 'building'"
        ).fetchone()
        if row is not None:
            return str(row[0])
    return f"encoder-{number}"


def main() -> None:
    """Run the kills and print what each left; exit 1 when anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--child", choices=get_args(Action), help=argparse.SUPPRESS)
    parser.add_argument("--round", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child, arguments.round)
        return
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for i, outcome in enumerate(tortured(Path(folder), arguments.kills, arguments.seed), 1):
            state = "finished" if outcome.finished else "killed"
            sys.stdout.write(
                f"{i}: {outcome.action} {state}, {outcome.acknowledged} acknowledged\n"
            )
            for problem in outcome.problems:
                sys.stdout.write(f"   {problem}\n")
            sys.stdout.flush()
            failed += bool(outcome.problems)
    sys.stdout.write(f"{arguments.kills} rounds, {failed} with problems\n")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
