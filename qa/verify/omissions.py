"""A statement cut out of a sentence → whether only words were left out that say nothing.

Left out, "it is a myth that", "assuming the merger fails" or ", and that is a lie" turn what was
said into its opposite, and no list of such words is ever complete. So the list is of what may go,
and where: "like" says something in "he's not like the others", and nothing between two commas.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*|[%°$€£]|[-−](?=\d)")

_SOUNDS = re.compile(r"(?:um+|uh+|er|hmm+)\Z")
"""Sounds that are no words; they go anywhere."""

_OPENERS = (
    "well|okay|ok|yeah|now|oh|ah|anyway|so|and|but|then|of course|interestingly|actually|basically"
    "|frankly|honestly|again|i should (?:add|say|note)|(?:i guess )?we should note(?: that)?"
)
"""What may open a sentence; a run of them goes there."""

_ASIDES = f"{_OPENERS}|um+|uh+|er|hmm+|mm+|look|listen|like|you know|i mean|you see|quote|unquote"
"""What may go where commas or dashes, or the ends of the sentence, set it off on both sides."""

_OPENING = re.compile(rf"(?:(?:{_OPENERS})(?: |\Z))+\Z")
_ASIDE = re.compile(rf"(?:(?:{_ASIDES})(?: |\Z))+\Z")
_SET_OFF = re.compile(r"[,;:.!?…—–]| - ")
_NEEDS_PAUSE = ("well",)
"""Openers that are a word of the sentence where no comma follows: "Well water is unsafe"."""


def drops_only_fillers(statement: str, sentence: str) -> bool:
    """Return whether a statement is the sentence without some of its fillers, and nothing else.

    Words are compared without regard to upper and lower case; their order must be the sentence's.
    A question stays one.
    """
    ours = _words(statement)
    spans = [match.span() for match in _WORD.finditer(sentence)]
    theirs = _words(sentence)
    if not ours or ("?" in sentence) != ("?" in statement):
        return False
    matcher = SequenceMatcher(None, theirs, ours, autojunk=False)
    for kind, start, end, our_start, our_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        if our_start != our_end or not _filler(theirs, spans, sentence, start, end):
            return False
    return True


def _filler(
    words: list[str], spans: list[tuple[int, int]], sentence: str, start: int, end: int
) -> bool:
    """Return whether a run of words says nothing where it stands."""
    run = words[start:end]
    if all(_SOUNDS.match(word) for word in run):
        return True
    said = " ".join(run)
    before = start == 0 or _SET_OFF.search(sentence[spans[start - 1][1] : spans[start][0]])
    after = end == len(words) or _SET_OFF.search(sentence[spans[end - 1][1] : spans[end][0]])
    if before and after and _ASIDE.match(said):
        return True
    return start == 0 and run[-1] not in _NEEDS_PAUSE and bool(_OPENING.match(said))


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]
