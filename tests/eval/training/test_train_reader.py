"""The run: rates, and checkpoints that later runs go on from."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn

from eval.training.__main__ import mean_weights
from eval.training.model import Reader
from eval.training.train_reader import Run, Schedule


class TinyReader(nn.Module):
    """The parameters of a reader, few of them."""

    def __init__(self) -> None:
        super().__init__()
        self.bert = nn.Linear(2, 2)
        self.token_head = nn.Linear(2, 2)
        self.pair_head = nn.Linear(2, 2)


def make_run(folder: Path, steps: int) -> Run:
    model: Reader = TinyReader()  # type: ignore[assignment]
    return Run(model, Schedule(steps, cooldown=100), folder)


def test_the_rate_rises_stays_and_falls() -> None:
    schedule = Schedule(1000, warmup=10, cooldown=100)
    assert schedule.factor(0) == 0.1
    assert schedule.factor(9) == schedule.factor(900) == 1.0
    assert schedule.factor(950) == 0.5
    assert schedule.factor(999) == 0.02


def test_the_rate_rises_anew_in_each_round() -> None:
    schedule = Schedule(2000, start=1000, warmup=10, cooldown=100)
    assert schedule.factor(1000) == 0.1
    assert schedule.factor(1009) == schedule.factor(1900) == 1.0
    assert schedule.factor(1950) == 0.5


def test_a_run_goes_on_from_its_own_checkpoint(tmp_path: Path) -> None:
    run = make_run(tmp_path, 1000)
    run.step = 950
    nn.init.constant_(run.model.bert.weight, 3.0)
    run.keep()
    later = make_run(tmp_path, 1000)
    later.go_on()
    assert later.step == 950
    assert torch.equal(later.model.bert.weight, run.model.bert.weight)


def test_a_longer_run_goes_on_from_before_the_rate_fell(tmp_path: Path) -> None:
    run = make_run(tmp_path, 1000)
    for step in (800, 950):
        run.step = step
        run.keep()
    longer = make_run(tmp_path, 2000)
    longer.go_on()
    assert longer.step == 800


def test_a_shorter_run_begins_anew_rather_than_from_what_it_never_passed(tmp_path: Path) -> None:
    run = make_run(tmp_path, 1000)
    run.step = 800
    run.keep()
    shorter = make_run(tmp_path, 500)
    shorter.go_on()
    assert shorter.step == 0


def test_the_mean_of_two_readers_lies_between_them() -> None:
    first = {"weight": torch.tensor([1.0, 2.0]), "position_ids": torch.tensor([0, 1])}
    second = {"weight": torch.tensor([3.0, 6.0]), "position_ids": torch.tensor([0, 1])}
    mean = mean_weights(first, second)
    assert mean["weight"].tolist() == [2.0, 4.0]
    assert mean["position_ids"].tolist() == [0, 1]
