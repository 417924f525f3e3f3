"""Yes and no: only where the sentence says all that is asked, or plainly the opposite."""

from __future__ import annotations

import pytest

from qa.yes_no import yes_or_no


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("Is the bridge closed?", "The bridge is closed since Monday.", "yes"),
        ("Is the bridge closed?", "No, the bridge isn't closed.", "no"),
        ("Is the bridge open?", "The bridge is closed.", "no"),
        ("Did the council approve the budget?", "The council approved the budget.", "yes"),
        ("Did the council approve the budget?", "The council refused to approve the budget.", "no"),
        ("Did the council not approve the budget?", "The council approved the budget.", "no"),
        ("Was it really 40 boats?", "It was 40 boats.", "yes"),
        ("Were 40 boats lost?", "They lost 40 boats.", "yes"),
        ("Were 40 boats lost?", "They lost 14 boats.", None),
        ("Did Anna approve the budget?", "The council approved the budget.", None),
        ("Did the council approve the budget?", "The council may approve the budget.", None),
        ("Did the council approve the budget?", "Did the council approve the budget?", None),
        ("Did the council approve or reject it?", "The council approved it.", None),
        ("Who approved the budget?", "The council approved the budget.", None),
        ("Is Eugene really a scientist?", "Eugene is a character of the series.", None),
    ],
)
def test_only_plain_sentences_answer(question: str, sentence: str, answer: str | None) -> None:
    assert yes_or_no(question, sentence, None) == answer


def test_the_label_counts_as_said() -> None:
    assert yes_or_no("Did Anna leave the harbour?", "I left the harbour.", "ANNA") == "yes"
