from __future__ import annotations

import pytest

from index.formats.labels import believed, bold_label_of, label_of


@pytest.mark.parametrize(
    ("line", "name", "words", "certain"),
    [
        ("INSKEEP: OK.", "INSKEEP", "OK.", True),
        ("  Dr. O'NEIL-SMITH : OK.", "Dr. O'NEIL-SMITH", "OK.", True),
        ("NEAL CONAN, host: OK.", "NEAL CONAN, host", "OK.", True),
        ("Mr. SMITH (Author): OK.", "Mr. SMITH (Author)", "OK.", True),
        ("THE WITNESS: Yes.", "THE WITNESS", "Yes.", True),
        ("MAYNES: THIS IS ALL LOUD", "MAYNES", "THIS IS ALL LOUD", False),
        ("Ana de la Cruz: OK.", "Ana de la Cruz", "OK.", False),
        ("interviewer 2: OK.", "interviewer 2", "OK.", False),
        ("王力：你好", "王力", "你好", False),
        ("Ana (00:01:02): OK.", "Ana", "OK.", True),
        ("Ana [1:02 - 1:05]: OK.", "Ana", "OK.", True),
        ("[00:01:02.500] Ana: OK.", "Ana", "OK.", True),
        ("00:01:02 Ana: OK.", "Ana", "OK.", True),
        ("Ana  1:02", "Ana", "", True),
        ("(1:02) He said: no", None, "He said: no", True),
    ],
)
def test_labels(line: str, name: str | None, words: str, certain: bool) -> None:
    label = label_of(line)
    assert label is not None
    assert (label.name, line[label.body :], label.certain) == (name, words, certain)


@pytest.mark.parametrize(
    "line",
    [
        "He said: no",
        "HE SAID: NO",
        "Remember: no",
        "and then: no",
        "It was 10:30 there",
        "10: ten",
        "https://a.example",
        "Is it far? Yes: very",
        "[applause] Good",
        "(99:99) OK",
        ": OK",
        "",
        " " * 100_000,
    ],
)
def test_no_labels(line: str) -> None:
    assert label_of(line) is None


def test_times_in_labels() -> None:
    label = label_of("[1:02 - 1:05.5] Ana: OK.")
    assert label is not None
    assert (label.start_ms, label.end_ms) == (62_000, 65_500)


@pytest.mark.parametrize(
    ("line", "name", "words"),
    [
        ("**Ana:** OK.", "Ana", "OK."),
        ("**Ana**: OK.", "Ana", "OK."),
        ("- **Ana** (1:02): OK.", "Ana", "OK."),
        ("__Ana Ruiz:__ **OK.**", "Ana Ruiz", "**OK.**"),
        ("**[1:02] Ana:** OK.", "Ana", "OK."),
    ],
)
def test_bold_labels(line: str, name: str, words: str) -> None:
    label = bold_label_of(line)
    assert label is not None
    assert (label.name, line[label.body :], label.certain) == (name, words, True)


@pytest.mark.parametrize(
    "line", ["**bold** words", "**Note:** this", "**Ana: all bold**", "* Ana: x"]
)
def test_no_bold_labels(line: str) -> None:
    assert bold_label_of(line) is None


def test_names_in_mixed_case_are_believed_when_they_come_back_or_are_everywhere() -> None:
    ana, ben = label_of("Ana: a"), label_of("Ben: b")
    assert believed([ana, ben, ana, None, None, None, None]) == {"Ana"}
    assert believed([ana, ben, None]) == {"Ana", "Ben"}
    assert believed([ana, None, None]) == frozenset()
    assert believed([]) == frozenset()
