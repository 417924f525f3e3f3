from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from index.records import Hit, Scores
from qa.evidence.candidates import build_candidates
from qa.evidence.ranker import (
    CATCH_UP,
    READ_FIRST,
    TrainedRanker,
    reading_order,
    window_of,
)
from qa.reader.cross_encoder import Reading
from qa.reader.inputs import Window
from qa.reader.linear import LinearScore
from qa.records import AnswerSpan
from tests.qa.evidence.builders import make_candidates, make_hit

READER = LinearScore(0.0, {"reader": 1.0})


class WordReader:
    """Scores a sentence by how often it says "yes"; remembers what it was given."""

    def __init__(self) -> None:
        self.windows: list[Window] = []

    def read(self, text: str, windows: Sequence[Window]) -> tuple[Reading, ...]:
        self.windows += windows
        return tuple(
            Reading(
                scores=tuple(float(s.text.lower().count("yes")) for s in window.sentences),
                answers=0.0,
                supports=0.0,
                spans=tuple(AnswerSpan(0, 3, 1.5) for _ in window.sentences),
            )
            for window in windows
        )


def make_hits(count: int) -> list[Hit]:
    hits = [make_hit(f"Number {i}.", "Yes.", document_id=f"d{i}") for i in range(count)]
    return [replace(hit, scores=Scores(None, None, i / 10)) for i, hit in enumerate(hits)]


def test_the_reader_decides_among_the_sentences_it_read() -> None:
    hit = make_hit("No.", "Yes yes.", "Yes.")
    candidates = build_candidates("Well?", [hit], [[0.9, 0.1, 0.1]])
    ranked = TrainedRanker(READER, WordReader()).rank("Well?", candidates)
    assert [r.candidate.text for r in ranked] == ["Yes yes.", "Yes.", "No."]
    assert all(0 <= r.score <= 1 for r in ranked)


def test_only_the_best_passages_are_read_and_the_rest_stand_behind() -> None:
    hits = make_hits(5)
    candidates = build_candidates("Well?", hits, [[0.0, 0.0]] * 5)
    reader = WordReader()
    ranked = TrainedRanker(READER, reader, passages=2).rank("Well?", candidates)
    assert len(reader.windows) == 2
    assert {r.candidate.hit.document_id for r in ranked[:4]} == {"d3", "d4"}
    assert len(ranked) == len(candidates)


def test_what_cannot_overtake_a_clear_answer_is_not_read() -> None:
    hits = make_hits(READ_FIRST + 2)
    clear = "yes " * math.ceil(CATCH_UP + 1)
    hits.append(replace(make_hit(clear, document_id="clear"), scores=Scores(None, None, 1.0)))
    candidates = build_candidates("Well?", hits, [[0.0] * len(hit.sentences) for hit in hits])
    reader = WordReader()
    ranked = TrainedRanker(READER, reader).rank("Well?", candidates)
    assert len(reader.windows) == READ_FIRST
    assert ranked[0].candidate.text == clear
    assert len(ranked) == len(candidates)


def test_more_is_read_while_nothing_is_clearly_ahead() -> None:
    hits = make_hits(READ_FIRST + 2)
    late = replace(make_hit("Yes yes.", document_id="late"), scores=Scores(None, None, 0.0))
    candidates = build_candidates(
        "Well?", [*hits, late], [[0.0] * len(hit.sentences) for hit in [*hits, late]]
    )
    reader = WordReader()
    ranked = TrainedRanker(READER, reader).rank("Well?", candidates)
    assert len(reader.windows) == len(hits) + 1
    assert ranked[0].candidate.text == "Yes yes."


def test_a_passage_gains_by_what_was_found_beside_it() -> None:
    found = [
        replace(make_hit(text, document_id=document, first=first), scores=Scores(None, None, fused))
        for text, document, first, fused in (
            ("Who has the key?", "d", 0, 0.9),
            ("Tom does.", "d", 1, 0.3),
            ("Something else.", "e", 0, 0.5),
        )
    ]
    order = reading_order(build_candidates("Who has the key?", found, [[0.0]] * 3))
    assert [hit.text for hit in order.values()] == [
        "Who has the key?",
        "Tom does.",
        "Something else.",
    ]


def test_a_window_is_the_whole_passage_even_if_only_some_of_it_may_be_cited() -> None:
    hit = make_hit("No.", "Yes.", speaker="Ann")
    candidates = [c for c in make_candidates("Well?", [hit]) if c.text == "Yes."]
    reader = WordReader()
    (ranked,) = TrainedRanker(READER, reader).rank("Well?", candidates)
    assert [s.text for s in reader.windows[0].sentences] == ["No.", "Yes."]
    assert dict(ranked.features)["reader"] == 1.0


def test_labels_stand_where_a_turn_begins() -> None:
    assert [s.label for s in window_of(make_hit("No.", "Yes.", speaker="Ann")).sentences] == [
        "Ann",
        "Ann",
    ]


def test_nothing_to_rank_is_no_error() -> None:
    assert TrainedRanker(READER, WordReader()).rank("Well?", ()) == ()


def test_what_the_reader_says_of_a_sentence_goes_with_it() -> None:
    hit = make_hit("No.", "Yes yes.")
    (best, _) = TrainedRanker(READER, WordReader()).rank(
        "Well?", build_candidates("Well?", [hit], [[0.5, 0.25]])
    )
    known = dict(best.features)
    assert (known["reader"], known["span"], known["dense"]) == (2.0, 1.5, 0.25)
    assert (known["passage_rank"], known["logit"]) == (1.0, 2.0)
    assert best.span == AnswerSpan(0, 3, 1.5)
