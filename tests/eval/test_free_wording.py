from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from eval.free_wording import asserted, read, table
from qa.verify import Verifier

BAR = 0.05
"""Share of the false statements that may be asserted."""


def test_the_set_is_two_hundred_statements_each_of_its_own(seeds: Path) -> None:
    wordings = read(seeds / "free-wording.jsonl")
    assert Counter(wording.true for wording in wordings) == {False: 140, True: 60}
    assert len({(wording.statement, wording.cited) for wording in wordings}) == 200
    kinds = Counter(wording.kind for wording in wordings if not wording.true)
    assert {"polarity", "role", "count", "invented", "hypothetical", "cause"} <= kinds.keys()


def test_of_false_statements_nearly_none_is_asserted_as_it_ships(seeds: Path) -> None:
    wordings = read(seeds / "free-wording.jsonl")
    false = [wording for wording in wordings if not wording.true]
    check = Verifier(threshold=0.0)  # the deterministic checks alone: support can only refuse more
    assert sum(asserted(w, check, free=False) for w in false) <= BAR * len(false)
    assert sum(asserted(w, check, free=True) for w in false) > BAR * len(false)
    true = [wording for wording in wordings if wording.true]
    assert sum(asserted(w, check, free=False) for w in true) >= 7


@pytest.mark.parametrize(
    "false",
    [
        "Reed voted against the bridge repair every time it came before the council.",
        "The council closed Harbour Street by a vote of six to three.",
        "Police arrested a man at the scene of the pharmacy incident.",
    ],
)
def test_the_attacks_that_were_found_are_not_asserted(false: str, seeds: Path) -> None:
    (wording,) = (w for w in read(seeds / "free-wording.jsonl") if w.statement == false)
    assert not asserted(wording, Verifier(threshold=0.0), free=False)


def test_the_table_counts_by_kind(seeds: Path) -> None:
    wordings = read(seeds / "free-wording.jsonl")[:4]
    rows = table(wordings, {"all": lambda _: True, "true ones": lambda wording: wording.true})
    assert rows[0] == "| kind | all | true ones | of |"
    assert rows[-1] == "| **all false ones** | 3 | 0 | 3 |"
