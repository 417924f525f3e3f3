"""Measure on this machine: start to ready, and answers over HTTP. Figures are context, not tests.

Prints load and cores beside every figure, since machines are shared; compare two figures only
when they come from one run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent

# Each start is a process of its own; the first may find cold file caches and is shown apart.
STARTS = 5

# Longer than any start should take; a server that isn't up by then isn't coming.
START_TIMEOUT_S = 120.0


@contextmanager
def serving(data_dir: Path, **environment: str) -> Iterator[tuple[httpx.Client, float]]:
    """Start a server on a free port; give a client and the seconds from start to ready."""
    started = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "api", "serve", "--port", "0"],
        cwd=ROOT,
        env=os.environ | {"TRANSCRIPT_QA_DATA_DIR": str(data_dir)} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        with httpx.Client(base_url=address, timeout=START_TIMEOUT_S) as client:
            while client.get("/readyz").status_code != 200:
                time.sleep(0.01)
            yield client, time.perf_counter() - started
    finally:
        server.terminate()
        server.wait()


def spread(values: Sequence[float], unit: str) -> str:
    """Return median and 95th percentile of a list as text."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return (
        f"median {statistics.median(ordered):.3g} {unit}, p95 {p95:.3g} {unit} (n={len(ordered)})"
    )


def questions() -> list[str]:
    """Return the built-in questions."""
    lines = (ROOT / "seeds" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines]


def ask_all(client: httpx.Client, mode: str, repeats: int) -> list[float]:
    """Return the milliseconds of each answer, every question asked ``repeats`` times."""
    times: list[float] = []
    for _ in range(repeats):
        for question in questions():
            started = time.perf_counter()
            client.post("/v1/ask", json={"question": question, "mode": mode}).raise_for_status()
            times.append(1000 * (time.perf_counter() - started))
    return times


def main() -> None:
    """Run the benchmarks and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--modes", nargs="*", default=["quote", "auto"])
    arguments = parser.parse_args()
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"cores {os.cpu_count()}, load before {load}")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        subprocess.run(
            [sys.executable, "-m", "api", "ingest", str(ROOT / "seeds" / "transcripts")],
            cwd=ROOT,
            env=os.environ | {"TRANSCRIPT_QA_DATA_DIR": str(data_dir)},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        starts = []
        for _ in range(STARTS):
            with serving(data_dir) as (_, seconds):
                starts.append(seconds)
        print(f"start to ready: first {starts[0]:.2f} s; {spread(starts, 's')}")
        with serving(data_dir) as (client, _):
            for mode in arguments.modes:
                ask_all(client, mode, 1)
                times = ask_all(client, mode, arguments.repeats)
                print(f"answer over HTTP, mode {mode}: {spread(times, 'ms')}")
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"load after {load}")


if __name__ == "__main__":
    main()
