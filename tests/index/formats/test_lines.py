from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.lines import line_at, lines_of, stripped


def test_only_cr_lf_and_crlf_end_a_line() -> None:
    text = "a\u2028b\x0cc\rd\r\n\ne"
    assert [line.text for line in lines_of(text)] == ["a\u2028b\x0cc", "d", "", "e"]


@given(st.text(st.sampled_from("ab\r\n \u2028🎙")))
def test_lines_point_into_the_text(text: str) -> None:
    for line in lines_of(text):
        assert text[line.start : line.end] == line.text
        assert line_at(text, line.start) == line.number


@pytest.mark.parametrize(
    ("text", "span"), [(" ab ", (1, 3)), ("ab", (0, 2)), ("   ", (3, 3)), ("", (0, 0))]
)
def test_stripped_leaves_out_white_space(text: str, span: tuple[int, int]) -> None:
    assert stripped(text, 0, len(text)) == span
