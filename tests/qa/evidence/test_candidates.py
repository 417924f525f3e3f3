from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.evidence.candidates import BaselineRanker, build_candidates, lexical_similarities
from tests.qa.evidence.builders import make_candidates, make_hit


def test_a_candidate_quotes_its_sentence_and_knows_what_stands_around_it() -> None:
    hit = make_hit("One.", "Two.", "Three.", first=4)
    candidates = build_candidates("two?", [hit], [[0.1, 0.2, 0.3]])
    assert [c.text for c in candidates] == ["One.", "Two.", "Three."]
    assert candidates[1].context == "One. Two. Three."
    assert [c.dense for c in candidates] == [0.1, 0.2, 0.3]


def test_a_sentence_found_in_two_passages_is_one_candidate() -> None:
    first, second = make_hit("One.", "Two."), make_hit("Two.", "Three.", first=1)
    candidates = build_candidates("two?", [first, second], [[0.1, 0.2], [0.9, 0.3]])
    assert [c.sentence.number for c in candidates] == [0, 1, 2]
    assert candidates[1].dense == 0.2


def test_equal_words_in_different_documents_stay_apart() -> None:
    hits = [make_hit("Yes.", document_id="a"), make_hit("Yes.", document_id="b")]
    assert len(make_candidates("yes?", hits)) == 2


def test_no_hits_give_no_candidates() -> None:
    assert build_candidates("What?", [], []) == ()
    assert BaselineRanker().rank("What?", ()) == ()


def test_the_sentence_that_shares_the_rare_words_comes_first() -> None:
    hit = make_hit(
        "The talks in Geneva went on.",
        "The next round of talks will be in Berlin.",
        "The talks matter.",
    )
    question = "Where will the next round of talks be?"
    ranked = BaselineRanker().rank(question, make_candidates(question, [hit]))
    assert ranked[0].candidate.sentence.number == 1
    assert [r.score for r in ranked] == sorted((r.score for r in ranked), reverse=True)


def test_a_neighbours_words_count_less_than_the_sentences_own() -> None:
    own, beside, none = lexical_similarities(
        "Did Lavrov travel?",
        [("", "Lavrov travelled.", ""), ("Lavrov travelled.", "He did.", ""), ("", "Rain.", "")],
    )
    assert own > beside > none == 0.0


def test_similar_meaning_decides_where_words_dont() -> None:
    hit = make_hit("Apples.", "Pears.")
    candidates = build_candidates("Which fruit?", [hit], [[0.1, 0.6]])
    assert BaselineRanker().rank("Which fruit?", candidates)[0].candidate.text == "Pears."


def test_equal_scores_are_ordered_by_identity() -> None:
    hits = [make_hit("Same.", document_id="b"), make_hit("Same.", document_id="a")]
    ranked = BaselineRanker().rank("Other?", make_candidates("Other?", hits))
    assert [r.candidate.hit.document_id for r in ranked] == ["a", "b"]


@settings(deadline=None)
@given(st.text(), st.lists(st.text(), max_size=4))
def test_lexical_similarity_stays_between_zero_and_one(question: str, texts: list[str]) -> None:
    scores = lexical_similarities(question, [("", text, "") for text in texts])
    assert len(scores) == len(texts)
    assert all(0.0 <= score <= 1.0 + 1e-9 for score in scores)
