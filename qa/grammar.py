"""Question and evidence → a GBNF grammar that bounds what the small model can say.

GBNF is llama.cpp's notation: https://github.com/ggml-org/llama.cpp/blob/master/grammars/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.verify.lexicon import PHRASING_WORDS

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


def statement_grammar(question: str, evidence: Sequence[str], *, max_words: int = 32) -> str:
    """Return a grammar for one sentence of the question's, the evidence's and function words.

    A name keeps the spelling of its source; the first word gets a capital letter. So no number and
    no name from outside can appear, whatever the model prefers.
    """
    own: dict[str, None] = {}
    for text in (*evidence, question):
        for word in words_of(text):
            own.setdefault(text[word.char_start : word.char_end])
    # a word that only began a sentence may stand inside one: both spellings
    lowered = [word[:1].lower() + word[1:] for word in own if word[1:].islower()]
    inner = list(dict.fromkeys((*own, *lowered, *PHRASING_WORDS)))
    first = list(dict.fromkeys(word[:1].upper() + word[1:] for word in inner))
    return "\n".join(
        (
            f'root ::= " " first (","? " " word){{2,{max_words - 1}}} "."',
            "first ::= " + " | ".join(literal(word) for word in first),
            "word ::= " + " | ".join(literal(word) for word in inner),
        )
    )


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
