from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from eval.gold import align, place
from eval.records import EvidenceItem, Question
from tests.eval.builders import make_document, make_question, rendered

DOCUMENT = make_document(
    ("ANNA", "We met in Bremen."), ("BEN", ""), ("BEN", "Yes."), "It rained.", "Yes."
)


def with_evidence(*items: EvidenceItem, answers: tuple[str, ...] = ()) -> Question:
    return replace(make_question("q", answers=answers), evidence=items)


def test_quotes_are_placed_in_the_canonical_text() -> None:
    held = rendered(DOCUMENT)
    gold = place(with_evidence(EvidenceItem(0, 0, "in Bremen")), DOCUMENT, held)
    span = gold.groups[0][0]
    assert held.text[span.char_start : span.char_end] == span.text == "in Bremen"
    assert span.char_start == len("ANNA: We met ")
    assert gold.unmapped == ()


def test_a_reader_that_drops_empty_turns_changes_nothing() -> None:
    held = rendered(DOCUMENT, keep_empty=False)
    assert len(held.turns) == 4
    # "Yes." is said twice: the second has to be the second.
    gold = place(with_evidence(EvidenceItem(4, 4, "Yes.")), DOCUMENT, held)
    assert gold.groups[0][0].char_start == held.turns[3].char_start


def test_evidence_whose_turn_reads_otherwise_is_unmapped_not_guessed() -> None:
    other = make_document(
        ("ANNA", "We met in Hamburg."), ("BEN", ""), ("BEN", "Yes."), "It rained.", "Yes."
    )
    gold = place(
        with_evidence(EvidenceItem(0, 0, "in Bremen"), EvidenceItem(3, 3, "rained")),
        DOCUMENT,
        rendered(other),
    )
    assert gold.unmapped == ("turn 0 isn't in the target's document",)
    assert [group[0].text for group in gold.groups] == ["rained"]


def test_a_given_place_in_the_turn_is_kept() -> None:
    twice = make_document("yes and yes")
    held = rendered(twice)
    gold = place(with_evidence(EvidenceItem(0, 0, "yes", 8, 11)), twice, held)
    assert gold.groups[0][0].char_start == 8
    wrong = place(with_evidence(EvidenceItem(0, 0, "yes", 7, 10)), twice, held)
    assert wrong.groups == ()
    assert len(wrong.unmapped) == 1


def test_occurrences_of_the_answer_are_alternatives_and_supports_are_not() -> None:
    held = rendered(DOCUMENT)
    items = (EvidenceItem(2, 2, "Yes."), EvidenceItem(4, 4, "Yes."))
    assert len(place(with_evidence(*items, answers=("Yes.",)), DOCUMENT, held).groups) == 1
    assert len(place(with_evidence(*items, answers=("They agreed",)), DOCUMENT, held).groups) == 2


def test_fine_evidence_comes_first_and_coarse_turns_are_accepted() -> None:
    held = rendered(DOCUMENT)
    question = replace(
        with_evidence(EvidenceItem(0, 3)), evidence_fine=(EvidenceItem(3, 3, "rained"),)
    )
    gold = place(question, DOCUMENT, held)
    assert [group[0].text for group in gold.groups] == ["rained"]
    assert [span.text for span in gold.accepted] == ["We met in Bremen.", "Yes.", "It rained."]


def test_whole_turns_are_the_gold_where_there_is_no_quote() -> None:
    gold = place(with_evidence(EvidenceItem(2, 3)), DOCUMENT, rendered(DOCUMENT))
    assert [span.text for span in gold.groups[0]] == ["Yes.", "It rained."]
    assert gold.accepted == ()


def test_a_question_without_evidence_has_no_gold() -> None:
    assert place(with_evidence(), DOCUMENT, rendered(DOCUMENT)).groups == ()


@given(st.lists(st.sampled_from(["", "Yes.", "No.", "Maybe so."]), min_size=1, max_size=12))
def test_alignment_keeps_texts_and_order(texts: list[str]) -> None:
    document = make_document(*texts)
    for keep_empty in (True, False):
        held = rendered(document, keep_empty=keep_empty)
        turns = align(document, held)
        assert set(turns) == {index for index, text in enumerate(texts) if text}
        assert list(turns.values()) == sorted(turns.values())
        for index, other in turns.items():
            turn = held.turns[other]
            assert held.text[turn.char_start : turn.char_end] == texts[index]
