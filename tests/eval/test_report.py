from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.errors import RunError
from eval.records import CallFailure, Observation, Window
from eval.report import pieces, render, write_report
from eval.summary import summarise
from index.records import Filters
from tests.eval.builders import (
    VERSION,
    make_answer,
    make_citation,
    make_hit,
    make_observation,
    make_span,
)
from tests.eval.test_edges import make_manifest

HOSTILE = '<script>alert(1)</script> & "quotes"'


def some() -> list[Observation]:
    gold = make_span(0, 9, text="gold text")
    return [
        make_observation(
            make_answer(make_citation(0, 9, quote="gold text"), short="gold"),
            [gold],
            name="right",
            kind="who",
            answers=("gold",),
            filters=Filters(("d",), ("ANNA", "BEN"), "2024-01-01"),
            hits=[make_hit(0, "gold text")],
            latency_ms={"ask": 12.0, "search": 3.0},
        ),
        make_observation(
            make_answer(make_citation(0, 9), abstained=True, confidence=0.2),
            answerable=False,
            name="abstained",
            kind="why",
            latency_ms={"ask": 8.0, "search": 2.0},
        ),
        make_observation(
            make_answer(make_citation(40, 60, quote=HOSTILE), confidence=0.4),
            [gold],
            name="wrong",
            kind="why",
            answers=(HOSTILE,),
        ),
        make_observation(None, [gold], name="failed", error=CallFailure("500", HOSTILE)),
    ]


def page() -> str:
    observations = some()
    return render(summarise(make_manifest(len(observations)), observations), observations)


def test_text_of_transcripts_and_answers_is_escaped() -> None:
    html = page()
    assert HOSTILE not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_the_page_asks_nobody_for_anything() -> None:
    html = page()
    assert "default-src &#39;none&#39;" in html or "default-src 'none'" in html
    assert not re.search(r'(src|href)="(?!#|data:)', re.sub(r'xmlns(:xlink)?="[^"]*"', "", html))
    assert "@import" not in html
    assert "url(http" not in html


def test_ids_are_unique_and_references_resolve() -> None:
    html = page()
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    for reference in re.findall(r'(?:xlink:href="#|url\(#)([^")]+)', html):
        assert reference in ids


def test_every_plot_has_a_name_and_its_numbers() -> None:
    html = page()
    figures = re.findall(r"<figure>.*?</figure>", html, re.S)
    assert len(figures) == 5
    for figure in figures:
        assert re.search(r'<svg role="img" aria-label="[^"]+"', figure)
        assert "<table>" in figure


def test_the_worst_questions_come_first() -> None:
    order = re.findall(r"<p class=\"soft\"><code>(\w+)</code> about", page())
    assert order == ["failed", "wrong", "abstained", "right"]


def test_filters_of_a_question_are_shown() -> None:
    html = page()
    assert "1 of them have filters of their own" in html
    assert "asked with speaker ANNA or BEN, since 2024-01-01" in html


def test_the_same_run_gives_the_same_page() -> None:
    assert page() == page()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="isn't finished"):
        write_report(tmp_path)


def test_spans_are_marked_where_they_overlap() -> None:
    window = Window("d", VERSION, 100, "abcdefghij")
    found = pieces(window, [make_span(102, 106)], [make_span(104, 150)])
    assert [(piece.text, piece.cited, piece.gold) for piece in found] == [
        ("ab", False, False),
        ("cd", True, False),
        ("ef", True, True),
        ("ghij", False, True),
    ]


def test_spans_of_another_document_mark_nothing() -> None:
    window = Window("d", VERSION, 0, "abc")
    assert [p.cited for p in pieces(window, [make_span(0, 2, document="e")], [])] == [False]


@given(
    st.text(min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=4),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 20)), max_size=4),
)
def test_pieces_join_to_the_window(
    text: str, cited: list[tuple[int, int]], gold: list[tuple[int, int]]
) -> None:
    window = Window("d", VERSION, 20, text)
    layers = [[make_span(start, start + size) for start, size in spans] for spans in (cited, gold)]
    found = pieces(window, layers[0], layers[1])
    assert "".join(piece.text for piece in found) == text
    marked = sum(len(piece.text) for piece in found if piece.cited)
    inside = {n for s in layers[0] for n in range(s.char_start, s.char_end)} & set(
        range(20, 20 + len(text))
    )
    assert marked == len(inside)
