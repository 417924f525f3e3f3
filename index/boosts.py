"""Question + fused scores of passages → scores lifted by who speaks, when, and what is beside.

Soft: nothing is left out, and a passage far ahead stays ahead. Filters are for what must be so.
Shares and their measurements: docs/decisions.md, retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from index.aliases import fold
from index.records import Sentence
from index.store import PassageRow

# What a passage gains when all of it is said by speakers whom the question names; otherwise it
# gains their share. Passages' own scores lie between 0 and 1.
SPEAKER_LIFT = 0.3

# What a passage gains of each neighbour's score: what was said around the answer belongs to it.
NEIGHBOUR_LIFT = 0.25

# So many passages keep the places that their own scores give them. Questions with one answer need
# its passage first; the neighbours complete answers that take longer.
HEAD = 3

# What a passage gains when its transcript is of the month or year that the question names.
DATE_LIFT = 0.1


def _listed(text: str) -> tuple[str, ...]:
    """Return the words of a list written as running text."""
    return tuple(text.split())


_WORD = re.compile(r"[^\W_]+")
# What stands in labels beside the name: a question leaves it out.
_ADDRESS = frozenset(
    _listed("am mp mr mrs ms dr prof professor hon the sir dame lord lady sen senator rep phd")
)
# A surname alone names a speaker when it is this long: shorter ones are words of other kinds.
_SURNAME_CHARS = 4
# The same for labels of one word: "A" and "Q" are labels, and words of any question.
_LABEL_CHARS = 3

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
) -> dict[int, float]:
    """Return the scores that passages are ordered by, for each key of ``fused``.

    Args:
        query: the question.
        rows: every passage that has a score, by key.
        fused: scores of the passages, by key.
        spoken: which part of a passage is said by speakers whom the question names; 0 where absent.
    """
    # Who only ever says a sentence at a time is lifted where they say most.
    most = max(spoken.values(), default=0.0) or 1.0
    own = {
        key: score
        + SPEAKER_LIFT * spoken.get(key, 0.0) / most
        + DATE_LIFT * _dated(query, rows[key])
        for key, score in fused.items()
    }
    head = sorted(own, key=lambda key: (-own[key], key))[:HEAD]
    if len(head) == len(own):
        return own
    ceiling = own[head[-1]]
    places = {_place(rows[key]): score for key, score in own.items()}
    with_neighbours = {
        key: min(ceiling, score + NEIGHBOUR_LIFT * _beside(rows[key], places))
        for key, score in own.items()
    }
    return with_neighbours | {key: own[key] for key in head}


def named_speakers(query: str, rows: Iterable[PassageRow]) -> dict[str, frozenset[str]]:
    """Return, by document, the folded labels of those speakers of passages whom a question names.

    A speaker goes by the label and by its alias. Documents without any are left out.
    """
    goes_by: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        aliases = {fold(label): name for label, name in row.aliases}
        for speaker in row.passage.speakers:
            label = fold(speaker)
            # An office may follow the name: "Steve Inskeep, host".
            known = {label, aliases.get(label, label).split(",")[0]}
            goes_by.setdefault((row.document_id, label), set()).update(known)
    named = named_in(query, {form for known in goes_by.values() for form in known})
    found: dict[str, set[str]] = {}
    for (document_id, label), known in goes_by.items():
        if not named.isdisjoint(known):
            found.setdefault(document_id, set()).add(label)
    return {document_id: frozenset(labels) for document_id, labels in found.items()}


def named_in(query: str, people: Iterable[str]) -> frozenset[str]:
    """Return those of the names and labels that a question has: in full, or by surname.

    Words of address may be left out. A surname has to be that of one of them alone.
    """
    asked = _words(query)
    spoken = f" {' '.join(asked)} "
    split = {name: _words(name) for name in people}
    found = set()
    for name, words in split.items():
        core = [word for word in words if word not in _ADDRESS] or words
        if not core or (len(core) == 1 and len(core[0]) < _LABEL_CHARS):
            continue
        surname = core[-1]
        in_full = f" {' '.join(words)} " in spoken or f" {' '.join(core)} " in spoken
        by_surname = (
            len(core) > 1
            and len(surname) >= _SURNAME_CHARS
            and surname in asked
            and sum(surname in other for other in split.values()) == 1
        )
        if in_full or by_surname:
            found.add(name)
    return frozenset(found)


def share_of(named: frozenset[str], sentences: Sequence[Sentence]) -> float:
    """Return which part of what is said, by its length, is said by the speakers named."""
    lengths = [(s.char_end - s.char_start, s.speaker) for s in sentences]
    said = sum(n for n, speaker in lengths if speaker is not None and fold(speaker) in named)
    return said / max(1, sum(n for n, _ in lengths))


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _dated(query: str, row: PassageRow) -> bool:
    """Tell whether a passage's transcript is of the month or year that a question names."""
    date = row.metadata.date
    if date is None:
        return False
    months = {f"{_MONTHS.index((a or b).lower()) + 1:02}" for a, b in _MONTH.findall(query)}
    years = set(_YEAR.findall(query))
    if not months and not years:
        return False
    return (not months or date[5:7] in months) and (not years or date[:4] in years)


def _place(row: PassageRow) -> tuple[str, str, int]:
    return row.document_id, row.version, row.passage.number


def _beside(row: PassageRow, scores: Mapping[tuple[str, str, int], float]) -> float:
    document_id, version, number = _place(row)
    return sum(scores.get((document_id, version, number + step), 0.0) for step in (-1, 1))
