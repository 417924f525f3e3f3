"""Figures → Markdown tables, JSON, and plots."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.compare import Difference
from eval.render import NOTHING, markdown, spread
from eval.retrieval.measure import METRICS, Figures

# Shown as a plot: one reading budget, one rank.
PLOTTED = ("hit within 300 words", "words found in 800", "MRR", "passage hit@1")


def _difference(found: Difference) -> str:
    if found.difference is None or found.low is None or found.high is None:
        return NOTHING
    mark = "**" if found.improved or found.regressed else ""
    return f"{mark}{found.difference:+.3f} [{found.low:+.3f}, {found.high:+.3f}]{mark}"


def table(figures: Figures, ours: str) -> str:
    """Return a part as Markdown: values, then ours less each floor on the same questions."""
    floors = [name for name in figures.values if name != ours]
    values = {name: [spread(each) for each in row] for name, row in figures.values.items()}
    less = {name: [_difference(each) for each in figures.differences[name]] for name in floors}
    lines = [f"### {figures.part.about}", ""]
    lines += [f"{figures.questions} questions, {figures.documents} documents."]
    for first, columns in (("metric", values), (f"{ours} less", less)):
        rows = zip((metric.name for metric in METRICS), *columns.values(), strict=True)
        scored = [row for row in rows if set(row[1:]) != {NOTHING}]
        lines += ["", *markdown((first, *columns), scored)]
    return "\n".join(lines)


def write(out: Path, measured: Sequence[Figures], ours: str) -> str:
    """Write tables, values and plots into a folder; return the tables."""
    text = "\n\n".join(table(figures, ours) for figures in measured) + "\n"
    (out / "retrieval.md").write_text(text, encoding="utf-8")
    rows = [
        {
            "part": figures.part.name,
            "questions": figures.questions,
            "documents": figures.documents,
            "values": {n: [asdict(v) for v in vs] for n, vs in figures.values.items()},
            "differences": {n: [asdict(d) for d in ds] for n, ds in figures.differences.items()},
        }
        for figures in measured
    ]
    (out / "retrieval.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    for figures in measured:
        plot(figures, out / f"{figures.part.name}.svg")
    return text


def plot(figures: Figures, file: Path) -> None:
    """Draw some metrics of a part, a bar with its interval for each system."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    names = list(figures.values)
    shown = [i for i, m in enumerate(METRICS) if m.name in PLOTTED]
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": figures.part.name}):
        figure = Figure(figsize=(9.0, 3.2), layout="constrained")
        axes: Any = figure.subplots(1, len(shown), sharey=True)
        for panel, index in zip(axes, shown, strict=True):
            for row, name in enumerate(names):
                found = figures.values[name][index]
                if found.value is None or found.low is None or found.high is None:
                    continue
                error = [[found.value - found.low], [found.high - found.value]]
                colour = "#2f74c0" if row == 0 else "#8a8f98"
                panel.barh(row, found.value, color=colour)
                panel.errorbar(found.value, row, xerr=error, color="black", lw=1, capsize=2)
            panel.set_title(METRICS[index].name, fontsize=9)
            panel.set_yticks(range(len(names)), names, fontsize=8)
            panel.set_xlim(0, 1)
            panel.grid(visible=True, axis="x", alpha=0.25)
        axes[0].invert_yaxis()
        figure.savefig(file, metadata={"Date": None})
