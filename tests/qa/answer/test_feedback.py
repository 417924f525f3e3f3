from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import qa.answer.feedback
from index.errors import StorageError
from index.records import Filters
from qa.answer.feedback import FILE, Feedback, FeedbackFile
from qa.records import CitedSpan

ONE = Feedback(
    answer_id="a1",
    rating="up",
    comment=None,
    question="Where? 🎉",
    rewritten_question=None,
    filters=Filters(("doc",), ("ANNA",), "2022-01-01"),
    status="answered",
    answer="There. [1]",
    short_answer="There",
    citations=(CitedSpan("doc", "v1", 3, 9),),
    at="2026-01-05T09:30:00+00:00",
)
TWO = replace(ONE, answer_id="a2", rating="down", comment="line\nbreak")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = FeedbackFile(tmp_path / "new")
    file.add(ONE)
    file.add(TWO)

    assert file.all() == (ONE, TWO)


def test_the_last_opinion_about_an_answer_counts(tmp_path: Path) -> None:
    file = FeedbackFile(tmp_path)
    for each in (ONE, TWO, replace(ONE, rating="down")):
        file.add(each)

    assert file.all() == (replace(ONE, rating="down"), TWO)


def test_nothing_said_is_nothing(tmp_path: Path) -> None:
    assert FeedbackFile(tmp_path).all() == ()


@pytest.mark.parametrize("cut", [1, 2, 40, 200])
def test_a_line_that_was_cut_off_costs_only_itself(tmp_path: Path, cut: int) -> None:
    file = FeedbackFile(tmp_path)
    file.add(ONE)
    file.add(TWO)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-cut])
    three = replace(ONE, answer_id="a3")
    file.add(three)

    assert file.all() in ((ONE, three), (ONE, TWO, three))
    assert file.all()[-1] == three


def test_many_may_write_at_once(tmp_path: Path) -> None:
    ids = [f"a{number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda each: FeedbackFile(tmp_path).add(replace(ONE, answer_id=each)), ids))

    assert sorted(each.answer_id for each in FeedbackFile(tmp_path).all()) == sorted(ids)


def test_the_disk_is_not_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = FeedbackFile(tmp_path)
    file.add(ONE)
    size = (tmp_path / FILE).stat().st_size
    monkeypatch.setattr(qa.answer.feedback, "MAX_BYTES", 2 * size)
    file.add(ONE)
    with pytest.raises(StorageError, match="full"):
        file.add(ONE)


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(StorageError, match="can't be written"):
        FeedbackFile(tmp_path / "file").add(ONE)
