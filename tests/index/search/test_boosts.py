from __future__ import annotations

import pytest

from index.records import Metadata, Passage
from index.search.boosts import (
    DATE_LIFT,
    FURTHER,
    HEAD,
    SPEAKER_LIFT,
    lifted,
    named_in,
    named_speakers,
    share_of,
)
from index.search.catalog import Catalog
from index.store import PassageRow


def make_row(
    key: int,
    *,
    number: int | None = None,
    document: str = "talk",
    speakers: tuple[str, ...] = (),
    date: str | None = None,
    aliases: tuple[tuple[str, str], ...] = (),
) -> PassageRow:
    passage = Passage(key if number is None else number, 0, 0, 0, 1, speakers)
    return PassageRow(key, document, "v", Metadata("A talk", date), passage, aliases)


def make_rows(count: int) -> dict[int, PassageRow]:
    return {key: make_row(key) for key in range(count)}


def test_the_first_passages_keep_their_scores_and_places() -> None:
    fused = {0: 0.5, 1: 1.0, 2: 0.9, 3: 0.8, 4: 0.7}
    final = lifted("a question", make_rows(5), fused, {}, dict.fromkeys(fused, 1.0))
    assert HEAD == 2
    assert (final[1], final[2]) == (1.0, 0.9)
    assert max(final[key] for key in (0, 3, 4)) < 0.9


def test_a_passage_beside_good_ones_comes_before_one_that_stands_alone() -> None:
    fused = {0: 1.0, 1: 0.9, 2: 0.3, 10: 0.4}
    rows = {key: make_row(key) for key in fused}
    final = lifted("a question", rows, fused, {}, {0: 0.1, 1: 0.2, 10: 0.4})
    assert final[2] == pytest.approx(0.3 + 0.2 + FURTHER * 0.1)
    assert final[2] > final[10] == 0.4


def test_what_is_lifted_past_the_first_passages_stays_below_them_in_its_order() -> None:
    fused = {0: 1.0, 1: 0.9, 2: 0.8, 3: 0.79, 4: 0.78}
    final = lifted("a question", make_rows(5), fused, {}, dict.fromkeys(fused, 1.0))
    assert final[1] == 0.9
    assert sorted(final, key=lambda key: -final[key]) == [0, 1, 2, 3, 4]


def test_neighbours_are_of_the_same_document() -> None:
    fused = {0: 1.0, 1: 0.9, 2: 0.8, 3: 0.3}
    rows = {key: make_row(key) for key in fused} | {3: make_row(3, document="another")}
    assert lifted("a question", rows, fused, {}, dict.fromkeys(fused, 0.02))[3] == 0.3


def test_a_named_speakers_share_counts() -> None:
    fused = {0: 0.5, 1: 0.6}
    final = lifted("What did Ann say?", make_rows(2), fused, {0: 1.0, 1: 0.5}, {})
    assert final == {0: 0.5 + SPEAKER_LIFT, 1: pytest.approx(0.6 + SPEAKER_LIFT / 2)}


def test_who_says_little_is_lifted_where_they_say_most() -> None:
    final = lifted("What did Ann say?", make_rows(2), {0: 0.5, 1: 0.6}, {0: 0.1, 1: 0.05}, {})
    assert final[0] == 0.5 + SPEAKER_LIFT


@pytest.mark.parametrize(
    ("query", "dates"),
    [
        ("What was said in January?", ("2022-01-27",)),
        ("What was said in January 2022?", ("2022-01-27",)),
        ("What happened on March 3?", ("2020-03-09",)),
        ("What was decided in 2020?", ("2020-03-09",)),
        ("Who may march on?", ()),
        ("In January 2020, what was said?", ()),
    ],
)
def test_a_month_or_year_of_the_question_lifts_its_transcripts(
    query: str, dates: tuple[str, ...]
) -> None:
    days = ("2022-01-27", "2020-03-09", None)
    rows = {key: make_row(key, date=day) for key, day in enumerate(days)}
    final = lifted(query, rows, dict.fromkeys(rows, 0.5), {}, {})
    assert {days[key] for key, score in final.items() if score > 0.5} == set(dates)
    assert max(final.values()) in (0.5, 0.5 + DATE_LIFT)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("What did Lavrov say about Ukraine?", {"lavrov"}),
        ("What did the chair conclude?", {"the chair"}),
        ("What did Kirsty Williams think?", {"kirsty williams am"}),
        ("What did Williams think?", {"kirsty williams am"}),
        ("What did the industrial designer want?", {"industrial designer"}),
        ("Is a designer an answer?", set()),
        ("What was said about oil?", set()),
    ],
)
def test_speakers_are_named_in_full_without_address_or_by_surname(
    query: str, named: set[str]
) -> None:
    people = ["lavrov", "the chair", "kirsty williams am", "industrial designer", "a", "i"]
    if "designer an" in query:
        people.append("user interface designer")
    assert named_in(query, people) == named


def test_a_speaker_goes_by_the_alias_too_in_that_document_alone() -> None:
    catalog = Catalog()
    rows = [
        make_row(1, speakers=("HOST",), aliases=(("HOST", "Steve Inskeep, host"),)),
        make_row(2, document="other", speakers=("HOST", "GUEST")),
    ]
    catalog.replace([], rows)
    people = {document_id: catalog.speakers(document_id) for document_id in ("talk", "other")}
    assert named_speakers("What did Steve Inskeep ask?", people) == {"talk": {"host"}}
    assert named_speakers("What did the guest ask?", people) == {"other": {"guest"}}
    assert named_speakers("What was asked?", people) == {}


def test_a_share_is_that_of_all_speakers_named() -> None:
    shares = {"ann": 0.5, "ben": 0.25}
    assert share_of(frozenset({"ann"}), shares) == 0.5
    assert share_of(frozenset({"ann", "ben", "eve"}), shares) == 0.75
    assert share_of(frozenset({"ann"}), {}) == 0.0
