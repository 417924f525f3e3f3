"""A run's directory → one self-contained HTML file: no request leaves it, no script is needed.

The few lines of script only filter the table; the Content-Security-Policy of the page allows that
script alone, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from eval.journal import RECORDS, read
from eval.metrics import METRICS
from eval.metrics.retrieval import first_evidence_rank
from eval.overlap import Located, same_text
from eval.plots import plots
from eval.records import Observation, Score, Window
from eval.render import interval, number
from eval.summary import Summary, read_summary
from eval.verdict import VERDICTS, verdict
from index.records import Filters

REPORT = "report.html"
MAX_QUESTIONS = 1000
"""Questions shown with their text: about 20 kB each, and browsers get slow beyond 20 MB."""

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
class Piece:
    """A run of characters that are marked alike."""

    text: str
    cited: bool
    gold: bool


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as the table shows it; excerpts are (document, pieces)."""

    observation: Observation
    verdict: str
    rank: int | None
    filters: str
    excerpts: tuple[tuple[str, tuple[Piece, ...]], ...]
    outcomes: tuple[tuple[str, str, str], ...]


def pieces(window: Window, cited: Sequence[Located], gold: Sequence[Located]) -> tuple[Piece, ...]:
    """Cut a window at the ends of every citation and gold span; the texts join to the window's."""
    start, end = window.char_start, window.char_start + len(window.text)
    layers = [
        [(s.char_start, s.char_end) for s in spans if same_text(s, window)]
        for spans in (cited, gold)
    ]
    edges = {edge for layer in layers for pair in layer for edge in pair if start < edge < end}
    return tuple(
        Piece(
            window.text[low - start : high - start],
            *(any(a <= low and high <= b for a, b in layer) for layer in layers),
        )
        for low, high in pairwise(sorted({start, end} | edges))
    )


def filters_text(filters: Filters) -> str:
    """Return a question's own filters in words; the document it is asked within stands beside."""
    named = (
        ("speaker", " or ".join(filters.speakers)),
        ("since", filters.since),
        ("until", filters.until),
        ("collection", filters.collection),
    )
    return ", ".join(f"{name} {value}" for name, value in named if value)


def question_row(observation: Observation) -> QuestionRow:
    """Return one question with its marked excerpts and what every metric says about it."""
    cited = observation.answer.ranked if observation.answer else ()
    gold = observation.gold.spans
    outcomes = []
    for metric in METRICS:
        found = metric.score(observation)
        if isinstance(found, Score):
            value = number(metric.value(found), metric.unit, ",")
            outcomes.append((metric.name, value, found.explanation))
        else:
            outcomes.append((metric.name, type(found).__name__.lower(), found.reason))
    return QuestionRow(
        observation=observation,
        verdict=verdict(observation),
        rank=first_evidence_rank(observation) if gold else None,
        filters=filters_text(observation.filters),
        excerpts=tuple(
            (window.document_id, pieces(window, cited, gold)) for window in observation.windows
        ),
        outcomes=tuple(outcomes),
    )


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
        metrics=[(summary.metric(metric.name), metric) for metric in METRICS],
        number=number,
        interval=interval,
        plots=list(plots(summary, observations)),
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
