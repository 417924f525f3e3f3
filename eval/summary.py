"""Observations → summary.json: every metric with its interval, by kind, with the run's identity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.aggregate import point, score_all
from eval.errors import RunError
from eval.manifest import Manifest, write_atomically
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
    """What a run found. ``complete`` tells whether every chosen question was asked."""

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


def _origin(observation: Observation) -> str | None:
    if observation.answer is None or observation.answer.status != "answered":
        return None
    origins = sorted({statement.origin for statement in observation.answer.statements})
    return "+".join(origins) or "no statement"


def _named_models(observation: Observation) -> Mapping[str, str | int | None]:
    return (observation.answer.models if observation.answer else None) or {}


def _models(observations: Sequence[Observation]) -> dict[str, tuple[str, ...]]:
    """Return the models that answers name, by role; several values where they differed."""
    found: dict[str, set[str]] = {}
    for observation in observations:
        for role, name in _named_models(observation).items():
            found.setdefault(role, set()).add(str(name))
    return {role: tuple(sorted(names)) for role, names in sorted(found.items())}


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
                value = point(metric, scores)
                if value is not None:
                    rows.append(GroupValue(key, name, metric.name, value, len(scores)))
    return tuple(rows)


def summarise(
    manifest: Manifest, observations: Sequence[Observation], *, complete: bool = True
) -> Summary:
    """Return the summary of a run; the order of the observations doesn't matter."""
    ordered = sorted(observations, key=lambda observation: observation.question_id)
    counted = Counter(verdict(observation) for observation in ordered)
    origins = Counter(origin for o in ordered if (origin := _origin(o)))
    degraded = Counter(name for o in ordered if o.answer for name in o.answer.degraded)
    errors = Counter(o.error.code for o in ordered if o.error)
    return Summary(
        run=manifest,
        complete=complete,
        models=_models(ordered),
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
    path = directory / SUMMARY
    try:
        return _SUMMARY.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        message = f"{str(directory)!r} has no {SUMMARY}: the run isn't finished, resume it"
        raise RunError(message) from error
    except ValidationError as error:
        raise RunError(f"{str(path)!r} can't be read: {error.errors()[0]['msg']}") from error
