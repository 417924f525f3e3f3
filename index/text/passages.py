"""Sentences → Passages: the units of retrieval, and the text that is encoded for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from index.encoders.base import PassageInput
from index.records import Metadata, Passage, Sentence

# MiniLM reads 256 tokens; 160 of speech leave room for a header and for labels.
PASSAGE_TOKENS = 160

# A passage this full ends with the turn rather than in the middle of the next one.
FULL_ENOUGH = 0.6

# What is left at the end joins the passage before it when it is smaller than this share of the
# budget: "Yeah." never stands alone.
REMAINDER = 0.25

# Most characters of the title that go into a header, so that a long one can't push out the words.
MAX_TITLE_CHARS = 120

CountTokens = Callable[[str], int]


def build_passages(
    text: str,
    sentences: Sequence[Sentence],
    count_tokens: CountTokens,
    budget: int | None = None,
) -> tuple[Passage, ...]:
    """Group consecutive sentences into passages of about ``budget`` tokens (``PASSAGE_TOKENS``).

    Every sentence is in exactly one passage. Turns are kept together where they fit; short ones
    join their neighbours.
    """
    if budget is None:
        budget = PASSAGE_TOKENS
    # A sentence of no token counts as well: a passage never holds more of them than tokens.
    sizes = [max(1, count_tokens(text[s.char_start : s.char_end])) for s in sentences]
    groups: list[tuple[int, int]] = []
    first = 0
    filled = 0
    for i, size in enumerate(sizes):
        new_turn = i > first and sentences[i].turn != sentences[i - 1].turn
        over = filled + size > budget
        at_turn = (
            new_turn
            and filled >= FULL_ENOUGH * budget
            and filled + _turn_size(sentences, sizes, i, budget) > budget
        )
        if i > first and (over or at_turn):
            groups.append((first, i - 1))
            first, filled = i, 0
        filled += size
    if sentences:
        if groups and filled < REMAINDER * budget:
            groups[-1] = (groups[-1][0], len(sentences) - 1)
        else:
            groups.append((first, len(sentences) - 1))
    return tuple(
        Passage(
            number=number,
            first_sentence=start,
            last_sentence=end,
            char_start=min(s.char_start for s in sentences[start : end + 1]),
            char_end=max(s.char_end for s in sentences[start : end + 1]),
            speakers=tuple(
                dict.fromkeys(s.speaker for s in sentences[start : end + 1] if s.speaker)
            ),
        )
        for number, (start, end) in enumerate(groups)
    )


def _turn_size(sentences: Sequence[Sentence], sizes: Sequence[int], first: int, budget: int) -> int:
    turn = sentences[first].turn
    total = 0
    for i in range(first, len(sentences)):
        if sentences[i].turn != turn or total > budget:
            break
        total += sizes[i]
    return total


def render_passage(
    text: str, metadata: Metadata, sentences: Sequence[Sentence], passage: Passage
) -> PassageInput:
    """Return what is encoded: a title line, then the words with a label at each change of turn.

    The label goes in front of the sentence, outside its range.
    """
    parts: list[str] = [metadata.title[:MAX_TITLE_CHARS], "\n"]
    length = sum(map(len, parts))
    ranges: list[tuple[int, int]] = []
    turn: int | None = None
    for sentence in sentences[passage.first_sentence : passage.last_sentence + 1]:
        label = ""
        if sentence.turn != turn:
            label = f"{sentence.speaker}: " if sentence.speaker else ""
            turn = sentence.turn
        words = text[sentence.char_start : sentence.char_end]
        start = length + len(label)
        ranges.append((start, start + len(words)))
        parts += [label, words, " "]
        length = start + len(words) + 1
    return PassageInput(text="".join(parts), sentences=tuple(ranges))
