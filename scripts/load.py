"""Let many clients ask the real server at once, and say how it bears them.

Each client asks one question after another, in a mode that a seed draws. One that is refused waits
a second, less than it is told to, so that the pressure stays. It is a fault when an accepted
request takes longer than ``MAX_WAIT_S``, when a refusal doesn't say when to come back, and when
anything else goes wrong; then the exit code is 1.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from api.concurrency import MAX_WAIT_S
from scripts.bench import serving

ROOT = Path(__file__).parent.parent

KINDS = ("quote", "auto", "search")

# A request that takes longer counts as failed; what is accepted should take MAX_WAIT_S at most.
TIMEOUT_S = 60.0

REFUSED_PAUSE_S = 1.0
SAMPLE_S = 0.5

OK, REFUSED = 200, 503
# Instead of a status, where the connection failed or took too long.
FAILED = 0

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it.

    Args:
        kind: one of ``KINDS``.
        status: HTTP status, or ``FAILED``.
        seconds: from sending it to having read the response.
        retry_after: the header, None without it.
    """

    kind: str
    status: int
    seconds: float
    retry_after: str | None = None


def exchange(address: str, kind: str, text: str) -> Exchange:
    """Ask once; nothing that can go wrong is raised."""
    path, body = "/v1/ask", {"question": text, "mode": kind}
    if kind == "search":
        path, body = "/v1/search", {"query": text}
    began = time.perf_counter()
    status, retry_after = FAILED, None
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(body), headers)
        response = connection.getresponse()
        response.read()
        status, retry_after = response.status, response.headers["Retry-After"]
    except (OSError, http.client.HTTPException):
        pass
    finally:
        connection.close()
    return Exchange(kind, status, time.perf_counter() - began, retry_after)


def ask(address: str, questions: Sequence[str], number: int, until: float) -> list[Exchange]:
    """Ask as one client until the time is over; a question is never the same twice."""
    chosen = random.Random(number)
    exchanges: list[Exchange] = []
    while time.monotonic() < until:
        kind = chosen.choice(KINDS)
        text = f"{chosen.choice(questions)} {number}-{len(exchanges)}"
        done = exchange(address, kind, text)
        exchanges.append(done)
        if done.status != OK:
            time.sleep(REFUSED_PAUSE_S)
    return exchanges


def lines(exchanges: Sequence[Exchange], seconds: float) -> list[str]:
    """Return a line for each kind: throughput, times of what was accepted, refusals."""
    said = []
    for kind in KINDS:
        own = [e for e in exchanges if e.kind == kind]
        times = sorted(e.seconds for e in own if e.status == OK)
        refused = [e for e in own if e.status == REFUSED]
        told = sum(e.retry_after is not None for e in refused)
        spread = "none accepted"
        if times:
            p50, p95, p99 = (percentile(times, share) for share in (0.5, 0.95, 0.99))
            spread = f"p50 {p50:.2f} s, p95 {p95:.2f} s, p99 {p99:.2f} s, longest {times[-1]:.2f} s"
        said.append(
            f"{kind}: {len(times) / seconds:.2f} a second, {spread}; "
            f"{len(refused)} refused, {told} of them with Retry-After"
        )
    return said


def percentile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which that share of a sorted list lies; the list isn't empty."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def faults(exchanges: Sequence[Exchange], max_wait_s: float = MAX_WAIT_S) -> list[str]:
    """Return what must not happen, and how often it did."""
    slow = sum(e.status == OK and e.seconds > max_wait_s for e in exchanges)
    untold = sum(e.status == REFUSED and e.retry_after is None for e in exchanges)
    wrong = [e.status for e in exchanges if e.status not in (OK, REFUSED)]
    counted = (
        (slow, f"accepted but took over {max_wait_s:g} s"),
        (untold, "refused without Retry-After"),
        (len(wrong), f"neither answered nor refused (statuses {sorted(set(wrong))})"),
    )
    return [f"{count} {what}" for count, what in counted if count]


def main() -> None:
    """Run the load and print what came of it; exit code 1 if there were faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--clients", type=int, default=64)
    arguments = parser.parse_args()
    rows = (ROOT / "seeds" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [str(json.loads(row)["question"]) for row in rows]
    print(f"cores {os.cpu_count()}, load before {os.getloadavg()[0]:.2f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "api", "ingest", str(ROOT / "seeds" / "transcripts")],
            cwd=ROOT,
            env=os.environ | {"TRANSCRIPT_QA_DATA_DIR": folder},
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with (
            serving(Path(folder)) as (client, _),
            ThreadPoolExecutor(arguments.clients) as pool,
        ):
            address = client.base_url.netloc.decode()
            (server,) = psutil.Process().children()
            before, most = sum(server.cpu_times()[:2]), 0
            until = time.monotonic() + arguments.seconds
            asking = [
                pool.submit(ask, address, questions, number, until)
                for number in range(arguments.clients)
            ]
            while not all(each.done() for each in asking):
                tree = [server, *server.children(recursive=True)]
                most = max(most, sum(process.memory_info().rss for process in tree))
                time.sleep(SAMPLE_S)
            used = sum(server.cpu_times()[:2]) - before
            exchanges = [done for each in asking for done in each.result()]
    print("\n".join(lines(exchanges, arguments.seconds)))
    print(
        f"processor time of the server {used:.1f} s; with its model {most // MEGABYTE} MB at most"
    )
    found = faults(exchanges)
    print("\n".join(found) or "no faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
