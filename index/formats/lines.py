"""Text → its lines with their offsets.

Only CR, LF and CRLF end a line. ``str.splitlines`` would also cut at U+2028, form feeds and other
characters that stand inside what people say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text without its end: 1-based number, offset of its first character, words."""

    number: int
    start: int
    text: str

    @property
    def end(self) -> int:
        """Return the offset after the line's last character."""
        return self.start + len(self.text)

    @property
    def blank(self) -> bool:
        """Return whether the line holds nothing but white space."""
        return not self.text.strip()


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of a text; a text that ends with a line end has no empty line after it."""
    start = 0
    number = 1
    for match in _LINE_END.finditer(text):
        yield Line(number, start, text[start : match.start()])
        start = match.end()
        number += 1
    if start < len(text):
        yield Line(number, start, text[start:])


def line_at(text: str, offset: int) -> int:
    """Return the 1-based number of the line that holds the character at ``offset``."""
    return sum(1 for _ in _LINE_END.finditer(text, 0, max(offset, 0))) + 1


def stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the range without the white space at its ends; all white becomes empty."""
    body = text[start:end]
    left = len(body) - len(body.lstrip())
    if left == len(body):
        return end, end
    return start + left, end - (len(body) - len(body.rstrip()))
