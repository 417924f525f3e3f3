"""A statement cut out of a sentence → whether only words were left out that say nothing.

Left out, "it is a myth that", "assuming the merger fails" or ", and that is a lie" turn what was
said into its opposite, and no list of such words is ever complete. So the list is of what may go.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_WORD = re.compile(r"[^\W_]+(?:['’.,][^\W_]+)*")

_FILLERS = (
    "well|okay|ok|yeah|now|look|listen|oh|anyway|um+|uh+|er+|mm+|hmm*|ah|like|so|and|but|or|then"
    "|you know|i mean|you see|of course|i should (?:add|say|note)"
    "|(?:i guess )?we should note(?: that)?|quote|unquote"
    "|interestingly|actually|basically|frankly|honestly|again"
)
_ONLY_FILLERS = re.compile(rf"(?:(?:{_FILLERS})(?: |$))*\Z")


def drops_only_fillers(statement: str, sentence: str) -> bool:
    """Tell whether a statement is the sentence without some of its fillers, and nothing else.

    Words are compared without regard to upper and lower case; their order must be the sentence's.
    """
    ours, theirs = _words(statement), _words(sentence)
    matcher = SequenceMatcher(None, theirs, ours, autojunk=False)
    for kind, start, end, our_start, our_end in matcher.get_opcodes():
        if kind == "equal":
            continue
        if our_start != our_end or not _ONLY_FILLERS.match(" ".join(theirs[start:end])):
            return False
    return bool(ours)


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]
