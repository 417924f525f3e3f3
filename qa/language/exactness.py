"""Words around a number → how exactly it is said: "about 100", "nearly 100", "100 or more"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

Exactness = Literal["exact", "about", "below", "most", "above", "least"]

_LESS = ("less", "fewer", "lower", "smaller", "shorter", "younger", "earlier")
_MORE = ("more", "greater", "higher", "larger", "longer", "older", "later")
_BEFORE: dict[tuple[str, ...], Exactness] = {
    ("no", "more", "than"): "most",
    ("no", "less", "than"): "least",
    ("no", "fewer", "than"): "least",
    **{(word, "than"): "below" for word in _LESS},
    **{(word, "than"): "above" for word in _MORE},
    ("up", "to"): "most",
    ("at", "most"): "most",
    ("at", "least"): "least",
    ("close", "to"): "about",
    **{(word,): "about" for word in ("about", "around", "roughly", "approximately", "some")},
    **{(word,): "below" for word in ("nearly", "almost", "under", "below")},
    **{(word,): "above" for word in ("over", "above")},
}
"""Longer ones first: the first that fits counts."""

_ENDS = frozenset(phrase[-1] for phrase in _BEFORE)

_AFTER: dict[tuple[str, ...], Exactness] = {
    ("or", "so"): "about",
    ("ish",): "about",
    ("or", "more"): "least",
    ("plus",): "least",
    ("or", "less"): "most",
    ("or", "fewer"): "most",
}
_PASSED_OVER = frozenset(("a", "an", "$", "€", "£"))
"""They stand between "about" and the number."""

_TOPIC = frozenset(
    (
        *("talk", "talks", "talked", "talking", "speak", "spoke", "say", "said", "tell", "told"),
        *("think", "thought", "know", "hear", "heard", "ask", "asked", "question", "questions"),
        *("what", "how", "something", "more", "worry", "worried", "discussion", "learn", "learned"),
    )
)
"""Behind these "about" says what the talk is of, and doesn't weaken a number."""

ALLOWS: dict[Exactness, frozenset[Exactness]] = {
    "exact": frozenset(("exact",)),
    "about": frozenset(("about", "exact", "below")),
    "below": frozenset(("below",)),
    "above": frozenset(("above",)),
    "most": frozenset(("most", "below", "exact")),
    "least": frozenset(("least", "above", "exact")),
}
"""What a statement's number may rest on: nothing but the exact one is exact."""


def exactness(words: Sequence[str], first: int, after: int) -> Exactness:
    """Return what the words around a number make of it.

    Args:
        words: all words.
        first: place of the number's first word.
        after: the place behind the number and its unit.
    """
    while first > 0 and words[first - 1] in _PASSED_OVER:
        first -= 1
    for phrase, found in _BEFORE.items() if first and words[first - 1] in _ENDS else ():
        start = first - len(phrase)
        if start >= 0 and tuple(words[start:first]) == phrase:
            topic = phrase == ("about",) and start > 0 and words[start - 1] in _TOPIC
            return "exact" if topic else found
    for phrase, found in _AFTER.items():
        # The noun may stand between: "ten people or so".
        for start in (after, after + 1):
            if tuple(words[start : start + len(phrase)]) == phrase:
                return found
    return "exact"
