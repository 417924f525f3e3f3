"""``python -m eval.retrieval.speed``: how long searches take, filtered ones too, and as they grow.

Only the figures of one run are comparable; machines are shared. Beside wall time stands the time
that the searching thread was on a core.
"""

from __future__ import annotations

import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from eval.dataset import load
from eval.retrieval.stock import Stock, StockText, VectorCache, wanted
from eval.retrieval.synthetic import SENTENCES, SyntheticEncoder, queries, sources
from eval.targets.base import batches
from eval.targets.inprocess import take_in
from index.library import Library
from index.records import Filters
from qa.settings import Settings

LIMIT = 10

# Shares of the corpus that match the filters, and the documents of 1,000 that make them up.
FILTERS = (("50 %", 0, 500), ("1 %", 500, 510), ("0.1 %", 510, 511))
FILTERED_DOCUMENTS = 1000
FILTERED_QUERIES = 100

GROWTH = (1_000, 10_000, 100_000)
GROWTH_QUERIES = 100


@dataclass(frozen=True, slots=True)
class Spent:
    """Milliseconds per search: wall time, and time on a core."""

    p50: float
    p95: float
    cpu_p50: float
    cpu_p95: float

    @property
    def cells(self) -> str:
        """Return the figures as cells of a table."""
        return f"{self.p50:.1f} | {self.p95:.1f} | {self.cpu_p50:.1f} | {self.cpu_p95:.1f}"


def timed(search: Callable[[str], object], questions: Sequence[str]) -> Spent:
    """Search for every question once and return what it took."""
    wall, cpu = [], []
    for question in questions:
        began, ran = time.perf_counter(), time.thread_time()
        search(question)
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.thread_time() - ran) * 1000)
    figures = [float(np.percentile(each, q)) for each in (wall, cpu) for q in (50, 95)]
    return Spent(*figures)


def latency(data_root: Path, out: Path, *, stock: bool) -> list[str]:
    """Measure searches over every meeting of QMSum: each question is new, none is in a cache."""
    from qa.service import open_encoder

    data = load(data_root / "qmsum")
    encoder = open_encoder(Settings())
    rows = []
    with closing(Library.open(out / "qmsum", encoder)) as library:
        take_in(library, (file.source() for file in batches(data.documents)))
        asked = sorted({question.question for question in data.questions})
        whole, known = asked[0::2], asked[1::2]
        rows.append(("with the question's encoding", timed(library.search, whole)))
        # Any search encodes first: one that finds nothing leaves the vector behind, and no more.
        for question in known:
            library.search(question, Filters(document_ids=("none",)))
        rows.append(("without it", timed(library.search, known)))
        if stock:
            texts = [StockText(d.id, "", d.title, library.text(d.id)) for d in data.documents]
            cache = VectorCache(out / "stock-synthetic.sqlite3", SyntheticEncoder())
            with closing(cache):
                fusion = Stock(texts, cache, limit=LIMIT)
                fusion.search("warm", (), LIMIT)
                for question in known:
                    cache.question(question)
                spent = timed(lambda question: fusion.search(question, (), LIMIT), known)
                rows.append(("LlamaIndex fusion, without it (random vectors)", spent))
    return [
        f"{len(data.documents)} meetings, {len(known)} questions each, ms:",
        "",
        "| search | p50 | p95 | on a core: p50 | p95 |",
        "|---|---|---|---|---|",
        *(f"| {name} | {spent.cells} |" for name, spent in rows),
    ]


def filtered() -> list[str]:
    """Compare filtered searches with searches of an index that holds nothing else."""
    encoder = SyntheticEncoder()
    asked = queries(FILTERED_QUERIES)
    lines = [
        f"{FILTERED_DOCUMENTS * SENTENCES:,} passages, {len(asked)} questions, ms:",
        "",
        "| matches the filter | recall@10 of that part alone | p50 | p95 | on a core: p50 | p95 |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        whole = Library.open(Path(folder) / "whole", encoder)
        for name, first, last in FILTERS:
            list(whole.ingest(sources(first, last, name)))
        list(whole.ingest(sources(FILTERS[-1][2], FILTERED_DOCUMENTS)))
        with closing(whole):
            for name, first, last in FILTERS:
                part = Library.open(Path(folder) / f"part-{first}", encoder)
                list(part.ingest(sources(first, last, name)))
                filters = Filters(collection=name)
                spent = timed(partial(whole.search, filters=filters), asked)
                with closing(part):
                    shares = [_recall(whole, part, question, filters) for question in asked]
                lines.append(f"| {name} | {np.mean(shares):.4f} | {spent.cells} |")
    return lines


def _recall(whole: Library, part: Library, question: str, filters: Filters) -> float:
    def found(library: Library, filters: Filters) -> set[str]:
        return {hit.passage_id for hit in library.search(question, filters, LIMIT)}

    wanted = found(part, Filters())
    return len(wanted & found(whole, filters)) / max(1, len(wanted))


@dataclass(frozen=True, slots=True)
class Size:
    """What an index of so many passages takes."""

    passages: int
    ingest_s: float
    open_s: float
    resident_mb: float
    disk_mb: float
    spent: Spent


def grow(sizes: Sequence[int]) -> list[Size]:
    """Ingest more and more passages into one index, and measure at each size."""
    encoder = SyntheticEncoder()
    asked = queries(GROWTH_QUERIES * len(sizes))
    measured = []
    taken = 0.0
    documents = 0
    with tempfile.TemporaryDirectory() as folder:
        for at, size in enumerate(sizes):
            library = Library.open(Path(folder), encoder)
            wanted = size // SENTENCES
            began = time.perf_counter()
            list(library.ingest(sources(documents, wanted)))
            taken += time.perf_counter() - began
            documents = wanted
            library.close()
            began = time.perf_counter()
            library = Library.open(Path(folder), encoder)
            opened = time.perf_counter() - began
            part = asked[at * GROWTH_QUERIES : (at + 1) * GROWTH_QUERIES]
            with closing(library):
                spent = timed(library.search, part)
            disk = sum(p.stat().st_size for p in Path(folder).rglob("*") if p.is_file())
            resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            measured.append(Size(size, taken, opened, resident, disk / 1e6, spent))
            typer.echo(f"{size:,} passages", err=True)
    return measured


def growth_table(measured: Sequence[Size]) -> list[str]:
    """Return a table of sizes."""
    return [
        "| passages | ingest s | open s | peak memory MB | disk MB | p50 ms | p95 ms "
        "| on a core: p50 | p95 |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {m.passages:,} | {m.ingest_s:.1f} | {m.open_s:.1f} | {m.resident_mb:.0f} "
            f"| {m.disk_mb:.0f} | {m.spent.cells} |"
            for m in measured
        ),
    ]


def plot_growth(measured: Sequence[Size], file: Path) -> None:
    """Draw ingest time, memory and latency against the number of passages."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "growth"}):
        figure = Figure(figsize=(9.0, 3.0), layout="constrained")
        axes: Any = figure.subplots(1, 3)
        passages = [m.passages for m in measured]
        panels = (
            ("ingest, s", [m.ingest_s for m in measured]),
            ("peak memory, MB", [m.resident_mb for m in measured]),
            ("search p95, ms", [m.spent.p95 for m in measured]),
        )
        for panel, (title, values) in zip(axes, panels, strict=True):
            panel.plot(passages, values, marker="o", color="#2f74c0")
            panel.set_xscale("log")
            panel.set_yscale("log")
            panel.set_title(title, fontsize=9)
            panel.set_xlabel("passages", fontsize=8)
            panel.grid(visible=True, alpha=0.25)
        figure.savefig(file, metadata={"Date": None})


def _main(
    out: Annotated[Path, typer.Option(help="Folder for indexes, tables and plots.")],
    data_root: Annotated[Path | None, typer.Option(help="Folder with the set qmsum.")] = None,
    part: Annotated[list[str] | None, typer.Option(help="latency, filters, growth")] = None,
    sizes: Annotated[list[int] | None, typer.Option(help="Passages to grow to.")] = None,
    stock: Annotated[
        bool | None, typer.Option(help="Measure LlamaIndex's fusion too; where it is installed.")
    ] = None,
) -> None:
    """Measure the speed of search on this machine."""
    out.mkdir(parents=True, exist_ok=True)
    with_stock = wanted(stock)
    parts = part or ["latency", "filters", "growth"]
    load_before = " ".join(f"{value:.1f}" for value in os.getloadavg())
    lines = [f"{os.cpu_count()} cores, load before: {load_before}", ""]
    if "latency" in parts and data_root is not None:
        lines += [*latency(data_root, out, stock=with_stock), ""]
    if "filters" in parts:
        lines += [*filtered(), ""]
    if "growth" in parts:
        measured = grow(sizes or GROWTH)
        lines += [*growth_table(measured), ""]
        (out / "growth.json").write_text(json.dumps([asdict(m) for m in measured], indent=1))
        plot_growth(measured, out / "growth.svg")
    (out / "speed.md").write_text("\n".join(lines), encoding="utf-8")
    typer.echo("\n".join(lines))


if __name__ == "__main__":
    typer.run(_main)
