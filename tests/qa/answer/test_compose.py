from __future__ import annotations

from qa.answer.citations import cite
from qa.answer.compose import Draft, compose, looked_at
from qa.evidence.candidates import BaselineRanker, build_candidates
from qa.evidence.select import as_evidence
from qa.records import Citation
from tests.builders import make_hit


def citations() -> list[Citation]:
    hit = make_hit(("ANN", "They meet in Berlin."), "Nobody knows when.")
    ranked = BaselineRanker().rank("q", build_candidates("q", [hit], [[0.9, 0.5]]))
    return [cite(as_evidence(r), n) for n, r in enumerate(ranked, 1)]


def test_quotes_are_attributed_marked_and_located() -> None:
    first, second = citations()
    text, statements = compose([Draft(c.quote, (c,), "quoted", 1.0) for c in (first, second)])
    assert text == "ANN: “They meet in Berlin.” [1]\n“Nobody knows when.” [2]"
    assert [text[s.char_start : s.char_end] for s in statements] == [s.text for s in statements]


def test_a_generated_statement_has_no_quotation_marks_and_all_its_markers() -> None:
    first, second = citations()
    text, (statement, _) = compose(
        [
            Draft("The talks are in Berlin.", (first, second), "generated", 0.8),
            Draft("Nobody knows when.", (second,), "generated", 0.9),
        ]
    )
    assert text == "The talks are in Berlin. [1][2] Nobody knows when. [2]"
    assert statement.citations == (1, 2)


def test_no_statement_is_no_text() -> None:
    assert compose([]) == ("", ())


def test_a_question_for_all_is_told_how_much_was_looked_at() -> None:
    told = looked_at("List all the reasons he gave.", 60, 3)
    assert told == "(Looked at the 60 nearest sentences, in 3 transcripts; there may be more.)"
    assert looked_at("What did everyone say?", 1, 1) is not None
    assert looked_at("What have the troops been doing all week?", 60, 3) is None
    assert looked_at("Where do they meet?", 60, 3) is None
