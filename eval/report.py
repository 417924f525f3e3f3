"""A run's directory → one self-contained HTML file: no request leaves it, no script is needed.

The few lines of script only filter the table; the Content-Security-Policy of the page allows that
script alone, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval import curves, plots
from eval.highlight import Piece, pieces
from eval.journal import RECORDS, read
from eval.metrics import METRICS
from eval.metrics.retrieval import first_evidence_rank
from eval.records import Aggregate, Observation, Outcome, Score
from eval.summary import Summary, read_summary
from eval.verdict import VERDICTS, verdict
from index.records import Filters

REPORT = "report.html"
MAX_QUESTIONS = 1000
"""Questions shown with their text: about 20 kB each, and browsers get slow beyond 20 MB."""
GROUP_METRICS = ("evidence_hit@10", "sentence_hit@1", "citation_f1", "short_f1")

_HERE = Path(__file__).parent
_WORST_FIRST = (
    "error",
    "answered the unanswerable",
    "wrong evidence",
    "wrongly abstained",
    "unscored",
    "right",
)


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure with its caption and its numbers, for those who read numbers."""

    title: str
    caption: str
    svg: Markup
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric as the table shows it."""

    aggregate: Aggregate
    about: str
    value: str
    interval: str


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A window with its marks."""

    document_id: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as the table shows it."""

    observation: Observation
    verdict: str
    rank: int | None
    filters: str
    excerpts: tuple[Excerpt, ...]
    outcomes: tuple[tuple[str, str, str], ...]


def _number(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if unit == "share" else f"{value:,.0f} ms"


def metric_rows(summary: Summary) -> tuple[MetricRow, ...]:
    """Return every metric with what it means; those with nothing to score are kept and say so."""
    rows: list[MetricRow] = []
    for metric in METRICS:
        aggregate = summary.metric(metric.name)
        interval = "–"
        if aggregate.low is not None:
            low, high = (_number(v, metric.unit) for v in (aggregate.low, aggregate.high))
            interval = f"{low} to {high}"
        value = _number(aggregate.value, metric.unit)
        rows.append(MetricRow(aggregate, metric.about, value, interval))
    return tuple(rows)


def filters_text(filters: Filters) -> str:
    """Return a question's own filters in words; the document it is asked within stands beside."""
    named = (
        ("speaker", " or ".join(filters.speakers)),
        ("since", filters.since),
        ("until", filters.until),
        ("collection", filters.collection),
    )
    return ", ".join(f"{name} {value}" for name, value in named if value)


def _outcome(outcome: Outcome, value: str) -> str:
    return value if isinstance(outcome, Score) else type(outcome).__name__.lower()


def question_row(observation: Observation) -> QuestionRow:
    """Return one question with its marked excerpts and what every metric says about it."""
    cited = observation.answer.ranked if observation.answer else ()
    gold = observation.gold.spans
    outcomes = []
    for metric in METRICS:
        outcome = metric.score(observation)
        value = _number(metric.value(outcome), metric.unit) if isinstance(outcome, Score) else ""
        detail = outcome.explanation if isinstance(outcome, Score) else outcome.reason
        outcomes.append((metric.name, _outcome(outcome, value), detail))
    return QuestionRow(
        observation=observation,
        verdict=verdict(observation),
        rank=first_evidence_rank(observation) if gold else None,
        filters=filters_text(observation.filters),
        excerpts=tuple(
            Excerpt(window.document_id, pieces(window, cited, gold))
            for window in observation.windows
        ),
        outcomes=tuple(outcomes),
    )


def _plots(summary: Summary, observations: Sequence[Observation]) -> tuple[Plot, ...]:
    found: list[Plot] = []

    def add(
        title: str, caption: str, svg: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]
    ) -> None:
        # The SVG is drawn here from numbers; labels were escaped by the plotting library.
        found.append(Plot(title, caption, Markup(svg), columns, tuple(rows)))  # noqa: S704

    if points := curves.risk_coverage(observations):
        area = summary.metric("aurc").value
        add(
            "Risk and coverage",
            f"Area under the curve {_number(area, 'share')}; lower is better.",
            plots.risk_coverage_plot(points, area),
            ("coverage", "risk"),
            [(f"{c:.3f}", f"{r:.3f}") for c, r in points],
        )
    if bins := curves.reliability(observations):
        error = summary.metric("ece").value
        add(
            "Reliability of confidence",
            f"Expected calibration error {_number(error, 'share')}; on the line is best.",
            plots.reliability_plot(bins, error),
            ("confidence", "questions", "mean confidence", "share right"),
            [
                (
                    f"{b.low:.1f} to {b.high:.1f}",
                    str(b.count),
                    f"{b.confidence:.3f}",
                    f"{b.right:.3f}",
                )
                for b in bins
            ],
        )
    if curve := curves.hit_curve(observations):
        add(
            "Evidence among the first k hits",
            f"{curve[0][1]:.3f} at 1, {curve[9][1]:.3f} at 10.",
            plots.hit_plot(curve),
            ("k", "share"),
            [(str(k), f"{v:.3f}") for k, v in curve],
        )
    ask, search = (curves.latencies(observations, call) for call in ("ask", "search"))
    if ask:
        add(
            "Latency",
            "Share of calls that were done after so many milliseconds, as the caller waited.",
            plots.latency_plot(ask, search),
            ("metric", "value"),
            [
                (name, _number(summary.metric(name).value, "ms"))
                for name in ("ask_p50", "ask_p95", "search_p50", "search_p95")
            ],
        )
    for key in sorted({row.key for row in summary.groups}):
        rows = [r for r in summary.groups if r.key == key and r.metric in GROUP_METRICS]
        if rows:
            add(
                f"Scores by {key}",
                "Only questions that a metric can score count; see the numbers for how many.",
                plots.groups_plot(rows, key),
                (key, "metric", "value", "questions"),
                [(r.group, r.metric, f"{r.value:.3f}", str(r.eligible)) for r in rows],
            )
    return tuple(found)


def render(summary: Summary, observations: Sequence[Observation]) -> str:
    """Return the page."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = (_HERE / "templates" / "report.js").read_text(encoding="utf-8")
    style = (_HERE / "templates" / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    ordered = sorted(observations, key=lambda o: (_WORST_FIRST.index(verdict(o)), o.question_id))
    return environment.get_template("report.html").render(
        summary=summary,
        metrics=metric_rows(summary),
        plots=_plots(summary, observations),
        questions=[question_row(observation) for observation in ordered[:MAX_QUESTIONS]],
        filtered=sum(bool(filters_text(each.filters)) for each in observations),
        left_out=max(0, len(ordered) - MAX_QUESTIONS),
        verdicts=VERDICTS,
        kinds=sorted({o.kind for o in observations if o.kind}),
        # Ours, from files of this package.
        script=Markup(script),  # noqa: S704
        style=Markup(style),  # noqa: S704
        script_hash=f"sha256-{digest}",
    )


def write_report(directory: Path, out: Path | None = None) -> Path:
    """Write the report of a run; returns its path. Raises ``RunError`` where there is no run."""
    summary = read_summary(directory)
    path = out or directory / REPORT
    path.write_text(render(summary, read(directory / RECORDS)), encoding="utf-8")
    return path
