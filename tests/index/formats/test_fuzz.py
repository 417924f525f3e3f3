"""A short run of ``scripts.fuzz``; ``make fuzz`` is the long one."""

from __future__ import annotations

import pytest

from index.formats import format_names
from scripts.fuzz import SECONDS_LIMIT, corpus, fuzz, outcome

# Enough to meet every branch of the mutations, and a second of testing for all readers.
INPUTS = 150


@pytest.mark.parametrize("reader", format_names())
def test_mutated_inputs_are_read_or_refused(reader: str) -> None:
    report = fuzz(reader, INPUTS, seed=1)
    assert [flaw for flaw, _ in report.failures] == []
    assert report.inputs == INPUTS
    assert report.slowest <= SECONDS_LIMIT


@pytest.mark.parametrize("reader", format_names())
def test_what_is_mutated_is_well_formed(reader: str) -> None:
    assert [outcome(data, reader) for data in corpus(reader)] == [("read", None)] * len(
        corpus(reader)
    )
