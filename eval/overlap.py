"""Ranges of text → does this citation or hit hold that gold span, and how many of its words?

Only addresses are compared, never words: the right words at another place are not the evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol

from eval.records import Gold, HitRecord, Span, Window

CITATION_UNIT = 500
"""Characters that one citation may hold. A sentence of speech is seldom longer; a longer citation
counts as several, so that citing a whole transcript can't pass for a precise citation."""

_WORD = re.compile(r"\S+")


class Located(Protocol):
    """Anything with an address in an immutable version of a document."""

    @property
    def document_id(self) -> str:
        """Document that the range belongs to."""

    @property
    def document_version(self) -> str:
        """Version of it that the offsets count in."""

    @property
    def char_start(self) -> int:
        """First code point."""

    @property
    def char_end(self) -> int:
        """One past the last code point."""


def same_text(a: Located, b: Located | Window) -> bool:
    """Return whether two ranges count in the same text."""
    return a.document_id == b.document_id and a.document_version == b.document_version


def ranges_match(start: int, end: int, gold_start: int, gold_end: int) -> bool:
    """Return whether two ranges share at least half of the shorter one.

    Half of the shorter lets a sentence match the phrase inside it, and a sentence match a long turn
    that holds it, and still forgives a boundary drawn elsewhere.
    """
    shared = min(end, gold_end) - max(start, gold_start)
    return shared > 0 and 2 * shared >= min(end - start, gold_end - gold_start)


def matches(found: Located, gold: Located) -> bool:
    """Return whether a citation or passage holds a gold span (see ``ranges_match``)."""
    return same_text(found, gold) and ranges_match(
        found.char_start, found.char_end, gold.char_start, gold.char_end
    )


def matches_any(found: Located, spans: Iterable[Located]) -> bool:
    """Return whether a range holds any of the gold spans."""
    return any(matches(found, span) for span in spans)


def distinct(found: Iterable[Located]) -> list[Located]:
    """Return the ranges without repeated addresses, in order."""
    seen: dict[tuple[str, str, int, int], Located] = {}
    for item in found:
        key = (item.document_id, item.document_version, item.char_start, item.char_end)
        seen.setdefault(key, item)
    return list(seen.values())


def unit_counts(found: Located, spans: Sequence[Span]) -> tuple[int, int]:
    """Return how many units of a citation are right, and how many it has.

    A citation of up to ``CITATION_UNIT`` characters is one unit; a longer one is cut into equal
    parts, each of which has to match a gold span.
    """
    length = found.char_end - found.char_start
    parts = max(1, -(-length // CITATION_UNIT))
    bounds = [found.char_start + length * part // parts for part in range(parts + 1)]
    golds = [span for span in spans if same_text(found, span)]
    right = sum(
        any(ranges_match(start, end, gold.char_start, gold.char_end) for gold in golds)
        for start, end in pairwise(bounds)
    )
    return right, parts


def found_groups(found: Sequence[Located], gold: Gold) -> int:
    """Return how many groups of the gold are found by any of the ranges."""
    return sum(any(matches_any(item, group) for item in found) for group in gold.groups)


def read_within(hits: Sequence[HitRecord], budget: int) -> list[Span]:
    """Return what a reader of the hits, best first, has read after ``budget`` words.

    The last hit is cut at the budget. Words of a passage that was returned before are paid again:
    a repeated hit wastes the reader's budget.
    """
    read: list[Span] = []
    for hit in hits:
        ends = [match.end() for match in _WORD.finditer(hit.text)]
        taken = min(budget, len(ends))
        if taken:
            end = ends[taken - 1]
            read.append(
                Span(
                    hit.document_id,
                    hit.document_version,
                    hit.char_start,
                    hit.char_start + end,
                    hit.text[:end],
                )
            )
        budget -= taken
        if budget <= 0:
            break
    return read


WordKey = tuple[str, str, int]


def words_of(span: Span) -> dict[WordKey, int]:
    """Return the address of each word of a span, with its length in code points."""
    return {
        (span.document_id, span.document_version, span.char_start + match.start()): len(
            match.group()
        )
        for match in _WORD.finditer(span.text)
    }


def covered_words(words: dict[WordKey, int], read: Sequence[Span]) -> set[WordKey]:
    """Return which of the words lie wholly in what was read."""
    return {
        key
        for key, length in words.items()
        if any(
            span.document_id == key[0]
            and span.document_version == key[1]
            and span.char_start <= key[2]
            and key[2] + length <= span.char_end
            for span in read
        )
    }
