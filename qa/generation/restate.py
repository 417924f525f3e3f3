"""A spoken sentence → the same said indirectly, without a model: fillers gone, or attributed.

Where the embedded model's cut is refused, the sentence can still be stated safely in two ways: with
nothing but fillers left out, or whole as what its speaker says: "Maynes says that the next round
will be in Berlin." The second needs a sentence that means the same in another mouth, so one with
"I", "you", or a pronoun that would now point at the speaker stays a quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.generation.clauses import clean, finite
from qa.language.lexicon import FUNCTION_WORDS, RELATIVE_DAYS, ordered
from qa.language.tokens import Token, tokens
from qa.records import Evidence
from qa.verify.names import is_name
from qa.verify.omissions import drops_only_fillers

MAX_WORDS = 45
"""A longer sentence reads better as a quote."""

_PERSONAL = (
    frozenset(
        ordered(
            "i me my mine myself we us our ours ourselves you your yours yourself yourselves "
            "let's here now tonight"
        )
    )
    | RELATIVE_DAYS
)
"""Words that mean another person, place or day in another mouth."""

_POINTING = frozenset(
    ordered(
        "he she him her his hers they them their theirs it its this that these those so such "
        "there's"
    )
)
"""Words that, with nothing before them to point at, would point at the speaker or at nothing."""

_NO_CLAUSE = frozenset(
    ordered(
        "who which what when where why how because although though while whereas if unless as "
        "and but or so yes no yeah okay please thanks thank hello hi good welcome let let's not "
        "especially including like than then or nor plus"
    )
)
"""Openings after which "says that" wouldn't be a sentence, or not the same one."""

_LABEL = re.compile(r"[^\W\d_][\w.'’ -]{1,40}")
_RELATIVE = re.compile(
    r"\b(?:ago|(?:last|next|this|coming|past) (?:\w+day|night|week|month|year|spring|summer|autumn|"
    r"winter|morning|evening|weekend))\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"“”‘?!]|\.\.\.|…|--| - |\(|\[")
_VAGUE = frozenset(
    ordered("speaker unidentified unknown voice man woman male female host guest announcer crowd")
)


def restated(evidence: Evidence) -> tuple[str, bool] | None:
    """Return a statement and whether its words are the speaker's own; null where a quote is better.

    What it returns has the sentence's words in their order, except fillers and "X says that".
    """
    text = " ".join(evidence.text.split())
    shorter = clean(text)
    if shorter != text and _whole(shorter) and drops_only_fillers(shorter, text):
        return shorter, True
    named = attributed(shorter, evidence.sentence.speaker, evidence.context)
    return None if named is None else (named, False)


def attributed(sentence: str, speaker: str | None, context: str = "") -> str | None:
    """Return "X says that …", or null where that wouldn't surely mean the same."""
    if speaker is None or not _LABEL.fullmatch(speaker) or not _whole(sentence):
        return None
    words = tokens(sentence)
    label = tokens(speaker)
    if any(token.word in _VAGUE for token in label) or _unsure(sentence):
        return None
    if any(t.word in _PERSONAL or t.text.lower() in _PERSONAL for t in words):
        return None
    if words[0].word in _POINTING | _NO_CLAUSE or _dangling(words, label):
        return None
    opening = _opening(sentence, words, context)
    return None if opening is None else f"{_name(speaker)} says that {opening}"


def _unsure(sentence: str) -> bool:
    """Return whether a sentence has quotes, breaks, or times that count from when it was said."""
    return bool(_QUOTED.search(sentence) or _RELATIVE.search(sentence))


def _whole(sentence: str) -> bool:
    words = sentence.split()
    return sentence.endswith(".") and 4 <= len(words) <= MAX_WORDS and finite(words)


def _dangling(words: Sequence[Token], label: Sequence[Token]) -> bool:
    """Return whether "he" or "she" comes before any name, or he speaks of himself by name."""
    own = {token.word for token in label}
    if any(token.word in own for token in words if token.capital):
        return True
    for token in words:
        if token.word in ("he", "she", "him", "her", "his", "they", "them", "their"):
            return True
        if is_name(token):
            return False
    return False


def _opening(sentence: str, words: Sequence[Token], context: str) -> str | None:
    """Return the sentence as it goes on after "that": small, unless it begins with a name."""
    first = words[0]
    if len(first.text) > 1 and first.text.isupper():
        return sentence
    if first.word in FUNCTION_WORDS:
        return sentence[:1].lower() + sentence[1:]
    elsewhere = [t for t in tokens(context) if t.word == first.word and not t.start]
    following = words[1] if len(words) > 1 else first
    if (elsewhere and all(t.capital for t in elsewhere)) or (
        not elsewhere and (is_name(following) or first.text.endswith(("'s", "’s")))
    ):
        return sentence
    if elsewhere:
        return sentence[:1].lower() + sentence[1:]
    return None


def _name(speaker: str) -> str:
    """Return a label as it is written in running text: "MAYNES" is "Maynes"."""
    if not speaker.isupper():
        return speaker
    return " ".join(word.capitalize() if len(word) > 2 else word for word in speaker.split(" "))
