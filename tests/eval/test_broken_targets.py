"""A target that is broken in one way is caught by the metric for it, and by that one alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from eval.dataset import DataSet
from eval.records import (
    AbstentionRecord,
    AnswerRecord,
    CitedQuote,
    HitRecord,
    Question,
    StatementRecord,
    TargetDocument,
)
from eval.runner import run
from eval.summary import Summary
from tests.eval.builders import (
    VERSION,
    FakeService,
    make_document,
    make_question,
    rendered,
    with_answers,
)

TURNS = (
    ("ANNA", "We met in the old harbour of Bremen on a Tuesday."),
    ("BEN", "Right, that is how it was."),
    ("ANNA", "The ferry was late by forty minutes."),
    ("BEN", "Nobody minded the delay at all that evening."),
    # The same words as turn 1, said again elsewhere.
    ("ANNA", "Right, that is how it was."),
    ("BEN", "I paid twelve euros for both of our tickets."),
)
DOCUMENT = make_document(*TURNS)
HELD: TargetDocument = rendered(DOCUMENT)
"""What a service holds of the document."""

# Questions 0 to 5 have two supporting turns, the second being turn 1; 6 to 9 have no answer.
FIRST_TURNS = (0, 2, 3, 5, 0, 2)
QUESTIONS = tuple(
    make_question(
        f"q{index}",
        quotes=[(turn, TURNS[turn][1]), (1, TURNS[1][1])],
        answers=(
            "Bremen",
            "a longer gold answer that says in many words what the two of them said",
        ),
    )
    for index, turn in enumerate(FIRST_TURNS)
) + tuple(make_question(f"q{index}", answerable=False) for index in range(6, 10))
DATA = DataSet("made", (DOCUMENT,), QUESTIONS, "0" * 64)
WRONG_FIRST = "q5"
"""A sound service isn't perfect: here its best sentence is the wrong one, and it is unsure."""


def cite(turn: int, number: int) -> CitedQuote:
    held = HELD.turns[turn]
    return CitedQuote(
        number,
        "d",
        VERSION,
        held.char_start,
        held.char_end,
        HELD.text[held.char_start : held.char_end],
        held.speaker,
        turn,
    )


def answered(turns: tuple[int, ...], confidence: float) -> AnswerRecord:
    citations = tuple(cite(turn, number) for number, turn in enumerate(turns, start=1))
    text, statements = "", []
    for citation in citations:
        start = len(text)
        text += f"{citation.quote} [{citation.number}] "
        end = start + len(citation.quote)
        statements.append(
            StatementRecord(citation.quote, start, end, (citation.number,), "quoted", 1.0)
        )
    return AnswerRecord(
        "answered", text, "Bremen", tuple(statements), citations, confidence, None, ()
    )


def abstained(nearest: tuple[CitedQuote, ...], confidence: float) -> AnswerRecord:
    why = AbstentionRecord("no_evidence", nearest)
    return AnswerRecord("abstained", "They don't say.", None, (), (), confidence, why, ())


def sound_answer(question: Question) -> AnswerRecord:
    index = int(question.id[1:])
    if question.id == WRONG_FIRST:
        return answered((3, FIRST_TURNS[index], 1), 0.2)
    if question.answerable:
        return answered((FIRST_TURNS[index], 1), 0.9)
    return abstained((cite(3, 1),), 0.1)


def sound() -> FakeService:
    hits = tuple(
        HitRecord(
            f"p{turn.number}",
            "d",
            VERSION,
            turn.char_start,
            turn.char_end,
            HELD.text[turn.char_start : turn.char_end],
        )
        for turn in HELD.turns
    )
    return FakeService(
        answers={question.question: sound_answer(question) for question in QUESTIONS},
        hits={question.question: hits for question in QUESTIONS},
    )


Change = Callable[[str, AnswerRecord], AnswerRecord]


def shifted_by_one(question: str, answer: AnswerRecord) -> AnswerRecord:
    citations = tuple(
        replace(c, char_start=c.char_start + 1, char_end=c.char_end + 1) for c in answer.citations
    )
    return replace(answer, citations=citations)


def always_abstains(question: str, answer: AnswerRecord) -> AnswerRecord:
    return abstained(answer.ranked, answer.confidence)


def never_abstains(question: str, answer: AnswerRecord) -> AnswerRecord:
    return answered((3,), answer.confidence) if answer.status == "abstained" else answer


def cites_every_sentence(question: str, answer: AnswerRecord) -> AnswerRecord:
    if answer.status == "abstained":
        return answer
    there = {citation.turn for citation in answer.citations}
    more = [turn for turn in range(len(TURNS)) if turn not in there]
    extra = tuple(
        cite(turn, number) for number, turn in enumerate(more, start=len(answer.citations) + 1)
    )
    return replace(answer, citations=answer.citations + extra)


def right_words_at_the_wrong_place(question: str, answer: AnswerRecord) -> AnswerRecord:
    # Turn 4 says what turn 1 says, so the quote is exact there: only the place is wrong.
    moved = tuple(cite(4, c.number) if c.turn == 1 else c for c in answer.citations)
    return replace(answer, citations=moved)


def confident_when_wrong(question: str, answer: AnswerRecord) -> AnswerRecord:
    # The order of confidences stays, so that ranking by them is as good as before.
    return replace(answer, confidence=0.9 + answer.confidence / 10)


def summary_of(service: FakeService, directory: Path) -> Summary:
    return run(DATA, service, directory)


def moved(before: Summary, after: Summary) -> tuple[set[str], set[str]]:
    """Return the metrics with another value, and those with nothing left to score."""
    changed: set[str] = set()
    emptied: set[str] = set()
    for old in before.metrics:
        new = after.metric(old.metric)
        if old.metric.endswith(("p50", "p95")) or old.value == new.value:
            continue
        (emptied if new.value is None else changed).add(old.metric)
    return changed, emptied


@pytest.mark.parametrize(
    ("change", "caught_by"),
    [
        (shifted_by_one, {"validity"}),
        (always_abstains, {"abstention_precision", "abstention_f1"}),
        (never_abstains, {"abstention_recall", "abstention_f1"}),
        (cites_every_sentence, {"citation_precision", "citation_f1"}),
        (
            right_words_at_the_wrong_place,
            {"citation_precision", "citation_recall", "citation_f1"},
        ),
        (confident_when_wrong, {"ece"}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_each_fault_is_caught_by_its_own_metric(
    change: Change, caught_by: set[str], tmp_path: Path
) -> None:
    before = summary_of(sound(), tmp_path / "sound")
    after = summary_of(with_answers(sound(), change), tmp_path / "broken")
    changed, emptied = moved(before, after)
    assert changed == caught_by
    better = {
        name
        for name in caught_by
        if name != "ece" and (after.metric(name).value or 0) > (before.metric(name).value or 0)
    }
    assert not better
    if change is always_abstains:
        # What needs an answer has nothing to score, and says so instead of falling to 0.
        assert emptied == {
            "citation_precision",
            "citation_recall",
            "citation_f1",
            "short_exact_match",
            "short_f1",
            "statement_rouge_l",
            "generated_share",
        }
    elif change is never_abstains:
        assert emptied == {"abstention_precision"}
    else:
        assert not emptied


def test_the_sound_target_is_valid_and_nearly_right(tmp_path: Path) -> None:
    summary = summary_of(sound(), tmp_path)
    assert summary.metric("validity").value == 1.0
    assert summary.metric("abstention_f1").value == 1.0
    assert summary.verdicts["right"] == 9
    assert summary.verdicts["wrong evidence"] == 1


def test_a_quote_at_an_address_that_says_something_else_is_invalid(tmp_path: Path) -> None:
    def misplaced(question: str, answer: AnswerRecord) -> AnswerRecord:
        if answer.status == "abstained":
            return answer
        # The address of turn 0 under the words of the first citation.
        first = HELD.turns[3] if answer.citations[0].turn == 0 else HELD.turns[0]
        wrong = replace(answer.citations[0], char_start=first.char_start, char_end=first.char_end)
        return replace(answer, citations=(wrong, *answer.citations[1:]))

    after = summary_of(with_answers(sound(), misplaced), tmp_path)
    assert (after.metric("validity").value or 0) < 1.0
    assert (after.metric("citation_f1").value or 0) < 1.0
