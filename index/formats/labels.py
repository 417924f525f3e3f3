"""A line → its speaker label and time, as people write them in plain text and captions.

``NAME:``, ``Name (00:01:02):``, ``[00:01:02] Name:``, a name alone above its words, bold names in
Markdown. What is said may look like a label ("He said: no"), so a label is either unmistakable (in
capitals, bold, or beside a time), or is believed on the evidence of the whole file: ``believed``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from index.formats.base import one_line
from index.formats.times import CLOCK, clock_ms

# Longer than any name with its title, shorter than most sentences.
NAME_LENGTH = 60
# A label with its time fits in this; looking at more of a line costs time and finds nothing.
_LOOK_AT = 200
_NAME_WORDS = 7
# A name in mixed case that stands once is believed where most lines have such labels.
_MOST = 0.5


def _span(group: str) -> str:
    """Return a pattern of a clock time or a range of two, in groups ``group`` and ``group_end``."""
    return rf"(?P<{group}>{CLOCK})(?:\s?(?:-->|[-–—])\s?(?P<{group}_end>{CLOCK}))?"


_LEAD = re.compile(rf"(?:[\[(]\s?{_span('a')}\s?[\])]|{_span('b')}(?=\s))(?:\s?[-–—|](?=\s))?\s*+")
_NAMED = re.compile(
    rf"(?P<name>[^\W_][^:：\n]{{0,{NAME_LENGTH - 1}}}?)"
    rf"(?:\s*+[\[(]\s?{_span('c')}\s?[\])])?\s?(?::(?=\s|$)|：)\s*+"
)
_ALONE = re.compile(
    rf"(?P<name>[^\W_][^:：\n\[(]{{0,{NAME_LENGTH - 1}}}?)"
    rf"(?:\s?[\[(]\s?{_span('c')}\s?[\])]|\s{{2,8}}{_span('d')})\s*+$"
)
_BOLD = re.compile(r"(?:[-*>]\s)?\s?(\*\*|__)(?P<inner>[^*\n]{1,100}?)(\1)")

_TITLES = frozenset(
    [
        "Mr",
        "Mrs",
        "Ms",
        "Miss",
        "Dr",
        "Prof",
        "Professor",
        "Sen",
        "Senator",
        "Rep",
        "Representative",
        "Gov",
        "Governor",
        "President",
        "Secretary",
        "Justice",
        "Judge",
        "Gen",
        "General",
        "Lt",
        "Col",
        "Capt",
        "Captain",
        "Sgt",
        "Rev",
        "Sir",
        "Lord",
        "Lady",
    ]
)
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "di",
        "del",
        "della",
        "der",
        "den",
        "des",
        "du",
        "van",
        "von",
        "la",
        "le",
        "el",
        "al",
        "bin",
        "ibn",
        "of",
        "the",
        "and",
        "y",
        "e",
        "zu",
        "ter",
    ]
)
# Words that begin a remark, never a name; a label in mixed case may not begin with them.
_REMARKS = frozenset(
    [
        "a",
        "an",
        "and",
        "answer",
        "as",
        "because",
        "but",
        "example",
        "fact",
        "first",
        "he",
        "her",
        "here",
        "his",
        "how",
        "i",
        "if",
        "in",
        "it",
        "just",
        "listen",
        "look",
        "my",
        "no",
        "note",
        "notice",
        "now",
        "ok",
        "okay",
        "one",
        "or",
        "please",
        "point",
        "question",
        "quote",
        "reason",
        "remember",
        "result",
        "second",
        "see",
        "she",
        "so",
        "some",
        "summary",
        "that",
        "the",
        "then",
        "there",
        "these",
        "they",
        "third",
        "this",
        "those",
        "update",
        "warning",
        "was",
        "we",
        "well",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "yes",
        "you",
        "your",
    ]
)
# "HE SAID: NO" is nobody's label, in capitals either; "THE WITNESS:" is one.
_SUBJECTS = frozenset(
    ["he", "she", "i", "we", "they", "you", "it", "and", "but", "so", "this", "that", "then"]
)
# "OK." and "NO!" are in capitals too; three words are a transcript in capitals.
_SHOUTED_WORDS = 3
_ROLES = re.compile(
    r"(?:speaker|interviewer|interviewee|moderator|host|guest|participant)(?:\s?\w{1,3})?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Label:
    """What stands in front of the words of a line.

    Args:
        name: the speaker as written, or null where only a time stands there.
        body: offset in the line where the words begin.
        certain: unmistakable; otherwise the whole file decides (``believed``).
        start_ms: the time in the label.
        end_ms: the end of a time range in the label.
    """

    name: str | None
    body: int
    certain: bool
    start_ms: int | None = None
    end_ms: int | None = None


def label_of(line: str) -> Label | None:
    """Return the label at the start of a line, or null."""
    head = line[:_LOOK_AT]
    indent = len(head) - len(head.lstrip())
    at = indent
    start_ms, end_ms = None, None
    lead = _LEAD.match(head, at)
    if lead is not None:
        start_ms, end_ms = _times(lead, "a", "b")
        if start_ms is not None:
            at = lead.end()
    named = _NAMED.match(head, at) or _ALONE.match(head, at)
    if named is not None:
        own_start, own_end = _times(named, *(group for group in "cd" if group in named.groupdict()))
        name = one_line(named.group("name"))
        timed = start_ms is not None or own_start is not None
        capitals = name is not None and in_capitals(name) and not _shouted(head[named.end() :])
        certain = name is not None and (capitals or (timed and _like_a_name(name)))
        if name is not None and (certain or _like_a_name(name)):
            times = (start_ms, end_ms) if own_start is None else (own_start, own_end)
            return Label(name, named.end(), certain, *times)
    return Label(None, at, True, start_ms, end_ms) if start_ms is not None else None


def bold_label_of(line: str) -> Label | None:
    """Return the label whose name is bold in Markdown, or null."""
    bold = _BOLD.match(line[:_LOOK_AT])
    if bold is None:
        return None
    inner = bold.group("inner")
    label = label_of(inner + line[bold.end() :])
    if label is None or label.name is None or label.body < len(inner):
        return None
    if not (label.certain or _like_a_name(label.name)):
        return None
    return replace(label, body=label.body - len(inner) + bold.end(), certain=True)


def believed(labels: Iterable[Label | None]) -> frozenset[str]:
    """Return the names in mixed case that are labels, on the evidence of a file's labels.

    Args:
        labels: for each line that could have one, its label or null.

    Returns:
        Names that stand at least twice; and, where at least half of the lines have a label, all.
    """
    rows = list(labels)
    named = [label for label in rows if label is not None and label.name is not None]
    counts = Counter(label.name for label in named if label.name)
    most = len(named) >= 2 and len(named) >= len(rows) * _MOST
    return frozenset(name for name, count in counts.items() if most or count >= 2)


def _times(match: re.Match[str], *groups: str) -> tuple[int | None, int | None]:
    for group in groups:
        if value := match.group(group):
            start = clock_ms(value)
            end = match.group(f"{group}_end")
            return start, (clock_ms(end) if end and start is not None else None)
    return None, None


def _words(name: str) -> list[str]:
    """Return the words of the name proper: what follows a comma or bracket describes it."""
    return re.split(r"[,(\[]", name, maxsplit=1)[0].split()


def _shouted(words: str) -> bool:
    """Return whether what is said is in capitals itself, so that a label's capitals say nothing."""
    letters = [word for word in words.split() if any(letter.isalpha() for letter in word)]
    return len(letters) >= _SHOUTED_WORDS and all(word == word.upper() for word in letters)


def in_capitals(name: str) -> bool:
    """Return whether a name is in capitals, titles aside: "INSKEEP", "Mr. SMITH (Author)"."""
    shouted = False
    words = _words(name)
    if len(words) > 1 and words[0].lower() in _SUBJECTS:
        return False
    for word in words:
        if word.strip(".") in _TITLES:
            continue
        if word != word.upper():
            return False
        shouted = shouted or any(letter.isupper() for letter in word)
    return shouted


def _like_a_name(name: str) -> bool:
    if _ROLES.fullmatch(name):
        return True
    words = _words(name)
    if not 0 < len(words) <= _NAME_WORDS or set(name) & set('?!;"“”'):
        return False
    if words[0].strip(".,'’").lower() in _REMARKS:
        return False
    if not any(letter.isalpha() for word in words for letter in word):
        return False
    return words[0].lower() not in _PARTICLES and all(_name_word(word) for word in words)


def _name_word(word: str) -> bool:
    bare = word.strip(".'’#&/-")
    if not bare or bare in _PARTICLES:
        return True
    first = bare[0]
    return first.isdigit() or (first.isalpha() and not first.islower())
