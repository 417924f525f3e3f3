"""Numbers → inline SVG: text stays text, colours follow the page, nothing is fetched."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from eval.curves import Bin
from eval.summary import GroupValue

BLUE = "#2f74c0"
ORANGE = "#c2620a"
GREY = "#8a8f98"
"""Told apart in grey and by people who see no red or green, with enough contrast on both pages."""

_SIZE = (5.2, 3.4)
_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#8a8f98",
    "grid.alpha": 0.25,
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def _figure(
    name: str, label: str, draw: Callable[[Axes], None], size: tuple[float, float] = _SIZE
) -> str:
    # The salt makes ids repeatable, and different between the plots of one page.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return _inline(buffer.getvalue(), name, label)


def _inline(svg: str, name: str, label: str) -> str:
    """Return an SVG file as an element: sized by the page, named for those who can't see it."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.S)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    # Ids such as "figure_1" repeat in every file of matplotlib.
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = svg.replace("font: 10px 'sans-serif'", "font: 10px sans-serif")
    svg = svg.replace("#000000", "currentColor")
    # Text without a fill of its own is black by default, which a dark page would swallow.
    svg = svg.replace(
        "<svg ", f'<svg role="img" aria-label="{escape(label)}" fill="currentColor" ', 1
    )
    return svg.strip()


def _shares(axes: Axes, x: str, y: str) -> None:
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel(x)
    axes.set_ylabel(y)


def risk_coverage_plot(points: Sequence[tuple[float, float]], area: float | None) -> str:
    """Draw the risk among the most confident share of questions."""

    def draw(axes: Axes) -> None:
        axes.plot([c for c, _ in points], [r for _, r in points], color=BLUE, marker=".", lw=1.6)
        _shares(axes, "coverage: share of questions, most confident first", "risk: share wrong")

    shown = "not scored" if area is None else f"{area:.3f}"
    return _figure("risk", f"Risk against coverage; area under the curve {shown}", draw)


def reliability_plot(bins: Sequence[Bin], error: float | None) -> str:
    """Draw the share that is right against the confidence, by bin."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label="perfectly calibrated")
        most = max((each.count for each in bins), default=1)
        axes.scatter(
            [each.confidence for each in bins],
            [each.right for each in bins],
            s=[30 + 170 * each.count / most for each in bins],
            color=BLUE,
            alpha=0.85,
            label="bin (area: questions)",
            zorder=3,
            clip_on=False,
        )
        _shares(axes, "mean confidence of the bin", "share right")
        axes.legend(loc="upper left")

    shown = "not scored" if error is None else f"{error:.3f}"
    return _figure("reliability", f"Reliability; expected calibration error {shown}", draw)


def hit_plot(curve: Sequence[tuple[int, float]]) -> str:
    """Draw the share of questions with evidence among the first k hits."""

    def draw(axes: Axes) -> None:
        axes.plot([k for k, _ in curve], [v for _, v in curve], color=BLUE, marker="o", ms=4)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("k")
        axes.set_ylabel("evidence among the first k")
        axes.set_xticks([1, 5, 10, 15, 20])

    return _figure("hits", "Share of questions with evidence among the first k hits", draw)


def latency_plot(ask: Sequence[float], search: Sequence[float]) -> str:
    """Draw the share of calls that took at most so long."""

    def draw(axes: Axes) -> None:
        for values, colour, name, style in (
            (ask, BLUE, "ask", "-"),
            (search, ORANGE, "search", "--"),
        ):
            if values:
                shares = [(index + 1) / len(values) for index in range(len(values))]
                axes.step(values, shares, where="post", color=colour, ls=style, label=name)
        if min([*ask, *search], default=0) > 0:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("milliseconds")
        axes.set_ylabel("share of calls done")
        axes.legend(loc="lower right")

    return _figure("latency", "Cumulative distribution of the latency of ask and search", draw)


def groups_plot(rows: Sequence[GroupValue], key: str) -> str:
    """Draw a few metrics for each kind, split or domain."""
    groups = sorted({row.group for row in rows})
    metrics = list(dict.fromkeys(row.metric for row in rows))
    values = {(row.group, row.metric): row.value for row in rows}
    colours = (BLUE, ORANGE, GREY, "#5a9e6f")
    height = 0.8 / max(1, len(metrics))

    def draw(axes: Axes) -> None:
        for index, metric in enumerate(metrics):
            present = [g for g in range(len(groups)) if (groups[g], metric) in values]
            axes.barh(
                [g + height * (index - (len(metrics) - 1) / 2) for g in present],
                [values[groups[g], metric] for g in present],
                height=height * 0.9,
                color=colours[index % len(colours)],
                label=metric,
            )
        axes.set_yticks(range(len(groups)), groups)
        axes.invert_yaxis()
        axes.set_xlim(0, 1)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)

    size = (_SIZE[0], max(_SIZE[1], 0.9 + 0.5 * len(groups)))
    return _figure("groups-" + key, f"Scores by {key}", draw, size)
