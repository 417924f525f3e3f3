"""Summaries and comparisons → tables for a terminal."""

from __future__ import annotations

from rich.table import Table

from eval.compare import Comparison
from eval.metrics import by_name
from eval.summary import Summary


def number(value: float | None, unit: str) -> str:
    """Return a value as tables show it; nothing to score is a dash."""
    if value is None:
        return "–"
    return f"{value:.3f}" if unit == "share" else f"{value:.0f} ms"


def summary_table(summary: Summary) -> Table:
    """Return every metric of a run with its interval and how many questions it could score."""
    table = Table("metric", "value", "95 % interval", "eligible / total", "failed", box=None)
    for aggregate in summary.metrics:
        unit = by_name(aggregate.metric).unit
        interval = "–"
        if aggregate.low is not None and aggregate.high is not None:
            interval = f"{number(aggregate.low, unit)} to {number(aggregate.high, unit)}"
        table.add_row(
            aggregate.metric,
            number(aggregate.value, unit),
            interval,
            f"{aggregate.eligible} / {aggregate.total}",
            str(aggregate.failed),
        )
    return table


def comparison_table(comparison: Comparison) -> Table:
    """Return the differences of two runs; an interval that leaves 0 out is marked."""
    table = Table("metric", "A", "B", "B − A", "95 % interval", "p", "pairs (only A, only B)", "")
    for each in comparison.differences:
        unit = by_name(each.metric).unit
        interval = "–"
        if each.low is not None and each.high is not None:
            interval = f"{number(each.low, unit)} to {number(each.high, unit)}"
        mark = "worse" if each.regressed else "better" if each.improved else ""
        table.add_row(
            each.metric,
            number(each.value_a, unit),
            number(each.value_b, unit),
            number(each.difference, unit),
            interval,
            "–" if each.p_value is None else f"{each.p_value:.4f}",
            f"{each.paired} ({each.only_a}, {each.only_b})",
            mark,
        )
    return table


def changes_table(comparison: Comparison) -> Table:
    """Return the questions that changed most."""
    table = Table("question", "before", "after", "what moved")
    for change in comparison.changes:
        moved = ", ".join(f"{name} {a:.2f} → {b:.2f}" for name, a, b in change.metrics[:4])
        table.add_row(change.question, change.before, change.after, moved)
    return table
