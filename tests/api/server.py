"""The real thing: a process that serves, over a data directory that the command line filled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Longest that a command may take on a busy machine before the test gives up.
PATIENCE_S = 120


@dataclass(frozen=True)
class Served:
    """A running server: its address and the data directory that it serves."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]


def environment(data_dir: Path) -> dict[str, str]:
    """Return the environment of the tests, its settings dropped but for where models are kept."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TRANSCRIPT_QA_") or name == "TRANSCRIPT_QA_CACHE_DIR"
    }
    return {**kept, "TRANSCRIPT_QA_DATA_DIR": str(data_dir)}


def command(
    data_dir: Path, *arguments: str, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env=environment(data_dir),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@contextmanager
def serve(data_dir: Path, ingest: Sequence[Path] = ()) -> Iterator[Served]:
    """Ingest, serve on a free port, and end the server afterwards."""
    if ingest:
        ran = command(data_dir, "ingest", *map(str, ingest))
        assert ran.returncode == 0, ran.stderr
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "serve", "--port", "0"],
        cwd=ROOT,
        env=environment(data_dir),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Serving on http://127.0.0.1:"), line
        yield Served(line.split()[-1].rstrip("/"), data_dir, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)
