"""Observations → summary.json: every metric with its interval, by kind, with the run's identity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from eval.aggregate import columns_of, point, score_all
from eval.manifest import Manifest, read_json, write_atomically
from eval.metrics import METRICS
from eval.records import Aggregate, Observation, Score
from eval.verdict import VERDICTS, verdict

SUMMARY = "summary.json"
GROUP_KEYS = ("kind", "split", "domain")


@dataclass(frozen=True, slots=True)
class GroupValue:
    """A metric over the questions of one kind, split or domain."""

    key: str
    group: str
    metric: str
    value: float
    eligible: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run found.

    Args:
        complete: whether every chosen question was asked.
        models: those that answers name, by role; several where answers differed.
    """

    run: Manifest
    complete: bool
    models: Mapping[str, tuple[str, ...]]
    verdicts: Mapping[str, int]
    origins: Mapping[str, int]
    degraded: Mapping[str, int]
    errors: Mapping[str, int]
    metrics: tuple[Aggregate, ...]
    groups: tuple[GroupValue, ...]

    def metric(self, name: str) -> Aggregate:
        """Return one metric; raises ``KeyError``."""
        return {aggregate.metric: aggregate for aggregate in self.metrics}[name]


_SUMMARY = TypeAdapter(Summary)


def group_values(observations: Sequence[Observation]) -> tuple[GroupValue, ...]:
    """Return every share by kind, split and domain, for keys that split the run at all."""
    rows: list[GroupValue] = []
    for key in GROUP_KEYS:
        groups: dict[str, list[Observation]] = {}
        for observation in observations:
            groups.setdefault(str(getattr(observation, key) or "none"), []).append(observation)
        if len(groups) < 2:
            continue
        for name, members in sorted(groups.items()):
            for metric in METRICS:
                outcomes = (metric.score(member) for member in members)
                scores = [outcome for outcome in outcomes if isinstance(outcome, Score)]
                scores.sort(key=lambda score: score.columns)
                value = point(metric, columns_of(scores))
                if value is not None:
                    rows.append(GroupValue(key, name, metric.name, value, len(scores)))
    return tuple(rows)


def summarise(
    manifest: Manifest, observations: Sequence[Observation], *, complete: bool = True
) -> Summary:
    """Return the summary of a run; the order of the observations doesn't matter."""
    ordered = sorted(observations, key=lambda observation: observation.question_id)
    answers = [o.answer for o in ordered if o.answer]
    models: dict[str, set[str]] = {}
    for answer in answers:
        for role, name in (answer.models or {}).items():
            models.setdefault(role, set()).add(str(name))
    counted = Counter(verdict(observation) for observation in ordered)
    origins = Counter(
        "+".join(sorted({s.origin for s in a.statements})) or "no statement"
        for a in answers
        if a.status == "answered"
    )
    degraded = Counter(name for answer in answers for name in answer.degraded)
    errors = Counter(o.error.code for o in ordered if o.error)
    return Summary(
        run=manifest,
        complete=complete,
        models={role: tuple(sorted(names)) for role, names in sorted(models.items())},
        verdicts={name: counted[name] for name in VERDICTS},
        origins=dict(sorted(origins.items())),
        degraded=dict(sorted(degraded.items())),
        errors=dict(sorted(errors.items())),
        metrics=score_all(ordered, seed=manifest.selection.seed),
        groups=group_values(ordered),
    )


def write_summary(directory: Path, summary: Summary) -> None:
    """Write summary.json in one step."""
    write_atomically(directory / SUMMARY, _SUMMARY.dump_json(summary, indent=2) + b"\n")


def read_summary(directory: Path) -> Summary:
    """Read the summary of a run; raises ``RunError`` where there is none."""
    missing = f"{str(directory)!r} has no {SUMMARY}: the run isn't finished, resume it"
    return read_json(_SUMMARY, directory / SUMMARY, missing)
