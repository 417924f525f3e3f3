"""Texts → their words, and a GBNF grammar that bounds what the small model can say.

GBNF is llama.cpp's notation: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_WORD = re.compile(r"\S+")
_EDGE = r"[\"“”‘’'`(){}\[\]<>.,;:!?…—–*_-]"
_LEAD = re.compile(f"^{_EDGE}+")
_TRAIL = re.compile(f"{_EDGE}+$")
_ABBREVIATION = re.compile(r"(?:[^\W\d_]\.){2,}$|(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|No)\.$")


@dataclass(frozen=True, slots=True)
class WordRange:
    """A word of a text without the punctuation around it: its range there."""

    char_start: int
    char_end: int


def words_of(text: str) -> tuple[WordRange, ...]:
    """Return the words of a text; "U.S." keeps its stops, "“home,”" loses its marks."""
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        lead = _LEAD.match(text[start:end])
        start += lead.end() if lead else 0
        core = text[start:end].rstrip(",;:!?\"”’'")
        if _ABBREVIATION.search(core):
            end = start + len(core)
        else:
            trail = _TRAIL.search(text[start:end])
            end -= len(trail.group()) if trail else 0
        if start < end:
            found.append(WordRange(start, end))
    return tuple(found)


def literal(text: str) -> str:
    """Return a GBNF literal that matches exactly this text."""
    escaped = []
    for character in text:
        if character in '"\\':
            escaped.append("\\" + character)
        elif character == "\n":
            escaped.append("\\n")
        elif character == "\r":
            escaped.append("\\r")
        elif character == "\t":
            escaped.append("\\t")
        else:
            escaped.append(character)
    return '"' + "".join(escaped) + '"'


def capital(text: str) -> str:
    """Return a text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def choice_grammar(choices: Sequence[str]) -> str:
    """Return a grammar for one of several texts."""
    return "root ::= " + " | ".join(literal(choice) for choice in dict.fromkeys(choices))
