"""A statement → whether it is one whole sentence: no fragment, no question, no loop."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.language.lexicon import FUNCTION_WORDS, IRREGULAR, SAYING, ordered
from qa.language.tokens import Token

MIN_WORDS = 3
"""The shortest sentences that state something: "It ended peacefully."."""

MAX_WORDS = 80
"""Longer than any statement asked for: the model ran on."""

_REPEATED_RUNS = {3: 2, 4: 1, 5: 0}
"""How many repeated runs of so many words, not all function words, people write in a sentence."""

_END = re.compile(r"[.!…]['\"”’)\]]*$")
_AUXILIARIES = frozenset(
    ordered(
        "am is are was were be been has have had do does did will would shall should can could may "
        "might must"
    )
)
_VERBS = frozenset(IRREGULAR) | frozenset(IRREGULAR.values()) | SAYING | _AUXILIARIES
_CLITIC = re.compile(r"['’](?:s|re|ve|ll|m|d)$", re.IGNORECASE)
_DANGLING = frozenset(ordered("a an the of and or but because if than as my his its their"))


_BE_DO_MAY = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should"
_ASKS = re.compile(
    rf"(?:(?:and|so|but|well|okay|now),? )*(?:who\b|"
    rf"(?:(?:what|which|when|where|why|how)(?: \w+)? )?(?:{_BE_DO_MAY}) "
    r"(?:i|you|we|they|he|she|it|the|this|that|your|our|my|there|any|anyone)\b)",
    re.IGNORECASE,
)


def asks(sentence: str) -> bool:
    """Return whether a sentence is a question; recognised speech often ends it with a full stop."""
    text = sentence.strip()
    return text.endswith("?") or bool(_ASKS.match(text))


def not_a_sentence(statement: str, words: Sequence[Token]) -> tuple[str, ...]:
    """Return the reasons why a statement isn't one whole sentence."""
    reasons = []
    if asks(statement):
        reasons.append("question")
    elif not _END.search(statement.rstrip()):
        reasons.append("unfinished")
    if len(words) < MIN_WORDS or not any(map(_verb, words)) or words[-1].word in _DANGLING:
        reasons.append("fragment")
    if len(words) > MAX_WORDS:
        reasons.append("too_long")
    if _loops([token.word for token in words]):
        reasons.append("loop")
    return tuple(reasons)


def _verb(token: Token) -> bool:
    """Return whether a word may be a verb. Its form tells only in part: when in doubt, yes."""
    if token.word in _VERBS or _CLITIC.search(token.text):
        return True
    return not token.start and len(token.word) > 3 and token.word.endswith(("ed", "es", "s"))


def _loops(words: Sequence[str]) -> bool:
    """Return whether words repeat the way a small model does when it is stuck."""
    if any(
        one == two == three for one, two, three in zip(words, words[1:], words[2:], strict=False)
    ):
        return True
    for size, most in _REPEATED_RUNS.items():
        runs = list(zip(*(words[start:] for start in range(size)), strict=False))
        content = [run for run in runs if any(word not in FUNCTION_WORDS for word in run)]
        if len(content) - len(set(content)) > most:
            return True
        if any(run == words_after for run, words_after in zip(runs, runs[size:], strict=False)):
            return True
    return len(words) >= 16 and len(set(words)) < len(words) / 2
