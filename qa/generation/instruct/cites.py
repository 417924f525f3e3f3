"""A model's statement + the sentences it cites → what of them it points at, and where it leads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa.generation.instruct.quotes import locate
from qa.question.features import answer_kind
from qa.records import Evidence

SHORT_WORDS = 12
"""A longer short answer is none."""

MOST_CHARS = 1000
"""A statement is one plain sentence; checking a longer one takes long and settles nothing."""

_ADDRESS = re.compile(
    r"(?:\w+:)?//\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+\.\w+|\b[\w-]+\.[a-z]{2,}\b(?:/\S*)?|\]\(\S*", re.I
)
"""Addresses, also those without a scheme, and the mark-up by which words become a link."""

_VERDICT = re.compile(r"\W*(?:yes|no)\W*", re.I)


def leads_elsewhere(text: str, cited: Sequence[Evidence]) -> bool:
    """Return whether a statement names an address, or makes a link, that the cited words don't."""
    said = " ".join(item.text for item in cited).casefold()
    return any(address.casefold() not in said for address in _ADDRESS.findall(text))


def cut_to_quote(quote: str | None, cited: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence with the sentence in which the quote stands cut down to the quote."""
    if quote is None:
        return tuple(cited)
    for place, item in enumerate(cited):
        found = locate(quote, item.text)
        if found is not None:
            return (*cited[:place], _cut(item, *found), *cited[place + 1 :])
    return tuple(cited)


def short_answer(question: str, words: str | None, cited: Sequence[Evidence]) -> str | None:
    """Return the words as they stand in what is cited; None if they don't, or are many.

    Whether something is so is for the statement to say, which is checked; a short answer isn't.
    """
    if words is None or len(words.split()) > SHORT_WORDS:
        return None
    if answer_kind(question) == "yes_no" or _VERDICT.fullmatch(words):
        return None
    for item in cited:
        found = locate(words, item.text, least_words=1)
        if found is not None:
            return item.text[slice(*found)]
    return None


def _cut(evidence: Evidence, start: int, end: int) -> Evidence:
    offset = evidence.sentence.char_start
    sentence = replace(evidence.sentence, char_start=offset + start, char_end=offset + end)
    return replace(evidence, sentence=sentence, text=evidence.text[start:end])
