from __future__ import annotations

from qa.generation.instruct.forms import FORGET_S, Forms


def make_forms() -> tuple[Forms, list[float]]:
    now = [0.0]
    return Forms(lambda: now[0]), now


def test_one_malformed_reply_costs_no_form() -> None:
    forms, _ = make_forms()
    forms.unreadable(0)
    assert forms.first == 0
    forms.understood()
    forms.unreadable(0)
    assert forms.first == 0, "strikes are counted in a row"


def test_malformed_replies_in_a_row_pin_a_form_for_a_while_only() -> None:
    forms, now = make_forms()
    forms.unreadable(0)
    forms.unreadable(1)
    assert forms.first == 2
    now[0] = FORGET_S - 1
    assert forms.first == 2
    now[0] = FORGET_S
    assert forms.first == 0


def test_a_strike_is_forgotten_too() -> None:
    forms, now = make_forms()
    now[0] = 50.0
    forms.unreadable(0)
    now[0] = 50.0 + FORGET_S
    forms.unreadable(0)
    assert forms.first == 0


def test_a_form_that_was_refused_is_tried_again_after_a_while() -> None:
    forms, now = make_forms()
    forms.refused(2)
    forms.refused(1)
    assert forms.first == 2
    now[0] = FORGET_S
    assert forms.first == 0


def test_the_last_form_stays_however_bad_the_replies_are() -> None:
    forms, _ = make_forms()
    for _ in range(9):
        forms.unreadable(2)
    assert forms.first == 0
    forms.refused(2)
    for _ in range(9):
        forms.unreadable(2)
    assert forms.first == 2
