"""Caption cues → utterances: what WebVTT, SRT and TTML share after parsing.

Cues are put in the order of their start. Rolling captions, in which each cue repeats the line above
it, are folded. Labels in the words ("NAME:", "- NAME:", ">> NAME:") become speakers. Then pieces of
one speaker are joined (``render.joined``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from index.formats.labels import NAME_LENGTH, Label, believed, in_capitals, label_of
from index.formats.render import Said, Timed, ends_sentence, joined
from index.formats.times import ordered

# Captions are taken for rolling when at least half of the neighbours in time repeat a line, twice
# or more. People do repeat themselves ("No." "No."), hence never on the evidence of one pair.
ROLLING_SHARE = 0.5
ROLLING_PAIRS = 2
# Rolling lines follow each other at once; a repetition after a second is somebody's own.
ROLLING_GAP_MS = 1000

# Screens show two to four lines of captions; a cue of more is no rolling one.
ROLLING_ROWS = 8

# ">>" and a dash say that somebody else speaks; a number's minus ("-5") and an em dash don't.
_CHANGE = re.compile(r"(?:>{2,3}|[-–](?=\s|[^\W\d_]))\s*+")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a cue: words on one line, the speaker that markup names, pieces with own times."""

    text: str
    speaker: str | None = None
    timed: tuple[Timed, ...] = ()


@dataclass(frozen=True, slots=True)
class Cue:
    """Rows shown together from ``start_ms`` to ``end_ms``."""

    start_ms: int
    end_ms: int
    rows: tuple[Row, ...]


def utterances(cues: Iterable[Cue]) -> list[Said]:
    """Return who said what when, in the order of time."""
    timely = sorted(cues, key=lambda cue: cue.start_ms)
    return joined(_labelled(folded(timely)))


def folded(cues: Sequence[Cue]) -> list[Cue]:
    """Return the cues without the rows that rolling captions repeat, or as they are.

    Args:
        cues: in order of time.
    """
    shown = [cue for cue in cues if any(row.text for row in cue.rows)]
    pairs = [
        (last, cue) for last, cue in pairwise(shown) if cue.start_ms - last.end_ms <= ROLLING_GAP_MS
    ]
    rolling = sum(_rolls(last, cue) for last, cue in pairs)
    if rolling < ROLLING_PAIRS or rolling < len(pairs) * ROLLING_SHARE:
        return list(shown)
    result = shown[:1]
    for last, cue in pairwise(shown):
        if cue.start_ms - last.end_ms > ROLLING_GAP_MS:
            result.append(cue)
        else:
            result.append(replace(cue, rows=_new_rows(last, cue)))
    return result


def _texts(cue: Cue) -> list[str]:
    return [row.text for row in cue.rows]


def _repeated(last: Cue, cue: Cue) -> int:
    """Return how many rows at the cue's start are the last rows of the cue before."""
    above, here = _texts(last)[-ROLLING_ROWS:], _texts(cue)[:ROLLING_ROWS]
    for count in range(min(len(above), len(here)), 0, -1):
        if above[-count:] == here[:count]:
            return count
    return 0


def _grows(last: Cue, cue: Cue) -> bool:
    """Return whether the cue's first row is the last row of the cue before with more words."""
    return cue.rows[0].text.startswith(last.rows[-1].text + " ")


def _rolls(last: Cue, cue: Cue) -> bool:
    return (_repeated(last, cue) > 0 and _texts(last) != _texts(cue)) or _grows(last, cue)


def _new_rows(last: Cue, cue: Cue) -> tuple[Row, ...]:
    count = _repeated(last, cue)
    if count == 0 and _grows(last, cue):
        first = cut(cue.rows[0], len(last.rows[-1].text) + 1)
        return (first, *cue.rows[1:])
    return cue.rows[count:]


def cut(row: Row, start: int) -> Row:
    """Return the row without its first ``start`` characters."""
    timed = tuple(
        Timed(max(piece.start - start, 0), piece.end - start, piece.start_ms, piece.end_ms)
        for piece in row.timed
        if piece.end > start
    )
    return replace(row, text=row.text[start:], timed=timed)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A row without its dash or ``>>``, which cue it stands in, and the label it may have."""

    row: Row
    cue: Cue
    first: bool
    changes: bool
    label: Label | None


def _labelled(cues: Sequence[Cue]) -> list[Said]:
    rows = [
        _marked(row, cue.rows[at + 1].text if at + 1 < len(cue.rows) else "", cue, at == 0)
        for cue in cues
        for at, row in enumerate(cue.rows)
    ]
    names = believed(mark.label for mark in rows if mark.row.speaker is None and mark.row.text)
    rows = [_without_doubt(mark, names) for mark in rows]
    carries = _labels_changes_only(rows)
    marked_up = any(mark.row.speaker is not None for mark in rows)
    pieces: list[Said] = []
    speaker: str | None = None
    for mark in rows:
        row = mark.row
        if row.speaker is not None:
            speaker = row.speaker
        elif mark.label is not None:
            speaker, row = mark.label.name, cut(row, mark.label.body)
        elif marked_up or mark.changes or (mark.first and not carries and not _runs_on(pieces)):
            speaker = None
        start, end = ordered(mark.cue.start_ms, mark.cue.end_ms)
        pieces.append(Said(speaker, row.text, start, end, row.timed, mark.changes))
    return pieces


def _marked(row: Row, below: str, cue: Cue, first: bool) -> _Marked:
    change = _CHANGE.match(row.text)
    bare = cut(row, change.end()) if change else row
    label = label_of(bare.text) if row.speaker is None else None
    named = label if label is not None and label.name is not None else None
    if change and below and row.speaker is None and named is None and _is_name(bare.text, below):
        named = Label(bare.text, len(bare.text), certain=True)
    return _Marked(bare, cue, first, change is not None, named)


def _is_name(text: str, below: str) -> bool:
    """Return whether "- MAYNES" above other words is a label: a name in capitals, the words not."""
    return (
        len(text) <= NAME_LENGTH
        and in_capitals(text)
        and not ends_sentence(text)
        and below != below.upper()
        and _CHANGE.match(below) is None
    )


def _without_doubt(mark: _Marked, names: frozenset[str]) -> _Marked:
    label = mark.label
    if label is None or label.certain or label.name in names:
        return mark
    return replace(mark, label=None)


def _labels_changes_only(rows: Sequence[_Marked]) -> bool:
    """Return whether a file names the speaker only when somebody else begins.

    So it is where the first row has a label and no label follows itself. Elsewhere a row without
    label, after a full stop, has no speaker: it may be anybody in the picture.
    """
    labels = [mark.label.name for mark in rows if mark.label is not None]
    return (
        len(set(labels)) >= 2
        and rows[0].label is not None
        and all(name != after for name, after in pairwise(labels))
    )


def _runs_on(pieces: Sequence[Said]) -> bool:
    """Return whether the last sentence is unfinished, so that it goes on in the next cue."""
    return bool(pieces) and not ends_sentence(pieces[-1].text)
