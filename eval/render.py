"""Values → text, in one way: numbers with their unit, intervals, Markdown and coloured tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from rich.table import Table

from eval.metrics import by_name
from eval.records import Aggregate

if TYPE_CHECKING:
    from eval.compare import Comparison
    from eval.summary import Summary

NOTHING = "–"
"""In the place of a value where there is nothing to score."""

Unit = Literal["share", "ms"]


def number(value: float | None, unit: Unit = "share", thousands: str = "") -> str:
    """Return a value as tables show it, with its unit."""
    if value is None:
        return NOTHING
    return f"{value:.3f}" if unit == "share" else f"{value:{thousands}.0f} ms"


def interval(low: float | None, high: float | None, unit: Unit = "share", sep: str = "") -> str:
    """Return an interval in words."""
    if low is None or high is None:
        return NOTHING
    return f"{number(low, unit, sep)} to {number(high, unit, sep)}"


def spread(found: Aggregate, unit: Unit = "share") -> str:
    """Return a value with its interval in brackets, no unit beside it."""
    digits = 3 if unit == "share" else 0
    if found.value is None or found.low is None or found.high is None:
        return NOTHING if found.value is None else f"{found.value:.{digits}f}"
    return f"{found.value:.{digits}f} [{found.low:.{digits}f}, {found.high:.{digits}f}]"


def markdown(header: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]


def summary_table(summary: Summary) -> Table:
    """Return every metric of a run with its interval and how many questions it could score."""
    table = Table("metric", "value", "95 % interval", "eligible / total", "failed", box=None)
    for each in summary.metrics:
        unit = by_name(each.metric).unit
        table.add_row(
            each.metric,
            number(each.value, unit),
            interval(each.low, each.high, unit),
            f"{each.eligible} / {each.total}",
            str(each.failed),
        )
    return table


def comparison_table(comparison: Comparison) -> Table:
    """Return the differences of two runs; an interval that leaves 0 out is marked."""
    table = Table("metric", "A", "B", "B − A", "95 % interval", "p", "pairs (only A, only B)", "")
    for each in comparison.differences:
        unit = by_name(each.metric).unit
        table.add_row(
            each.metric,
            *(number(value, unit) for value in (each.value_a, each.value_b, each.difference)),
            interval(each.low, each.high, unit),
            NOTHING if each.p_value is None else f"{each.p_value:.4f}",
            f"{each.paired} ({each.only_a}, {each.only_b})",
            "worse" if each.regressed else "better" if each.improved else "",
        )
    return table


def changes_table(comparison: Comparison) -> Table:
    """Return the questions that changed most."""
    table = Table("question", "before", "after", "what moved")
    for change in comparison.changes:
        moved = ", ".join(f"{name} {a:.2f} → {b:.2f}" for name, a, b in change.metrics[:4])
        table.add_row(change.question, change.before, change.after, moved)
    return table
