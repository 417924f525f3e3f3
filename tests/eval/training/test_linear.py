from __future__ import annotations

import random

from eval.training.linear import Choice, fit_choice, fit_logistic
from qa.reader.linear import logistic


def test_a_choice_learns_what_right_candidates_have() -> None:
    rng = random.Random(1)
    choices = []
    for number in range(200):
        rows = [{"good": rng.random(), "noise": rng.random()} for _ in range(4)]
        right = [False] * 4
        if number % 2:
            rows[2]["good"] += 1.5
            right[2] = True
        choices.append(Choice(rows, right))
    score = fit_choice(choices, ("good", "noise"))
    assert score.weights["good"] > 3 > 1 > abs(score.weights["noise"])
    assert score.of({"good": 2.0}) > 0 > score.of({"good": 0.5})


def test_a_logistic_is_calibrated_on_what_it_saw() -> None:
    rows = [{"x": float(i % 2)} for i in range(400)]
    labels = [(i % 2 == 1) == (i % 8 < 6) for i in range(400)]
    score = fit_logistic(rows, labels, ("x",), ridge=0.0)
    for x in (0.0, 1.0):
        among = [label for row, label in zip(rows, labels, strict=True) if row["x"] == x]
        assert abs(logistic(score.of({"x": x})) - sum(among) / len(among)) < 0.01


def test_weights_count() -> None:
    rows, labels = [{"x": 1.0}, {"x": 1.0}], [True, False]
    score = fit_logistic(rows, labels, ("x",), weights=[3.0, 1.0], ridge=0.0)
    assert abs(logistic(score.of({"x": 1.0})) - 0.75) < 0.01
