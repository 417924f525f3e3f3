"""Follow-up questions asked of the service as it ships: its trained reader, its carry-over."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.settings import Settings
from scripts.follow_ups import asked, read_pairs, seeded_service

pytestmark = pytest.mark.e2e

# Answered without the history too: one transcript alone is on the matter. The rewriting is tested.
RESOLVED = {
    "follow-dev-08": "How did Hruby count them?",
    "follow-dev-15": "How many crossings did the Marigold miss in the first ten days?",
}
# These can't.
ONLY_WITH_HISTORY = ("follow-13", "follow-17")


def test_the_service_as_shipped_resolves_follow_ups_with_the_history_alone(
    tmp_path: Path, cache_dir: Path, seeds: Path
) -> None:
    pairs = [
        pair
        for name in ("followups.jsonl", "followups-dev.jsonl")
        for pair in read_pairs(seeds / name)
        if pair.id in (*RESOLVED, *ONLY_WITH_HISTORY)
    ]
    settings = Settings(data_dir=tmp_path, cache_dir=cache_dir, llm="none")
    with seeded_service(tmp_path, settings) as service:
        found = {pair.id: asked(service, pair) for pair in pairs}
    assert {i: found[i].answer.rewritten_question for i in RESOLVED} == RESOLVED
    assert [i for i, item in found.items() if not item.right] == []
    assert [i for i in ONLY_WITH_HISTORY if found[i].right_withheld] == []
