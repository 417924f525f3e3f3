"""Question and evidence → a GBNF grammar that bounds what the small model can say.

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
class Word:
    """A word of a text without the punctuation around it: its range there."""

    char_start: int
    char_end: int


def words_of(text: str) -> tuple[Word, ...]:
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
            found.append(Word(start, end))
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


def cut_grammar(
    words: Sequence[str], between: Sequence[str], starts: Sequence[int], ends: Sequence[int]
) -> str:
    """Return a grammar for a sentence cut out of another: from one of ``starts`` to one of ``ends``.

    Args:
        words: the words of the sentence.
        between: what stands after each word but the last.
        starts: words to begin with; the first letter becomes a capital.
        ends: words to end with, each not before the last start; a full stop follows.
    """
    heads = (f"{literal(' ' + _capital(words[place]))} r{place}" for place in starts)
    rules = ["root ::= " + " | ".join(heads)]
    last = max(ends)
    for place in range(min(starts), last + 1):
        parts = []
        if place < last:
            parts.append(f"{literal(between[place] + words[place + 1])} r{place + 1}")
        if place in ends:
            parts.append('"."')
        rules.append(f"r{place} ::= " + " | ".join(parts))
    return "\n".join(rules)


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def span_grammar(
    text: str, words: Sequence[Word], *, starts: Sequence[int] | None = None, max_words: int = 20
) -> str:
    """Return a grammar for contiguous words of a text, punctuation between them included.

    Args:
        text: the sentence.
        words: its words, as ``words_of`` gives them.
        starts: which words a span may begin with; all when null.
        max_words: longest span.
    """
    places = range(len(words)) if starts is None else starts
    rules = ["root ::= " + " | ".join(f"{literal(' ')} w{place}-{max_words}" for place in places)]
    wanted = [(place, max_words) for place in places]
    seen: set[tuple[int, int]] = set()
    while wanted:
        place, left = wanted.pop()
        if (place, left) in seen:
            continue
        seen.add((place, left))
        word = words[place]
        rule = f"w{place}-{left} ::= {literal(text[word.char_start : word.char_end])}"
        if left > 1 and place + 1 < len(words):
            between = text[word.char_end : words[place + 1].char_start]
            rule += f" ({literal(between)} w{place + 1}-{left - 1})?"
            wanted.append((place + 1, left - 1))
        rules.append(rule)
    return "\n".join(rules)


def choice_grammar(choices: Sequence[str]) -> str:
    """Return a grammar for one of several texts, after a space."""
    return "root ::= " + " | ".join(literal(" " + choice) for choice in dict.fromkeys(choices))
