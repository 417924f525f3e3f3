"""Observations → figures as inline SVG, each with the numbers behind it.

Text stays text, colours follow the page, nothing is fetched.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from eval.metrics import by_name
from eval.metrics.base import CALIBRATION_BINS, calibration_bins
from eval.metrics.retrieval import RR_DEPTH, first_evidence_rank
from eval.records import Observation, Score
from eval.render import number
from eval.summary import GroupValue, Summary

BLUE = "#2f74c0"
ORANGE = "#c2620a"
GREY = "#8a8f98"
"""Told apart in grey and by people who see no red or green, with enough contrast on both pages."""

GROUP_METRICS = ("evidence_hit@10", "sentence_hit@1", "citation_f1", "short_f1")

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


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure with its caption and its numbers, for those who read numbers."""

    title: str
    caption: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin of confidence: its questions, their mean confidence and the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


def _svg(
    name: str, label: str, draw: Callable[[Axes], None], size: tuple[float, float] = _SIZE
) -> Markup:
    # The salt makes ids repeatable, and different between the plots of one page.
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    # Drawn here from numbers; labels were escaped by the plotting library.
    return Markup(_inline(buffer.getvalue(), name, label))  # noqa: S704


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


def _confidences(observations: Sequence[Observation]) -> list[tuple[float, float]]:
    outcomes = (by_name("ece").score(observation) for observation in observations)
    pairs = [(o.columns[0], o.columns[1]) for o in outcomes if isinstance(o, Score)]
    return sorted(pairs, key=lambda pair: (-pair[0], pair[1]))


def risk_coverage(observations: Sequence[Observation]) -> tuple[tuple[float, float], ...]:
    """Return (coverage, risk), one point per distinct confidence, most confident first."""
    pairs = _confidences(observations)
    points: list[tuple[float, float]] = []
    wrong = 0.0
    for index, (confidence, right) in enumerate(pairs, start=1):
        wrong += 1.0 - right
        if index == len(pairs) or pairs[index][0] != confidence:
            points.append((index / len(pairs), wrong / index))
    return tuple(points)


def reliability(observations: Sequence[Observation]) -> tuple[Bin, ...]:
    """Return the bins of confidence that hold a question."""
    pairs = np.array(_confidences(observations), dtype=np.float64).reshape(-1, 2)
    bins = calibration_bins(pairs[:, 0])
    found: list[Bin] = []
    for index in range(CALIBRATION_BINS):
        inside = pairs[bins == index]
        if len(inside):
            low, high = index / CALIBRATION_BINS, (index + 1) / CALIBRATION_BINS
            confidence, right = (float(value) for value in inside.mean(axis=0))
            found.append(Bin(low, high, len(inside), confidence, right))
    return tuple(found)


def hit_curve(observations: Sequence[Observation]) -> tuple[tuple[int, float], ...]:
    """Return (k, share of questions with evidence among the first k hits)."""
    metric = by_name("evidence_hit@1")
    ranks = [
        first_evidence_rank(observation)
        for observation in observations
        if isinstance(metric.score(observation), Score)
    ]
    if not ranks:
        return ()
    return tuple(
        (depth, sum(rank is not None and rank <= depth for rank in ranks) / len(ranks))
        for depth in range(1, RR_DEPTH + 1)
    )


def _risk(summary: Summary, observations: Sequence[Observation]) -> Plot | None:
    if not (points := risk_coverage(observations)):
        return None
    area = summary.metric("aurc").value
    shown = "not scored" if area is None else f"{area:.3f}"

    def draw(axes: Axes) -> None:
        axes.plot([c for c, _ in points], [r for _, r in points], color=BLUE, marker=".", lw=1.6)
        _shares(axes, "coverage: share of questions, most confident first", "risk: share wrong")

    return Plot(
        "Risk and coverage",
        f"Area under the curve {number(area)}; lower is better.",
        _svg("risk", f"Risk against coverage; area under the curve {shown}", draw),
        ("coverage", "risk"),
        tuple((f"{c:.3f}", f"{r:.3f}") for c, r in points),
    )


def _reliability(summary: Summary, observations: Sequence[Observation]) -> Plot | None:
    if not (bins := reliability(observations)):
        return None
    error = summary.metric("ece").value
    shown = "not scored" if error is None else f"{error:.3f}"

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=GREY, lw=1, ls="--", label="perfectly calibrated")
        most = max(each.count for each in bins)
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

    return Plot(
        "Reliability of confidence",
        f"Expected calibration error {number(error)}; on the line is best.",
        _svg("reliability", f"Reliability; expected calibration error {shown}", draw),
        ("confidence", "questions", "mean confidence", "share right"),
        tuple(
            (f"{b.low:.1f} to {b.high:.1f}", f"{b.count}", f"{b.confidence:.3f}", f"{b.right:.3f}")
            for b in bins
        ),
    )


def _hits(summary: Summary, observations: Sequence[Observation]) -> Plot | None:
    if not (curve := hit_curve(observations)):
        return None

    def draw(axes: Axes) -> None:
        axes.plot([k for k, _ in curve], [v for _, v in curve], color=BLUE, marker="o", ms=4)
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("k")
        axes.set_ylabel("evidence among the first k")
        axes.set_xticks([1, 5, 10, 15, 20])

    return Plot(
        "Evidence among the first k hits",
        f"{curve[0][1]:.3f} at 1, {curve[9][1]:.3f} at 10.",
        _svg("hits", "Share of questions with evidence among the first k hits", draw),
        ("k", "share"),
        tuple((str(k), f"{v:.3f}") for k, v in curve),
    )


def _latency(summary: Summary, observations: Sequence[Observation]) -> Plot | None:
    times = {
        call: sorted(
            o.latency_ms[call] for o in observations if not o.error and call in o.latency_ms
        )
        for call in ("ask", "search")
    }
    if not times["ask"]:
        return None

    def draw(axes: Axes) -> None:
        for (call, values), colour, style in zip(
            times.items(), (BLUE, ORANGE), ("-", "--"), strict=True
        ):
            if values:
                shares = [(index + 1) / len(values) for index in range(len(values))]
                axes.step(values, shares, where="post", color=colour, ls=style, label=call)
        if min([*times["ask"], *times["search"]]) > 0:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.set_ylim(0, 1.02)
        axes.set_xlabel("milliseconds")
        axes.set_ylabel("share of calls done")
        axes.legend(loc="lower right")

    shown = ("ask_p50", "ask_p95", "search_p50", "search_p95")
    return Plot(
        "Latency",
        "Share of calls that were done after so many milliseconds, as the caller waited.",
        _svg("latency", "Cumulative distribution of the latency of ask and search", draw),
        ("metric", "value"),
        tuple((name, number(summary.metric(name).value, "ms", ",")) for name in shown),
    )


def _groups(rows: Sequence[GroupValue], key: str) -> Plot:
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
    return Plot(
        f"Scores by {key}",
        "Only questions that a metric can score count; see the numbers for how many.",
        _svg("groups-" + key, f"Scores by {key}", draw, size),
        (key, "metric", "value", "questions"),
        tuple((r.group, r.metric, f"{r.value:.3f}", str(r.eligible)) for r in rows),
    )


def plots(summary: Summary, observations: Sequence[Observation]) -> Iterator[Plot]:
    """Yield every figure for which a run has numbers."""
    for make in (_risk, _reliability, _hits, _latency):
        if found := make(summary, observations):
            yield found
    for key in sorted({row.key for row in summary.groups}):
        rows = [r for r in summary.groups if r.key == key and r.metric in GROUP_METRICS]
        if rows:
            yield _groups(rows, key)
