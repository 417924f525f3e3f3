r"""SubRip (SRT) → utterances.

There is no standard; what players accept is accepted: a counter above the times or none, a full
stop before the milliseconds, coordinates after them, a blank line inside a cue. Tags for looks
(``<i>``, ``{\an8}``) are dropped, every other character stays. Speakers come from labels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.errors import RefusedSource
from index.formats.base import FormatReader, TranscriptDraft
from index.formats.captions import Cue, Row, utterances
from index.formats.lines import Line, lines_of
from index.formats.probe import Probe
from index.formats.render import render, spaced
from index.formats.times import CLOCK, clock_ms

_ARROW = re.compile(r"\s*+[0-9:.,]{4,}\s*+-->")
_TIMING = re.compile(rf"\s*+(?P<start>{CLOCK})\s*+-->\s*+(?P<end>{CLOCK})(?:\s.*)?")
_STARTS = re.compile(rf"\s*+(?:[0-9]++[ \t]*+[\r\n]++)?\s*+{CLOCK}\s*+-->\s*+{CLOCK}")
_LOOKS = re.compile(r"</?(?:i|b|u|s|font)(?:\s[^<>]{0,200})?>|\{\\[^{}]{1,100}\}", re.IGNORECASE)


def read(text: str) -> tuple[TranscriptDraft, ...]:
    """Read an SRT file.

    Raises:
        RefusedSource: ``srt`` with the line of a broken time or of words above the first;
            ``no_turns``.
    """
    canonical, turns = render(utterances(_cues(list(lines_of(text)))))
    if not turns:
        raise RefusedSource("no cue in this SRT file has words", code="no_turns")
    return (TranscriptDraft(canonical, turns),)


def _cues(lines: list[Line]) -> Iterator[Cue]:
    starts = [at for at, line in enumerate(lines) if _ARROW.match(line.text)]
    before = lines[: starts[0]] if starts else lines
    for line in _without_counter(before) if starts else before:
        if not line.blank:
            raise RefusedSource(
                f"line {line.number}: {line.text.strip()[:80]!r} stands where an SRT file has "
                "a cue's time, such as '00:01:02,000 --> 00:01:04,500'",
                code="srt",
                line=line.number,
            )
    for number, at in enumerate(starts):
        start_ms, end_ms = _timing(lines[at])
        last = number + 1 == len(starts)
        body = lines[at + 1 : len(lines) if last else starts[number + 1]]
        rows = (Row(spaced(_LOOKS.sub("", line.text))) for line in _words(body, last=last))
        yield Cue(start_ms, end_ms, tuple(row for row in rows if row.text))


def _timing(line: Line) -> tuple[int, int]:
    match = _TIMING.fullmatch(line.text)
    start = clock_ms(match.group("start")) if match else None
    end = clock_ms(match.group("end")) if match else None
    if start is None or end is None:
        raise RefusedSource(
            f"line {line.number}: {line.text.strip()[:80]!r} isn't a cue's time; write it as "
            "'00:01:02,000 --> 00:01:04,500'",
            code="srt",
            line=line.number,
        )
    return start, end


def _words(body: list[Line], *, last: bool) -> list[Line]:
    return body if last else _without_counter(body)


def _without_counter(body: list[Line]) -> list[Line]:
    """Return the lines without the next cue's counter, the number right above its times."""
    if body and body[-1].text.strip().isdecimal():
        return body[:-1]
    return body


def detects(probe: Probe) -> bool:
    """Return whether the text begins with a cue's times, a counter above them or not."""
    return _STARTS.match(probe.text) is not None


READER = FormatReader("srt", detects, read)
