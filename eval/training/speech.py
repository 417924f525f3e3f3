"""Labelled sentences of plain text → the same as somebody said them.

What edited text lacks and transcripts have: labels and turns, lower case without punctuation,
fillers and repeated words, sentences cut where a caption ends, and a question that another speaker
answers. Every change keeps the labels and spans right, so the lesson is the same sentence in
another dress.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

IGNORE = -1

_FILLERS = ("um", "uh", "you know", "like", "I mean", "well", "so", "er", "right", "sort of")
_NAMES = (
    "Anna", "Tom", "Priya", "Marcus", "Elena", "Joe", "Mrs Okafor", "Dr Shah", "Li Wei", "Sam",
    "HOST", "GUEST", "INTERVIEWER", "Speaker 1", "Speaker 2", "Speaker 3", "MODERATOR", "Caller",
    "THE COURT", "MR. HALE", "Chair", "Councillor Reid", "Agent", "Customer", "Teacher", "Student",
    "Grandma", "Uncle Pete", "OPERATOR", "Maria Lopez", "KIM", "Jordan", "Q", "A", "Dana", "Yusuf",
    "Ingrid", "PM", "Coach", "Nurse", "Professor", "Ben", "Fatima", "O'Neill", "Ravi", "SUE",
)  # fmt: skip
_OPENERS = ("", "", "so ", "and ", "okay, ", "right, so ", "can I ask, ", "but ")
# Punctuation, but not between digits: "3.5" and "1,200" stay one number.
_STOPS = re.compile(r"(?<!\d)[.,:;!?\"“”()\[\]…]|[.,:;!?\"“”()\[\]…](?!\d)|\s[–—-]\s|``|''")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its label: 1 answers, 0 doesn't, ``IGNORE`` isn't known; spans within it."""

    text: str
    label: int
    spans: tuple[tuple[int, int], ...] = ()
    speaker: str = ""
    turn: int = 0


def spoken(one: Said, rng: random.Random, fillers: float, slips: float, plain: bool) -> Said:
    """Return a sentence with fillers put in, words repeated or dropped, and its case taken away.

    Args:
        one: the sentence.
        rng: where chance comes from.
        fillers: share of the words that a filler comes before.
        slips: share of the words that are said twice; half as many, outside the answer, get lost.
        plain: whether case and punctuation go, as in recognised speech.
    """
    pieces: list[str] = []
    length = 0
    places: list[tuple[int, int, int, int]] = []  # old start, old end, new start, new end
    for found in _WORD.finditer(one.text):
        word = found.group()
        if plain:
            word = _STOPS.sub("", word).lower()
        inside = any(a < found.end() and found.start() < b for a, b in one.spans)
        if not word or (not inside and rng.random() < slips / 2):
            continue
        if rng.random() < fillers:
            filler = rng.choice(_FILLERS)
            filler = filler.lower() if plain else f"{filler},"
            pieces.append(filler)
            length += len(filler) + 1
        if rng.random() < slips and not inside:
            pieces.append(word)
            length += len(word) + 1
        places.append((found.start(), found.end(), length, length + len(word)))
        pieces.append(word)
        length += len(word) + 1
    if not places:
        return one
    spans = []
    for a, b in one.spans:
        kept = [p for p in places if p[0] < b and p[1] > a]
        if kept:
            whole = (a <= kept[0][0] or plain, b >= kept[-1][1] or plain)
            start = kept[0][2] if whole[0] else kept[0][2] + a - kept[0][0]
            end = kept[-1][3] if whole[1] else kept[-1][3] - (kept[-1][1] - b)
            spans.append((start, end))
    return replace(one, text=" ".join(pieces), spans=tuple(spans))


def recut(lines: Sequence[Said], rng: random.Random) -> list[Said]:
    """Return the words of the sentences cut anew, as captions are: wherever a line is full.

    Of a sentence that answers, the pieces with the answer's words answer; the others aren't wrong
    for certain. Without known words every piece with half of its words in it answers.
    """
    result: list[Said] = []
    for turn in dict.fromkeys(line.turn for line in lines):
        words: list[tuple[str, int, frozenset[int]]] = []
        speaker = ""
        for place, line in enumerate(lines):
            if line.turn != turn:
                continue
            speaker = line.speaker
            for found in _WORD.finditer(line.text):
                spans = frozenset(
                    i
                    for i, (a, b) in enumerate(line.spans)
                    if a < found.end() and found.start() < b
                )
                words.append((found.group(), place, spans))
        while words:
            size = rng.randint(6, 16)
            piece, words = words[:size], words[size:]
            result.append(_piece(piece, lines, speaker, turn))
    return result


def _piece(
    piece: Sequence[tuple[str, int, frozenset[int]]],
    lines: Sequence[Said],
    speaker: str,
    turn: int,
) -> Said:
    text, offsets = "", []
    for word, _, _ in piece:
        start = len(text) + 1 if text else 0
        text = f"{text} {word}" if text else word
        offsets.append((start, len(text)))
    answering = [i for i, (_, place, _) in enumerate(piece) if lines[place].label == 1]
    spanned = any(lines[piece[i][1]].spans for i in answering)
    spans = []
    for key in dict.fromkeys((piece[i][1], s) for i in answering for s in sorted(piece[i][2])):
        inside = [i for i in answering if piece[i][1] == key[0] and key[1] in piece[i][2]]
        spans.append((offsets[inside[0]][0], offsets[inside[-1]][1]))
    if spans:
        label = 1
    elif answering:
        label = 1 if not spanned and len(answering) * 2 >= len(piece) else IGNORE
    else:
        label = IGNORE if any(lines[place].label == IGNORE for _, place, _ in piece) else 0
    return Said(text, label, tuple(spans), speaker, turn)


def in_turns(lines: Sequence[Said], rng: random.Random) -> list[Said]:
    """Return the sentences given to speakers: one of them, or two to four who take turns."""
    names = rng.sample(_NAMES, rng.choice((1, 2, 2, 2, 3, 4)))
    changing = rng.uniform(0.15, 0.6) if len(names) > 1 else 0.0
    result, turn, speaker = [], 0, rng.choice(names)
    for place, line in enumerate(lines):
        if place and rng.random() < changing:
            turn += 1
            speaker = rng.choice([n for n in names if n != speaker])
        result.append(replace(line, speaker=speaker, turn=turn))
    return result


def asked_before(question: str, lines: Sequence[Said], rng: random.Random) -> list[Said]:
    """Return the sentences with the question asked by somebody and another answering.

    Where a sentence answers, the question comes before it; else before any: who asks in vain has
    all the words of the question too, and no answer.
    """
    if not lines:
        return list(lines)
    answering = [i for i, line in enumerate(lines) if line.label == 1]
    at = answering[0] if answering else rng.randrange(len(lines))
    asker, other = rng.sample(_NAMES, 2)
    words = question.rstrip("? ").split()
    if len(words) > 6 and rng.random() < 0.4:
        words = words[: rng.randint(4, len(words) - 1)]
    text = f"{rng.choice(_OPENERS)}{' '.join(words)}?"
    turn = lines[at].turn
    own = lines[at].speaker or other
    asker = asker if asker != own else f"{asker} B"
    before = [replace(line, speaker=line.speaker or (asker if at else "")) for line in lines[:at]]
    after = [replace(line, speaker=line.speaker or own, turn=line.turn + 2) for line in lines[at:]]
    return [*before, Said(text, 0, (), asker, turn + 1), *after]
