"""Evidence of the data (turn, quote) → spans of the target's canonical text.

A target may number its turns otherwise than the data does: a reader drops empty turns, say. So the
two lists are aligned by their texts first, and evidence whose turn has no equal in the target is
reported as unmapped, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from eval.records import DataDocument, EvidenceItem, Gold, Question, Span, TargetDocument


def align(document: DataDocument, target: TargetDocument) -> dict[int, int]:
    """Return, for each turn of the data that the target holds, its index in the target's turns.

    Equal lists, with or without the empty turns, map one to one; otherwise the longest runs of
    equal texts do (``difflib``), and what differs stays unmapped.
    """
    ours = [(index, turn.text) for index, turn in enumerate(document.turns) if turn.text.strip()]
    theirs = [
        (index, text)
        for index, turn in enumerate(target.turns)
        if (text := target.text[turn.char_start : turn.char_end]).strip()
    ]
    our_texts = [text for _, text in ours]
    their_texts = [text for _, text in theirs]
    if our_texts == their_texts:
        return {a: b for (a, _), (b, _) in zip(ours, theirs, strict=True)}
    aligned: dict[int, int] = {}
    matcher = SequenceMatcher(None, our_texts, their_texts, autojunk=False)
    for block in matcher.get_matching_blocks():
        for step in range(block.size):
            aligned[ours[block.a + step][0]] = theirs[block.b + step][0]
    return aligned


def _span(target: TargetDocument, start: int, end: int) -> Span:
    return Span(target.document_id, target.document_version, start, end, target.text[start:end])


def _whole_turns(
    item: EvidenceItem, target: TargetDocument, turns: Mapping[int, int], document: DataDocument
) -> tuple[list[Span], list[str]]:
    spans, unmapped = [], []
    for index in range(item.turn_start, min(item.turn_end + 1, len(document.turns))):
        if index in turns:
            turn = target.turns[turns[index]]
            spans.append(_span(target, turn.char_start, turn.char_end))
        elif document.turns[index].text.strip():
            unmapped.append(f"turn {index} isn't in the target's document")
    return spans, unmapped


def _quoted(
    item: EvidenceItem, target: TargetDocument, turns: Mapping[int, int], document: DataDocument
) -> Span | str:
    quote = item.quote or ""
    if item.turn_start not in turns:
        return f"turn {item.turn_start} isn't in the target's document"
    inside = item.char_start
    if inside is None:
        inside = document.turns[item.turn_start].text.find(quote)
    start = target.turns[turns[item.turn_start]].char_start + inside
    if inside < 0 or target.text[start : start + len(quote)] != quote:
        return f"{quote!r} isn't verbatim in turn {item.turn_start}"
    return _span(target, start, start + len(quote))


def _unique(spans: Sequence[Span]) -> tuple[Span, ...]:
    return tuple(dict.fromkeys(spans))


def joined(first: Gold, second: Gold) -> Gold:
    """Return the gold of a question with evidence in two documents: both are to be found."""
    return Gold(
        first.groups + second.groups,
        first.accepted + second.accepted,
        first.unmapped + second.unmapped,
    )


def place(question: Question, document: DataDocument, target: TargetDocument) -> Gold:
    """Return the gold of a question in the target's offsets.

    Quotes are what has to be found: the fine ones where the set has them, else those of
    ``evidence``. A quote that is one of the answers is an occurrence of the answer, and any
    occurrence will do (one group). Other quotes support the answer together (a group each). Whole
    turns are accepted beside quotes, and are the gold, any of them, where there is no quote.
    """
    turns = align(document, target)
    quoted = [item for item in question.evidence_fine if item.quote] or [
        item for item in question.evidence if item.quote
    ]
    whole = [item for item in question.evidence if not item.quote]
    unmapped: list[str] = []
    quotes: list[Span] = []
    occurrences = False
    for item in quoted:
        placed = _quoted(item, target, turns, document)
        if isinstance(placed, str):
            unmapped.append(placed)
        else:
            quotes.append(placed)
            occurrences = occurrences or item.quote in question.answers
    accepted: list[Span] = []
    for item in whole:
        spans, lost = _whole_turns(item, target, turns, document)
        accepted.extend(spans)
        unmapped.extend(lost)
    if quotes and not occurrences:
        groups = tuple((quote,) for quote in _unique(quotes))
        return Gold(groups, _unique(accepted), tuple(unmapped))
    alternatives = _unique([*quotes, *accepted])
    return Gold((alternatives,) if alternatives else (), (), tuple(unmapped))
