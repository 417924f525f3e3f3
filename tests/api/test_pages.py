from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.web.pages import long_date, turn_views, web_address
from index.records import Turn
from qa.answer.citations import clock


@pytest.mark.parametrize(
    ("ms", "shown"),
    [(None, ""), (0, "00:00"), (61_999, "01:01"), (3_599_999, "59:59"), (3_661_000, "1:01:01")],
)
def test_times_are_minutes_and_seconds_and_hours_when_there_are_any(
    ms: int | None, shown: str
) -> None:
    assert clock(ms) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), ("2022-01-27", "27 January 2022"), ("spring 2022", "spring 2022")],
)
def test_dates_are_written_out(value: str | None, shown: str) -> None:
    assert long_date(value) == shown


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        ("https://radio.example/a#:~:text=x", True),
        ("http://radio.example/", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//radio.example", False),
        ("https:", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_only_addresses_of_the_web_become_links(url: str | None, opens: bool) -> None:
    assert web_address(url) == (url if opens else None)


@given(st.data())
def test_segments_hold_the_turns_and_mark_the_span(data: st.DataObject) -> None:
    text = data.draw(st.text(min_size=1, max_size=60))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=8)))
    turns = [Turn(n, "A", *span) for n, span in enumerate(pairwise(cuts))]
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))

    views = turn_views(text, turns, (start, end))

    for view in views:
        turn = view.turn
        assert "".join(s.text for s in view.segments) == text[turn.char_start : turn.char_end]
    marked = "".join(s.text for v in views for s in v.segments if s.cited)
    assert marked == text[max(start, cuts[0]) : max(cuts[0], min(end, cuts[-1]))]
    assert sum(s.first for v in views for s in v.segments) == bool(marked)
