"""A spoken sentence → where a shorter one may begin and end without saying something else.

Speech wraps what it says in fillers and side remarks. A statement cut out of it must keep every
word that answers, who said it, and how sure he was; it may drop the rest.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from qa.generation.grammar import WordRange, words_of
from qa.language.lexicon import SAYING, VERBS, ordered
from qa.language.tokens import tokens

_LEAD = re.compile(
    r"^(?:\s|[,;:–—-])*(?:(?:well|okay|ok|yeah|now|look|listen|you know|i mean|i guess|of course|"
    r"oh|anyway|you see|um+|uh+|er+|mm|hm+|right|interestingly|actually|basically|frankly|honestly|"
    r"again|exactly|sure)\b\s*[,;:–—-]+\s*|(?:and|but|so|or|um+|uh+|er+|mm)\b[\s,]+|"
    r"i guess we should (?:note|say|add)\s+(?:that\s+)?|i should (?:note|say|add)\s+(?:that\s+)?)",
    re.IGNORECASE,
)
"""What opens a spoken sentence and says nothing. "No," and "Yes," say something and stay."""

_INSIDE = re.compile(
    r"(?:\s*[,–—-]+\s*(?:you know|i mean|i guess|i should (?:add|say|note)|um+|uh+|er+|quote)"
    r"(?:,(?=\s)|(?=\s*[–—-]))|\s+,?\s*(?:um+|uh+|er+)\b(?:\s*,)?)",
    re.IGNORECASE,
)

_CLAUSE = frozenset(ordered("and but so because that which who whose where when while if or as"))
_PHRASE = frozenset(
    ordered("the a an this that these those he she it they we i you there his her its their our my")
)
_CONDITION = frozenset(
    ordered("if unless until except without provided only supposedly allegedly although though but")
)
"""What may not be cut from the end: without it the sentence would claim more than was said."""

_HEDGE = frozenset(
    ordered(
        "report reports reportedly allegedly rumor rumors rumour rumours sure unsure likely "
        "unlikely possible possibly perhaps maybe probably seem seems seemed appear appears "
        "appeared suppose "
        "guess wonder whether doubt hope hopes hoped fear feared would could might may if unless "
        "think thinks thought believe believes believed expect expects expected want wants wanted "
        "try tries tried deny denies denied no not never nothing nobody"
    )
    + tuple(sorted(SAYING))
)
"""What may not be cut from the beginning: who said it, how sure he was, whether he denied it."""

_CONTRACTED = re.compile(r"[^\W\d_]['’](?:s|re|ve|ll|m|d)$", re.IGNORECASE)
_AFTER_BE = re.compile(r"^(?:been|not|a|an|the|going|\w+ing|\w+ed)$")
"""In "Russia's been" and "it's raining" the verb hides in the ending; in "Ukraine's border" not."""

_STOP = re.compile(r"[,;:–—]|\s-+\s|\.\.\.|…")


@dataclass(frozen=True, slots=True)
class Clauses:
    """A sentence without fillers, its words, and which of them a statement may start or end with.

    Every start comes before every end; between them stands all that must be kept.
    """

    text: str
    words: tuple[WordRange, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def between(self, place: int) -> str:
        """Return what stands between a word and the next one."""
        return self.text[self.words[place].char_end : self.words[place + 1].char_start]

    def span(self, first: int, last: int) -> str:
        """Return the text from one word to another, both included."""
        return self.text[self.words[first].char_start : self.words[last].char_end]

    def word(self, place: int) -> str:
        """Return a word."""
        word = self.words[place]
        return self.text[word.char_start : word.char_end]


def clean(text: str) -> str:
    """Return a spoken sentence without the fillers at its start and inside it."""
    text = " ".join(text.split())
    while match := _LEAD.match(text):
        text = text[match.end() :]
    text = _INSIDE.sub("", text)
    return text[:1].upper() + text[1:]


def clauses(sentence: str, question: str, answer: str | None = None) -> Clauses | None:
    """Return where statements may be cut out of a sentence; null when it shares no word with both.

    Args:
        sentence: the evidence.
        question: its content words must stay.
        answer: a span of the sentence that must stay too.
    """
    text = clean(sentence)
    words = words_of(text)
    stems = [_stems(text[word.char_start : word.char_end]) for word in words]
    wanted = {token.stem for token in tokens(question) if token.content}
    needed = {place for place, found in enumerate(stems) if wanted.intersection(found)}
    needed |= _places(text, words, answer)
    if not needed:
        return None
    first, last = min(needed), max(needed)
    return Clauses(text, words, _starts(text, words, first), _ends(text, words, last))


def _stems(word: str) -> tuple[str, ...]:
    return tuple(token.stem for token in tokens(word) if token.content)


def _places(text: str, words: Sequence[WordRange], answer: str | None) -> set[int]:
    """Return the words of a span; none when fillers were cut out of it."""
    start = text.lower().find(answer.lower()) if answer else -1
    if start < 0 or answer is None:
        return set()
    end = start + len(answer)
    return {p for p, word in enumerate(words) if word.char_end > start and word.char_start < end}


def _starts(text: str, words: Sequence[WordRange], first: int) -> tuple[int, ...]:
    lower = [text[word.char_start : word.char_end].lower() for word in words]
    bound = first
    for place in range(first):
        known = {token.word for token in tokens(lower[place])}
        if known & _HEDGE:
            bound = min(bound, _subject(text, words, place))
    found = [0]
    for place in range(1, bound + 1):
        before = text[words[place - 1].char_end : words[place].char_start]
        capital = text[words[place].char_start].isupper()
        inside_name = text[words[place - 1].char_start].isupper() and not _STOP.search(before)
        after_clause = lower[place - 1] in _CLAUSE and lower[place - 1] not in ("and", "or")
        if lower[place] in _CLAUSE - {"that"}:
            continue
        name = capital and not inside_name and lower[place - 1] not in ("and", "or")
        if _STOP.search(before) or after_clause or lower[place] in _PHRASE or name:
            found.append(place)
    return tuple(found)


def _subject(text: str, words: Sequence[WordRange], verb: int) -> int:
    """Return where the clause of a word begins: after the last stop or conjunction before it."""
    place = verb
    while place > 0:
        before = text[words[place - 1].char_end : words[place].char_start]
        previous = text[words[place - 1].char_start : words[place - 1].char_end].lower()
        if _STOP.search(before) or (previous in _CLAUSE and previous not in ("and", "or")):
            return place
        place -= 1
    return 0


def _ends(text: str, words: Sequence[WordRange], last: int) -> tuple[int, ...]:
    lower = [text[word.char_start : word.char_end].lower() for word in words]
    final = len(words) - 1
    bound = last
    for place in range(last + 1, len(words)):
        if lower[place] in _CONDITION:
            bound = max(bound, _following_stop(text, words, place))
    found = []
    for place in range(bound, final):
        after = text[words[place].char_end : words[place + 1].char_start]
        if _STOP.search(after) or lower[place + 1] in _CLAUSE:
            found.append(place)
    return (*found, final)


def _following_stop(text: str, words: Sequence[WordRange], place: int) -> int:
    """Return where the clause that begins at ``place`` ends."""
    while place < len(words) - 1:
        if _STOP.search(text[words[place].char_end : words[place + 1].char_start]):
            return place
        place += 1
    return place


def finite(words: Sequence[str]) -> bool:
    """Return whether one of the words is surely a verb that a sentence can stand on."""
    if any(token.word in VERBS for word in words for token in tokens(word)):
        return True
    pairs = itertools.pairwise(words)
    return any(_CONTRACTED.search(one) and _AFTER_BE.search(two.lower()) for one, two in pairs)
