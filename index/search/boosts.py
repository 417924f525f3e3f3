"""Question + fused scores of passages → scores lifted by who speaks, when, and what is beside.

Soft: nothing is left out, and a passage far ahead stays ahead. Filters are for what must be so.
Shares and their measurements: docs/reports, passage scoring.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from index.store import PassageRow

# What a passage gains when all of it is said by speakers whom the question names; otherwise it
# gains their share. Passages' own scores lie between 0 and 1.
SPEAKER_LIFT = 0.3

# What a passage gains of what stands beside it: what was said around the answer belongs to it. A
# neighbour lends its best sentence and its words with these weights, the one after it this share.
SENTENCE_BESIDE = 0.1
WORDS_BESIDE = 0.125
FURTHER = 0.7

# So many passages keep the places that their own scores give them. Questions with one answer need
# its passage first; the neighbours complete answers that take longer.
HEAD = 2

# The score of whatever comes after them is at most this share of the last one's.
BELOW = 0.999

# What a passage gains when its transcript is of the month or year that the question names.
DATE_LIFT = 0.1


def _listed(text: str) -> tuple[str, ...]:
    """Return the words of a list written as running text."""
    return tuple(text.split())


_WORD = re.compile(r"[^\W_]+")
# What labels hold besides the name: a question leaves it out.
_ADDRESS = frozenset(
    _listed("am mp mr mrs ms dr prof professor hon the sir dame lord lady sen senator rep phd")
)
# A surname alone names a speaker when it is this long: shorter ones are words of other kinds.
_SURNAME_CHARS = 4
# The same for labels of one word: "A" and "Q" are labels, and words of any question.
_LABEL_CHARS = 3

# Names whose words are kept: speakers come again with every question.
CACHED_NAMES = 16_384

_MONTHS = _listed(
    "january february march april may june july august september october november december"
)
_MONTH = re.compile(
    rf"\b(?:in|of|on|during|since|until|by|from|early|late|mid|last)\s+({'|'.join(_MONTHS)})\b"
    rf"|\b({'|'.join(_MONTHS)})\s+(?:\d{{1,2}}\b|\d{{4}}\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def lifted(
    query: str,
    rows: Mapping[int, PassageRow],
    fused: Mapping[int, float],
    spoken: Mapping[int, float],
    standing: Mapping[int, float],
) -> dict[int, float]:
    """Return the scores that passages are ordered by, for each key of ``fused``.

    Args:
        query: the question.
        rows: every passage that has a score, by key.
        fused: scores of the passages, by key.
        spoken: which part of a passage is said by speakers whom the question names; 0 where absent.
        standing: what a passage lends to those beside it; nothing where absent.
    """
    # Who only ever says a sentence at a time is lifted where they say most.
    most = max(spoken.values(), default=0.0) or 1.0
    dated = _dated(query)
    own = {
        key: score
        + SPEAKER_LIFT * spoken.get(key, 0.0) / most
        + (DATE_LIFT if dated(rows[key].metadata.date) else 0.0)
        for key, score in fused.items()
    }
    head = sorted(own, key=lambda key: (-own[key], key))[:HEAD]
    if len(head) == len(own) or not standing or own[head[-1]] <= 0:
        return own
    places = {_place(rows[key]): lends for key, lends in standing.items() if key in rows}
    others = {key: own[key] + _beside(rows[key], places) for key in own.keys() - set(head)}
    # Scaled, not cut off, to stay below the first: what comes after them keeps its order.
    ceiling = BELOW * own[head[-1]]
    scale = ceiling / max(ceiling, *others.values())
    return {key: score * scale for key, score in others.items()} | {key: own[key] for key in head}


def named_speakers(
    query: str, people: Mapping[str, Mapping[str, frozenset[str]]]
) -> dict[str, frozenset[str]]:
    """Return, by document, the folded labels of those speakers whom a question names.

    Documents without any are left out.

    Args:
        query: the question.
        people: by document and folded label, what a speaker is called.
    """
    named = named_in(
        query, {name for labels in people.values() for n in labels.values() for name in n}
    )
    if not named:
        return {}
    found = {
        document_id: frozenset(
            label for label, names in labels.items() if not named.isdisjoint(names)
        )
        for document_id, labels in people.items()
    }
    return {document_id: labels for document_id, labels in found.items() if labels}


def named_in(query: str, people: Iterable[str]) -> frozenset[str]:
    """Return those of the names and labels that a question has: in full, or by surname.

    Words of address may be left out. A surname has to be that of one of them alone.
    """
    asked = _words(query)
    present = frozenset(asked)
    spoken = f" {' '.join(asked)} "
    split = [(name, *_split(name)) for name in people]
    found = set()
    for name, words, core in split:
        # Whatever names a speaker ends with one of the question's words.
        if not core or (core[-1] not in present and words[-1] not in present):
            continue
        if len(core) == 1 and len(core[0]) < _LABEL_CHARS:
            continue
        surname = core[-1]
        in_full = f" {' '.join(words)} " in spoken or f" {' '.join(core)} " in spoken
        by_surname = (
            len(core) > 1
            and len(surname) >= _SURNAME_CHARS
            and surname in present
            and sum(surname in other for _, other, _ in split) == 1
        )
        if in_full or by_surname:
            found.add(name)
    return frozenset(found)


@lru_cache(CACHED_NAMES)
def _split(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return a name's words, and those that aren't of address."""
    words = tuple(_words(name))
    return words, tuple(word for word in words if word not in _ADDRESS) or words


def share_of(named: frozenset[str], shares: Mapping[str, float]) -> float:
    """Return which part of a passage the speakers named say; ``shares`` has each one's."""
    return sum(share for speaker, share in shares.items() if speaker in named)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _dated(query: str) -> Callable[[str | None], bool]:
    """Return what tells whether a date is of the month or year that a question names."""
    months = {f"{_MONTHS.index((a or b).lower()) + 1:02}" for a, b in _MONTH.findall(query)}
    years = set(_YEAR.findall(query))

    def dated(date: str | None) -> bool:
        if date is None or not (months or years):
            return False
        return (not months or date[5:7] in months) and (not years or date[:4] in years)

    return dated


def _place(row: PassageRow) -> tuple[str, str, int]:
    return row.document_id, row.version, row.passage.number


def _beside(row: PassageRow, lends: Mapping[tuple[str, str, int], float]) -> float:
    document_id, version, number = _place(row)
    return sum(
        weight * lends.get((document_id, version, number + step), 0.0)
        for step, weight in ((-2, FURTHER), (-1, 1.0), (1, 1.0), (2, FURTHER))
    )
