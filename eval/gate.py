"""The gate of CI: the built-in set must stay valid, and what was right must stay right.

``python -m eval.gate`` runs ``seeds/`` in this process and compares every question with
``eval/baseline.json``; ``--update`` writes what was found there instead, to be committed with the
change that moved it. The language model has to take part: an answer without it that should have had
it closes the gate. The built-in set is in the repository alone, so the gate is for a checkout.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from eval.aggregate import aggregate
from eval.dataset import DataSet, load
from eval.errors import EvalError, RunError
from eval.journal import RECORDS, read
from eval.manifest import REPOSITORY, read_json, write_atomically
from eval.metrics import by_name
from eval.records import Observation, Score
from eval.runner import run
from eval.targets.base import Service
from eval.verdict import Verdict, verdict

SEEDS = REPOSITORY / "seeds"
BASELINE = Path(__file__).resolve().parent / "baseline.json"


@dataclass(frozen=True, slots=True)
class Baseline:
    """What became of each question of the built-in set when the baseline was committed."""

    data_sha256: str
    questions: Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the gate found: ``failures`` close it, ``gains`` are worth a new baseline."""

    failures: tuple[str, ...]
    gains: tuple[str, ...]


_BASELINE = TypeAdapter(Baseline)


def baseline_of(data: DataSet, observations: Sequence[Observation]) -> Baseline:
    """Return the baseline that these observations make."""
    found = {observation.question_id: verdict(observation) for observation in observations}
    return Baseline(data.sha256, dict(sorted(found.items())))


def read_baseline(path: Path = BASELINE) -> Baseline:
    """Read the committed baseline; raises ``RunError`` where there is none to read."""
    return read_json(_BASELINE, path, f"{path.name} is missing: write it with --update")


def write_baseline(baseline: Baseline, path: Path = BASELINE) -> None:
    """Write the baseline."""
    write_atomically(path, _BASELINE.dump_json(baseline, indent=2) + b"\n")


def judge(data: DataSet, baseline: Baseline, observations: Sequence[Observation]) -> Verdicts:
    """Return what closes the gate, and what got better."""
    failures: list[str] = []
    if baseline.data_sha256 != data.sha256:
        failures.append("the built-in set changed since the baseline: run with --update")
    validity = by_name("validity")
    outcomes = {each.question_id: validity.score(each) for each in observations}
    total = aggregate(validity, list(outcomes.values())).value
    if total is not None and total < 1.0:
        failures.append(f"validity is {total:.4f}, it has to be 1")
    for name, outcome in sorted(outcomes.items()):
        if isinstance(outcome, Score) and validity.value(outcome) < 1.0:
            failures.append(f"{name}: {outcome.explanation}")
    gains: list[str] = []
    now = baseline_of(data, observations).questions
    for name, before in sorted(baseline.questions.items()):
        after = now.get(name)
        if after is None:
            failures.append(f"{name}: wasn't asked")
        elif before == "right" and after != "right":
            failures.append(f"{name}: was right, now {after}")
        elif before != "right" and after == "right":
            gains.append(f"{name}: was {before}, now right")
    if not any(each.answer is not None and each.answer.asked_model for each in observations):
        failures.append("no answer names a language model: the gate needs one (TRANSCRIPT_QA_LLM)")
    for one in sorted(observations, key=lambda each: each.question_id):
        if one.answer is not None and one.answer.degraded:
            failures.append(f"{one.question_id}: degraded, {', '.join(one.answer.degraded)}")
        if one.error is not None:
            failures.append(f"{one.question_id}: error {one.error.detail}")
        elif one.gold.unmapped:
            failures.append(f"{one.question_id}: {one.gold.unmapped[0]}")
    return Verdicts(tuple(failures), tuple(gains))


def built_in(directory: Path = SEEDS) -> DataSet:
    """Return the built-in set; raises ``RunError`` outside a checkout, where it isn't."""
    if not directory.is_dir():
        raise RunError(
            "the built-in set (seeds/) is in the repository and in no installed package:"
            " run this in a checkout of the project"
        )
    return load(directory)


def took_part(observations: Sequence[Observation]) -> str:
    """Return in words how many answers a language model took part in, and how many it phrased."""
    answers = [each.answer for each in observations if each.answer is not None]
    answered = [answer for answer in answers if answer.status == "answered"]
    asked = sum(answer.asked_model for answer in answered)
    phrased = sum(any(s.origin == "generated" for s in answer.statements) for answer in answered)
    share = f" ({phrased / len(answered):.3f})" if answered else ""
    return (
        f"{len(answered)} answered, {asked} with the language model,"
        f" {phrased} with a generated statement{share}"
    )


def whole(observations: Sequence[Observation]) -> bool:
    """Return whether the whole service answered: no failure, nothing missing, a language model."""
    answers = [each.answer for each in observations]
    return all(answer is not None and not answer.degraded for answer in answers) and any(
        answer is not None and answer.asked_model for answer in answers
    )


def observe(data: DataSet, service: Service) -> tuple[Observation, ...]:
    """Ask the built-in set in a directory that is thrown away."""
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory)
        run(data, service, out)
        return read(out / RECORDS)


def _main(
    update: Annotated[bool, typer.Option("--update", help="Write the baseline.")] = False,
) -> None:
    """Run the built-in set; exit 1 when validity isn't 1 or a question that was right is not."""
    from eval.targets import open_in_process

    try:
        data = built_in()
        with (
            tempfile.TemporaryDirectory() as data_dir,
            closing(open_in_process(Path(data_dir))) as service,
        ):
            observations = observe(data, service)
        # An outage is no baseline; what failed is told below.
        if update and whole(observations):
            write_baseline(baseline_of(data, observations))
        found = judge(data, read_baseline(), observations)
    except EvalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    right = sum(verdict(observation) == "right" for observation in observations)
    typer.echo(f"built-in set: {right} of {len(observations)} right; {took_part(observations)}")
    for gain in found.gains:
        typer.echo(f"better: {gain}")
    for failure in found.failures:
        typer.echo(f"FAILED: {failure}", err=True)
    if found.failures:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(_main)
