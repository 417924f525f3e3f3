"""Text → words with their places, in the spelling that the checks compare."""

from __future__ import annotations

import re
from dataclasses import dataclass

from qa.language.lexicon import FUNCTION_WORDS, IRREGULAR, NEGATIONS
from qa.language.signs import written_out
from qa.language.stem import stem as regular_stem

_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}|"
    r"\d++(?:[.,:]\d+)*+(?:st|nd|rd|th|s|k|m|bn)?(?![^\W_])|[^\W\d_]+(?:['’][^\W\d_]+)*|%|\$|€|£|[^\W_]+"
)
"""Numbers with their separators and endings, words with inner apostrophes, and signs of units."""

_SPLIT_NEGATION = re.compile(r"\b(\w+)\s+n['’]t\b", re.IGNORECASE)
_SPELT = re.compile(r"\b[A-Z](?:_[A-Z])*_(?=\W|s\b|$)|\b[A-Z](?:_[A-Z])+\b")
"""Some transcripts write what was spelt as "L_C_D_"."""

_SPLIT_CLITIC = re.compile(r"\b(\w+)\s+['’](s|re|ve|ll|d|m)\b", re.IGNORECASE)
"""Treebank-tokenised transcripts write "do n't" and "it 's"."""

_PAUSE = re.compile(r"[,;()–—…]|\s-\s")

_CLITIC = re.compile(r"['’](?:s|re|ve|ll|d|m)$")
_NEGATED = re.compile(r"n['’]t$")
_NEGATED_STEMS = {"ca": "can", "wo": "will", "sha": "shall", "ai": "be"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word: as written, in lower case without clitics, its stem, and where it stands.

    ``start`` tells whether a sentence begins with it: there a capital letter means nothing.
    ``pause`` tells whether a comma or dash stands before it.
    """

    text: str
    word: str
    stem: str
    start: bool
    pause: bool = False

    @property
    def content(self) -> bool:
        """Return whether the word has a subject of its own."""
        return self.word not in FUNCTION_WORDS and self.word not in NEGATIONS and len(self.word) > 1

    @property
    def capital(self) -> bool:
        """Return whether it is written with a capital letter."""
        return self.text[:1].isupper()


def stem(word: str) -> str:
    """Return the English stem of a lower-case word; irregular forms go to their base first."""
    return regular_stem(IRREGULAR.get(word, word))


def _acronym(letters: str) -> str:
    """Return the word for an acronym: ``U.S.`` mustn't become the pronoun "us"."""
    return ".".join(letters) if letters in FUNCTION_WORDS else letters


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of a text. ``don't`` gives ``do`` and ``not``; hyphens separate words."""
    text = _SPELT.sub(lambda match: match.group().replace("_", ""), text)
    text = written_out(text)
    joined = _SPLIT_CLITIC.sub(r"\1'\2", _SPLIT_NEGATION.sub(r"\1n't", text))
    found: list[Token] = []
    end = 0
    for match in _WORD.finditer(joined):
        between = joined[end : match.start()]
        start = not found or any(mark in between for mark in '.!?:\n"“')
        pause = _PAUSE.search(between) is not None
        end = match.end()
        written = match.group()
        lower = written.lower().replace("’", "'")
        if lower.endswith(".") or written == "US":
            lower = _acronym(lower.replace(".", ""))
        if _NEGATED.search(lower):
            base = lower[:-3]
            base = _NEGATED_STEMS.get(base, base)
            found.append(Token(written, base, stem(base), start, pause))
            found.append(Token("not", "not", "not", False))
            continue
        if lower == "cannot":
            found.append(Token(written, "can", "can", start, pause))
            found.append(Token("not", "not", "not", False))
            continue
        word = _CLITIC.sub("", lower)
        found.append(Token(written, word, stem(word), start, pause))
    return tuple(found)
