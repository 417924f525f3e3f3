"""TTML (Timed Text, W3C) → utterances: paragraphs with times, agents as speakers, timed spans.

Read with expat, which knows lines: what is refused is named by its line. Document types are refused
(nothing in TTML needs entities, and they can be used to exhaust memory).
Time expressions: clock times, with frames, and offsets in h, m, s, ms, f and t.
See https://www.w3.org/TR/ttml2/#timing-value-time-expression.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from xml.parsers import expat

from index.errors import RefusedSource
from index.formats.base import FormatReader, StatedMetadata, TranscriptDraft, one_line
from index.formats.captions import Cue, Row, utterances
from index.formats.probe import Probe
from index.formats.render import Timed, render, spaced
from index.formats.times import SECONDS_LIMIT, clock_ms

# A paragraph stands 4 levels deep and its spans a few more.
DEPTH_LIMIT = 64

_START = re.compile(
    r"\s*+(?:<\?xml[^>]{0,200}>)?\s*+(?:<!--.{0,2000}?-->\s*+)?<(?:\w+:)?tt[\s>]", re.S
)
_OFFSET = re.compile(r"(?P<count>[0-9]{1,12}(?:\.[0-9]{1,9})?)(?P<unit>ms|h|m|s|f|t)")
_FRAMES = re.compile(r"(?P<clock>[0-9]{2,}:[0-9]{2}:[0-9]{2}):(?P<frames>[0-9]{2,4}(?:\.[0-9]+)?)")
_DEFAULT_FRAME_RATE = 30.0  # as the recommendation has it


# Start and end in the paragraph's characters, begin and end in milliseconds.
_Span = tuple[int, int, int, int]


@dataclass(slots=True)
class _Open:
    """An element that is open: its name, when it begins and ends, who speaks."""

    name: str
    begin: int
    end: int | None
    timed: bool
    speaker: str | None


@dataclass(slots=True)
class _Paragraph:
    """The words of a paragraph so far, and the spans in it that have times."""

    text: list[str] = field(default_factory=list)
    length: int = 0
    timed: list[_Span] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)


class _Parser:
    """Follows the elements of one document."""

    def __init__(self) -> None:
        self.cues: list[Cue] = []
        self.title: str | None = None
        self.language: str | None = None
        self._open: list[_Open] = []
        self._agents: dict[str, str] = {}
        self._agent: str | None = None
        self._heard: list[str] = []
        self._paragraph: _Paragraph | None = None
        self._frame_rate = _DEFAULT_FRAME_RATE
        self._tick_rate = 1.0
        self._expat = expat.ParserCreate(namespace_separator=" ")
        self._expat.buffer_text = True
        self._expat.StartElementHandler = self._starts
        self._expat.EndElementHandler = self._ends
        self._expat.CharacterDataHandler = self._says
        self._expat.StartDoctypeDeclHandler = self._declares

    def parse(self, text: str) -> None:
        """Parse a whole document."""
        try:
            self._expat.Parse(text, True)
        except expat.ExpatError as error:
            raise RefusedSource(
                f"line {error.lineno}: broken XML: {expat.ErrorString(error.code)}",
                code="ttml",
                line=error.lineno,
            ) from error

    def _refusal(self, message: str) -> RefusedSource:
        line = self._expat.CurrentLineNumber
        return RefusedSource(f"line {line}: {message}", code="ttml", line=line)

    def _declares(self, *_: object) -> None:
        raise self._refusal("a document type isn't read; take the DOCTYPE out of the file")

    def _starts(self, qualified: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= DEPTH_LIMIT:
            raise self._refusal(f"elements nest more than {DEPTH_LIMIT} deep")
        name = _local(qualified)
        values = {_local(key): value for key, value in attributes.items()}
        self._heard = []
        if name == "tt":
            self.language = values.get("lang") or None
            self._frame_rate = self._rate(values, "frameRate", _DEFAULT_FRAME_RATE)
            self._tick_rate = self._rate(values, "tickRate", 1.0)
        elif name == "agent":
            self._agent = values.get("id")
        parent = self._open[-1] if self._open else _Open("", 0, None, False, None)
        begin = self._time(values.get("begin"))
        until = self._time(values.get("end"))
        lasts = self._time(values.get("dur"))
        start = parent.begin + (begin or 0)
        end = parent.end if until is None else parent.begin + until
        if lasts is not None:
            end = start + lasts if end is None else min(end, start + lasts)
        speaker = self._speaker(values.get("agent")) if "agent" in values else parent.speaker
        timed = begin is not None and end is not None
        self._open.append(_Open(name, start, end, timed, speaker))
        if name == "p":
            self._paragraph = _Paragraph()
        elif self._paragraph is not None:
            if name == "br":
                self._says("\n")
            self._paragraph.opened.append(self._paragraph.length)

    def _ends(self, qualified: str) -> None:
        element = self._open.pop()
        paragraph = self._paragraph
        if element.name == "p" and paragraph is not None:
            self._close(element, paragraph)
            self._paragraph = None
        elif paragraph is not None and paragraph.opened:
            start = paragraph.opened.pop()
            if element.timed and element.end is not None and element.name == "span":
                paragraph.timed.append((start, paragraph.length, element.begin, element.end))
        elif element.name == "name" and self._agent:
            self._agents[self._agent] = "".join(self._heard)
        elif element.name == "title" and self.title is None:
            self.title = one_line("".join(self._heard))

    def _says(self, words: str) -> None:
        self._heard.append(words)
        if self._paragraph is not None:
            self._paragraph.text.append(words)
            self._paragraph.length += len(words)

    def _close(self, element: _Open, paragraph: _Paragraph) -> None:
        raw = "".join(paragraph.text)
        spans = sorted(paragraph.timed)
        start = element.begin if element.timed or not spans else spans[0][2]
        end = element.end if element.end is not None else (spans[-1][3] if spans else None)
        if not raw.strip():
            return
        if end is None:
            raise self._refusal("this paragraph has no times; give it begin and end")
        rows = [
            Row(spaced(line), element.speaker, timed) for line, timed in _timed_lines(raw, spans)
        ]
        self.cues.append(Cue(start, end, tuple(row for row in rows if row.text)))

    def _speaker(self, agents: str | None) -> str | None:
        first = (agents or "").split()[:1]
        return one_line(self._agents.get(first[0]) or first[0]) if first else None

    def _rate(self, values: dict[str, str], key: str, default: float) -> float:
        value = values.get(key, "")
        return float(value) if re.fullmatch("[1-9][0-9]{0,8}", value) else default

    def _time(self, value: str | None) -> int | None:
        if value is None:
            return None
        found = self._milliseconds(value.strip())
        if found is None or found > SECONDS_LIMIT * 1000:
            raise self._refusal(f"{value[:40]!r} isn't a time; write '00:01:02.500' or '62.5s'")
        return found

    def _milliseconds(self, value: str) -> int | None:
        if match := _OFFSET.fullmatch(value):
            count = float(match.group("count"))
            unit = match.group("unit")
            seconds = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
            rates = {"f": self._frame_rate, "t": self._tick_rate}
            return round(1000 * (count * seconds[unit] if unit in seconds else count / rates[unit]))
        if match := _FRAMES.fullmatch(value):
            clock = clock_ms(match.group("clock"))
            frames = float(match.group("frames")) / self._frame_rate
            return None if clock is None else clock + round(1000 * frames)
        return clock_ms(value)


def _local(qualified: str) -> str:
    return qualified.rpartition(" ")[2]


def _timed_lines(raw: str, spans: list[_Span]) -> Iterator[tuple[str, tuple[Timed, ...]]]:
    """Yield the lines of a paragraph with the timed spans in each, as ranges of its spaced text."""
    lines = raw.split("\n")
    starts = list(accumulate((len(line) + 1 for line in lines[:-1]), initial=0))
    inside: list[list[_Span]] = [[] for _ in lines]
    for first, last, begin, until in spans:
        for at in range(bisect_right(starts, first) - 1, bisect_left(starts, last)):
            inside[at].append((first - starts[at], last - starts[at], begin, until))
    for line, found in zip(lines, inside, strict=True):
        yield line, _timed(line, found) if found else ()


def _timed(line: str, spans: list[_Span]) -> tuple[Timed, ...]:
    places = _spaced_places(line)
    timed: list[Timed] = []
    for first, last, begin, until in spans:
        words = [at for at in places[max(first, 0) : last] if at >= 0]
        if words:
            timed.append(Timed(words[0], words[-1] + 1, begin, max(begin, until)))
    return tuple(timed)


def _spaced_places(raw: str) -> list[int]:
    """Return for each character where it stands in the spaced text; -1 for spaces."""
    places: list[int] = []
    length = 0
    gap = False
    for letter in raw:
        if letter in " \t\r":
            gap = length > 0
            places.append(-1)
        else:
            length += gap
            gap = False
            places.append(length)
            length += 1
    return places


def read(text: str) -> tuple[TranscriptDraft, ...]:
    """Read a TTML file.

    Raises:
        RefusedSource: ``ttml`` with the line; ``no_turns``.
    """
    parser = _Parser()
    parser.parse(text)
    canonical, turns = render(utterances(parser.cues))
    if not turns:
        raise RefusedSource("no paragraph in this TTML file has words", code="no_turns")
    stated = StatedMetadata(title=parser.title, language=one_line(parser.language))
    return (TranscriptDraft(canonical, turns, stated),)


def detects(probe: Probe) -> bool:
    """Return whether the text is XML whose first element is ``tt``."""
    return _START.match(probe.text) is not None


# Paragraphs and line breaks, whatever stands between them.
READER = FormatReader("ttml", detects, read, parts=re.compile(r"<(?:\w+:)?(?:p|br)\b"))
