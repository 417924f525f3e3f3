from __future__ import annotations

from collections.abc import Sequence

from index.records import Hit
from qa.cross_encoder import Reading
from qa.linear import LinearScore
from qa.ranking import build_candidates
from qa.reader_input import Window
from qa.trained_ranker import TrainedRanker, first_features, window_of
from tests.qa.builders_ranking import make_candidates, make_hit

DENSE = LinearScore(0.0, {"dense": 1.0})
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
                spans=(None,) * len(window.sentences),
            )
            for window in windows
        )


def make_hits(count: int) -> list[Hit]:
    return [make_hit(f"Number {i}.", "Yes.", document_id=f"d{i}") for i in range(count)]


def test_the_reader_decides_among_the_sentences_it_read() -> None:
    hit = make_hit("No.", "Yes yes.", "Yes.")
    candidates = build_candidates("Well?", [hit], [[0.9, 0.1, 0.1]])
    ranked = TrainedRanker(DENSE, READER, WordReader()).rank("Well?", candidates)
    assert [r.candidate.text for r in ranked] == ["Yes yes.", "Yes.", "No."]
    assert all(0 <= r.score <= 1 for r in ranked)


def test_only_the_best_passages_are_read_and_the_rest_stand_behind() -> None:
    hits = make_hits(5)
    candidates = build_candidates("Well?", hits, [[0.1 * i, 0.0] for i in range(5)])
    reader = WordReader()
    ranked = TrainedRanker(DENSE, READER, reader, passages=2).rank("Well?", candidates)
    assert len(reader.windows) == 2
    assert {r.candidate.hit.document_id for r in ranked[:4]} == {"d3", "d4"}
    assert len(ranked) == len(candidates)


def test_a_window_is_the_whole_passage_even_if_only_some_of_it_may_be_cited() -> None:
    hit = make_hit("No.", "Yes.", speaker="Ann")
    candidates = [c for c in make_candidates("Well?", [hit]) if c.text == "Yes."]
    reader = WordReader()
    (ranked,) = TrainedRanker(DENSE, READER, reader).rank("Well?", candidates)
    assert [s.text for s in reader.windows[0].sentences] == ["No.", "Yes."]
    assert dict(ranked.features)["reader"] == 1.0


def test_labels_stand_where_a_turn_begins() -> None:
    assert [s.label for s in window_of(make_hit("No.", "Yes.", speaker="Ann")).sentences] == [
        "Ann",
        "Ann",
    ]


def test_nothing_to_rank_is_no_error() -> None:
    assert TrainedRanker(DENSE, READER, WordReader()).rank("Well?", ()) == ()


def test_first_features_know_the_speaker_and_the_place_of_the_passage() -> None:
    hits = [
        make_hit("Hello there.", document_id="a", speaker="Ann"),
        make_hit("Bye?", document_id="b"),
    ]
    first, second = first_features("What did Ann say?", make_candidates("What did Ann say?", hits))
    assert (first["speaker"], second["speaker"]) == (1.0, 0.0)
    assert (first["asks"], second["asks"]) == (0.0, 1.0)
    assert (first["passage_rank"], second["passage_rank"]) == (1.0, 0.5)


def test_a_sentence_that_asks_the_question_again_stands_behind_the_answer() -> None:
    hit = make_hit("How many crossings were missed, yes?", "Yes, fourteen crossings.")
    question = "How many crossings were missed?"
    candidates = build_candidates(question, [hit], [[0.9, 0.9]])
    ranked = TrainedRanker(DENSE, READER, WordReader()).rank(question, candidates)
    assert ranked[0].candidate.text == "Yes, fourteen crossings."


def test_the_asked_for_thing_and_the_name_together_win() -> None:
    hit = make_hit("Ann met a minister yes.", "Ann said yes, yes.", "A minister came, yes, yes.")
    question = "Which minister did Ann meet?"
    candidates = build_candidates(question, [hit], [[0.5, 0.5, 0.5]])
    ranked = TrainedRanker(DENSE, READER, WordReader()).rank(question, candidates)
    assert ranked[0].candidate.text == "Ann met a minister yes."
