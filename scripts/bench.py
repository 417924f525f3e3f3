"""Measure on this machine: start to ready, search and answers over HTTP, and short answers.

Prints load and cores beside the figures, since machines are shared; compare two figures only when
they come from one run. Answers in mode ``auto`` are told apart by what was done for them: a median
over answers that the language model phrased and abstentions that it never saw says nothing.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx

from api.filters import filters_of
from api.schemas import FiltersIn
from eval.aggregate import score_all
from eval.dataset import Selection, load
from eval.held_out import between, untrained
from eval.journal import RECORDS, read
from eval.metrics import by_name
from eval.records import Observation
from eval.render import spread as spread_of
from eval.runner import run
from eval.targets.http import HttpTarget
from index.records import Filters, Hit
from qa.service import Service
from qa.settings import Settings

Search = Callable[[str, Filters, int], Sequence[Hit]]

ROOT = Path(__file__).parent.parent

# Each start is a process of its own; the first may find cold file caches and is shown apart.
STARTS = 5

# Longer than any start should take; a server that isn't up by then isn't coming.
START_TIMEOUT_S = 120.0

# Enough that a token F1 is known to about four hundredths (95 %).
QUESTIONS = 500
SEED = 0

# Of Spoken-SQuAD: later than the articles that the network for short answers was trained on.
DOCUMENTS = ("squad-18", "squad-35")

# Passages of a search: as many as a client gets that doesn't say.
HITS = 10

WITH_MODEL = "answered with the language model"
WITHOUT_MODEL = "answered without it"
ABSTAINED_AFTER = "abstained after the language model"
ABSTAINED = "abstained without it"
KINDS = (WITH_MODEL, WITHOUT_MODEL, ABSTAINED_AFTER, ABSTAINED)


def ingest_seeds(data_dir: Path) -> None:
    """Ingest the seed transcripts into a data directory, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "api", "ingest", str(ROOT / "seeds" / "transcripts")],
        cwd=ROOT,
        env=os.environ | {"TRANSCRIPT_QA_DATA_DIR": str(data_dir)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


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


def kind_of(answer: Mapping[str, Any]) -> str:
    """Return what was done for an answer, by its status and the time that the model took."""
    asked = answer["timings_ms"].get("generate", 0.0) > 0
    if answer["status"] == "abstained":
        return ABSTAINED_AFTER if asked else ABSTAINED
    return WITH_MODEL if asked else WITHOUT_MODEL


def told_apart(answers: Sequence[tuple[Mapping[str, Any], float]]) -> list[str]:
    """Return a line for each kind of (answer, milliseconds) that occurs, and what was generated."""
    lines = []
    for kind in KINDS:
        if times := [ms for answer, ms in answers if kind_of(answer) == kind]:
            lines.append(f"{kind}: {spread(times, 'ms')}")
    generated = sum(
        any(statement["origin"] == "generated" for statement in answer["statements"])
        for answer, _ in answers
    )
    degraded = sum(bool(answer["degraded"]) for answer, _ in answers)
    lines.append(f"of {len(answers)}: {generated} with a generated statement, {degraded} degraded")
    return lines


def questions() -> list[dict[str, Any]]:
    """Return the built-in questions as requests, with the filters that they have."""
    lines = (ROOT / "seeds" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [{"question": row["question"], "filters": row.get("filters")} for row in rows]


def search_beside(search: Search, kept: httpx.Client, repeats: int) -> list[str]:
    """Return the lines that say what HTTP on a kept connection adds to a search.

    The two take turns, so that whatever else runs on the machine slows both. Each repeat has words
    of its own, so both really search; then they do so again, and answer from memory.
    """
    times: dict[str, tuple[list[float], list[float]]] = {
        "search": ([], []),
        "the same again": ([], []),
    }
    for repeat in range(repeats):
        for each in questions():
            body = {**each, "query": f"{each['question']} {repeat}", "limit": HITS}
            del body["question"]
            filters = filters_of(FiltersIn.model_validate(each["filters"] or {}))
            for inside, over in times.values():
                started = time.perf_counter()
                search(body["query"], filters, HITS)
                inside.append(1000 * (time.perf_counter() - started))
                started = time.perf_counter()
                kept.post("/v1/search", json=body).raise_for_status()
                over.append(1000 * (time.perf_counter() - started))
    lines = []
    for name, (inside, over) in times.items():
        p50, http = statistics.median(inside), statistics.median(over)
        lines += [
            f"{name}, in process: {spread(inside, 'ms')}",
            f"{name}, over HTTP, connection kept: {spread(over, 'ms')}",
            f"  p50 over HTTP {http - p50:.2f} ms above in process, {http / p50:.2f} times",
        ]
    return lines


def ask_all(client: httpx.Client, mode: str, repeats: int) -> list[tuple[dict[str, Any], float]]:
    """Return each answer with its milliseconds, every question asked ``repeats`` times."""
    answers: list[tuple[dict[str, Any], float]] = []
    for _ in range(repeats):
        for question in questions():
            started = time.perf_counter()
            response = client.post("/v1/ask", json={**question, "mode": mode})
            milliseconds = 1000 * (time.perf_counter() - started)
            answers.append((response.raise_for_status().json(), milliseconds))
    return answers


def short_answers(
    address: str, data: Path, documents: tuple[str, str], count: int, seed: int
) -> list[str]:
    """Ask a set's questions, each within its document, and return its short answers' scores.

    Args:
        address: where the service listens.
        data: folder of the set.
        documents: the first and last id of the documents that are asked about.
        count: questions to draw.
        seed: draws them.
    """
    loaded = load(data)
    asked = between(loaded, *documents)
    with closing(HttpTarget(address)) as target, tempfile.TemporaryDirectory() as out:
        selection = Selection(limit=count, seed=seed)
        summary = run(asked, target, Path(out), selection=selection, scope="document")
        observations = read(Path(out) / RECORDS)
    lines = [f"{asked.name}: {summary.run.questions} questions, seed {seed}, mode auto"]
    degraded, errors = dict(summary.degraded) or "none", dict(summary.errors) or "none"
    lines.append(f"degraded: {degraded}; errors: {errors}")
    lines += _scores(observations)
    # The network for short answers wasn't trained on any of these, the ranker on some.
    ids = untrained(data.name, loaded)
    unseen = [each for each in observations if each.document_id in ids]
    if len(unseen) < len(observations):
        lines.append(f"of those, {len(unseen)} about documents that the ranker wasn't trained on")
        lines += _scores(unseen)
    return lines


def _scores(observations: Sequence[Observation]) -> list[str]:
    """Return a line per metric, with its 95 % interval and how many questions it could score."""
    lines = []
    metrics = [by_name(name) for name in ("short_f1", "short_exact_match", "sentence_hit@1")]
    for found in score_all(observations, metrics):
        value = "unscored" if found.value is None else spread_of(found)
        lines.append(f"  {found.metric}: {value} ({found.eligible} of {found.total})")
    return lines


def main() -> None:
    """Run the benchmarks and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="times that each question is asked")
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--modes", nargs="*", default=["quote", "auto"])
    parser.add_argument(
        "--data", type=Path, help="a data set for short answers (docs/evaluation.md)"
    )
    parser.add_argument("--documents", nargs=2, default=DOCUMENTS, help="its first and last id")
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="how many of that set")
    parser.add_argument("--seed", type=int, default=SEED, help="draws those")
    arguments = parser.parse_args()
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"cores {os.cpu_count()}, load before {load}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        ingest_seeds(data_dir)
        starts = []
        for _ in range(arguments.starts):
            with serving(data_dir) as (_, seconds):
                starts.append(seconds)
        if starts:
            print(f"start to ready: first {starts[0]:.2f} s; {spread(starts, 's')}", flush=True)
        with serving(data_dir) as (client, _):
            # Searching needs no language model.
            with closing(Service.open(Settings(data_dir=data_dir, llm="none"))) as service:
                for line in search_beside(service.search, client, arguments.repeats):
                    print(line, flush=True)
            for mode in arguments.modes:
                ask_all(client, mode, 1)
                answers = ask_all(client, mode, arguments.repeats)
                times = [milliseconds for _, milliseconds in answers]
                print(f"answer over HTTP, mode {mode}: {spread(times, 'ms')}")
                for line in told_apart(answers):
                    print(f"  {line}", flush=True)
            if arguments.data:
                address = str(client.base_url)
                documents = (arguments.documents[0], arguments.documents[1])
                for line in short_answers(
                    address, arguments.data, documents, arguments.questions, arguments.seed
                ):
                    print(line, flush=True)
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    print(f"load after {load}")


if __name__ == "__main__":
    main()
