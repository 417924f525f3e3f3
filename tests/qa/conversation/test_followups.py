"""Follow-up questions on the seed transcript, with and without what was asked before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from index.encoders.minilm import OnnxEncoder
from index.library import Library
from index.records import Source
from qa.answer.engine import Engine, Limits
from qa.conversation.rewrite import CarryOver
from qa.evidence.candidates import BaselineRanker, Ranked
from qa.records import Answer, Ask
from scripts.follow_ups import Pair, exchange_of, read_pairs

pytestmark = pytest.mark.e2e


class Sure:
    """Answers whatever is asked, so that the order of the sentences alone is looked at."""

    def confidence(self, ranked: Sequence[Ranked]) -> float:
        return 1.0 if ranked else 0.0


@pytest.fixture(scope="module")
def engine(
    seeds: Path, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    encoder = OnnxEncoder(cache_dir, 2)
    library = Library.open(tmp_path_factory.mktemp("data"), encoder)
    files = sorted((seeds / "transcripts").iterdir())
    list(library.ingest(Source(file.name, file.read_bytes()) for file in files))
    yield Engine(
        retriever=library,
        ranker=BaselineRanker(),
        answerability=Sure(),
        # The baseline's scores don't tell which sentences come close to the best one.
        limits=Limits(question_chars=2000, statements=1, abstain_below=0.5),
        models={"encoder": encoder.id, "llm": None},
        rewriter=CarryOver(library),
    )
    library.close()


def is_right(pair: Pair, answer: Answer) -> bool:
    """Return whether the first statement cites a gold sentence, and names the speaker if asked."""
    if answer.status != "answered":
        return False
    first = answer.citations[answer.statements[0].citations[0] - 1]
    return first.quote in pair.evidence and (
        pair.speaker is None or answer.short_answer == pair.speaker
    )


def test_follow_ups_are_answered_with_the_history_and_not_without(
    engine: Engine, seeds: Path
) -> None:
    pairs = read_pairs(seeds / "followups.jsonl")
    assert len(pairs) == 20
    right, withheld = [], []
    for pair in pairs:
        history = (exchange_of(pair.first, engine.ask(Ask(pair.first))),)
        answer = engine.ask(Ask(pair.question, history=history))
        assert answer.rewritten_question not in (None, pair.question)
        right += [pair.id] if is_right(pair, answer) else []
        withheld += [pair.id] if is_right(pair, engine.ask(Ask(pair.question))) else []
    assert len(right) >= 16, right
    assert len(withheld) <= 4, withheld
