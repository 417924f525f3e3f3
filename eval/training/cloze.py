"""A sentence → a made-up question for some of its words, without anybody's work.

Noisy clozes (Lewis, Denoyer & Riedel 2019, "Unsupervised Question Answering by Cloze Translation",
arXiv:1906.04980): the words asked for give way to a question word, some of the others are dropped
and change places. They teach where answers begin and end; real questions teach the rest.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from qa.verify.lexicon import FUNCTION_WORDS

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NUMBER = re.compile(
    r"\d.*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|"
    r"hundred|thousand|million|billion|percent|half"
)
_YEARS = frozenset(("in", "since", "until", "by", "during"))
_PLACES = frozenset(("in", "at", "near", "from", "to", "into"))
# What stands before a name or a thing rather than before a verb.
_BEFORE = _YEARS | _PLACES | frozenset(
    ("the", "a", "an", "of", "with", "for", "on", "as", "and", "or", "his", "her", "their", "its",
     "called", "between", "my", "your", "our", "this", "that", "")
)  # fmt: skip
_WORDS_LEAST, _WORDS_MOST = 8, 60
_ANSWER_MOST = 4
# Words taken from each side of the answer, and the shares of them that are dropped.
_SIDE = (4, 12)
_DROP_FUNCTION, _DROP_CONTENT = 0.4, 0.2
# How far a word may move.
_STRAY = 2.0


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question and the char range of its answer in the sentence."""

    question: str
    start: int
    end: int


def make_cloze(sentence: str, rng: random.Random) -> Cloze | None:
    """Return a question about some words of a sentence, None where it has nothing to ask for."""
    words = list(_WORD.finditer(sentence))
    if not _WORDS_LEAST <= len(words) <= _WORDS_MOST:
        return None
    lower = [w.group().lower() for w in words]
    runs = _runs(lower)
    if not runs:
        return None
    first, last = rng.choice(runs)
    asks = _question_word(lower, first, last, rng)
    left, right = rng.randint(*_SIDE), rng.randint(*_SIDE)
    before = _noisy(lower[max(0, first - left) : first], rng)
    after = _noisy(lower[last + 1 : last + 1 + right], rng)
    if len(before) + len(after) < 3:
        return None
    order = [asks, *before, *after] if rng.random() < 0.6 else [*before, asks, *after]
    if rng.random() < 0.3:
        order = [asks, *after, *before]
    return Cloze(" ".join(order) + "?", words[first].start(), words[last].end())


def _runs(lower: list[str]) -> list[tuple[int, int]]:
    """Return the runs of telling words that are short enough to be answers: first, last."""
    runs = []
    first: int | None = None
    for place, word in enumerate([*lower, "the"]):
        telling = word not in FUNCTION_WORDS and (len(word) > 2 or word[:1].isdigit())
        if telling and first is None:
            first = place
        elif not telling and first is not None:
            named = lower[first - 1] if first else ""
            if place - first <= _ANSWER_MOST and (
                named in _BEFORE or _NUMBER.fullmatch(lower[first])
            ):
                runs.append((first, place - 1))
            first = None
    return runs


def _question_word(lower: list[str], first: int, last: int, rng: random.Random) -> str:
    before = lower[first - 1] if first else ""
    if all(_NUMBER.fullmatch(w) for w in lower[first : last + 1]):
        return "when" if before in _YEARS else "how many"
    if before in _PLACES and rng.random() < 0.4:
        return "where"
    return rng.choice(("what", "what", "what", "who", "which"))


def _noisy(words: list[str], rng: random.Random) -> list[str]:
    kept = [
        w
        for w in words
        if rng.random() >= (_DROP_FUNCTION if w in FUNCTION_WORDS else _DROP_CONTENT)
    ]
    places = [(i + rng.uniform(0, _STRAY), w) for i, w in enumerate(kept)]
    return [w for _, w in sorted(places)]
