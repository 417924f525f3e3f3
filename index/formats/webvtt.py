"""WebVTT → utterances: voice spans, notes, styles, cues of several lines, hours optional.

Follows the syntax of the W3C's "WebVTT: The Web Video Text Tracks Format"
(https://www.w3.org/TR/webvtt1/), more lenient where files in the wild are: one-digit hours, a comma
before the milliseconds, a blank line inside a cue (the text after it belongs to the cue above).
Timestamps inside a cue give its words their times.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import pairwise

from index.errors import RefusedSource
from index.formats.base import FormatReader, StatedMetadata, TranscriptDraft, one_line
from index.formats.captions import Cue, Row, utterances
from index.formats.dates import iso_date
from index.formats.lines import Line, lines_of
from index.formats.probe import Probe
from index.formats.render import Timed, render, spaced
from index.formats.times import CLOCK, clock_ms

_MAGIC = re.compile(r"\s*+WEBVTT(?=[ \t\r\n]|$)")
_TIMING = re.compile(rf"\s*+(?P<start>{CLOCK})\s*+-->\s*+(?P<end>{CLOCK})(?:\s.*)?")
_TAG = re.compile(
    rf"<(?:(?P<at>{CLOCK})|(?P<close>/?)(?P<kind>v|c|i|b|u|ruby|rt|lang)"
    r"(?:\.[^\s>]*+)?(?:\s++(?P<note>[^>]*+))?)>"
)
_STATES = re.compile(r"(?P<key>Title|Date|Url|Language):(?P<value>.*)", re.IGNORECASE)


def read(text: str) -> tuple[TranscriptDraft, ...]:
    """Read a WebVTT file.

    Raises:
        RefusedSource: ``webvtt`` with the line of a broken time; ``no_turns``.
    """
    lines = list(lines_of(text))
    stated = _header(lines)
    canonical, turns = render(utterances(_cues(lines)))
    if not turns:
        raise RefusedSource("no cue in this WebVTT file has words", code="no_turns")
    return (TranscriptDraft(canonical, turns, stated),)


def _header(lines: list[Line]) -> StatedMetadata:
    """Return what the lines below the magic word state: "Language: en", "Title: Town hall"."""
    top = next((at for at, line in enumerate(lines) if not line.blank), 0)
    found: dict[str, str | None] = {}
    for line in lines[top + 1 :]:
        if line.blank or "-->" in line.text:
            break
        if match := _STATES.fullmatch(line.text):
            found.setdefault(match.group("key").lower(), one_line(match.group("value")))
    return StatedMetadata(
        title=found.get("title"),
        date=iso_date(found.get("date") or ""),
        url=found.get("url"),
        language=found.get("language"),
    )


def _cues(lines: list[Line]) -> Iterator[Cue]:
    """Yield the cues in file order; a cue begins with each line of times."""
    starts = list(_starts(lines))
    for number, at in enumerate(starts):
        start_ms, end_ms = _timing(lines[at])
        stop = starts[number + 1] if number + 1 < len(starts) else len(lines)
        words = _words(lines[at + 1 : stop], more=number + 1 < len(starts))
        yield Cue(start_ms, end_ms, _rows(words, start_ms, end_ms))


def _starts(lines: list[Line]) -> Iterator[int]:
    """Yield where cues begin; "-->" isn't allowed in a NOTE block, and is found there."""
    in_note = False
    for at, line in enumerate(lines):
        in_note = not line.blank and (in_note or _begins_note(line.text))
        if "-->" in line.text and not in_note:
            yield at


def _begins_note(line: str) -> bool:
    return line == "NOTE" or line.startswith(("NOTE ", "NOTE\t"))


def _timing(line: Line) -> tuple[int, int]:
    match = _TIMING.fullmatch(line.text)
    start = clock_ms(match.group("start")) if match else None
    end = clock_ms(match.group("end")) if match else None
    if start is None or end is None:
        raise RefusedSource(
            f"line {line.number}: {line.text.strip()[:80]!r} isn't a cue's time; write it as "
            "'00:01:02.000 --> 00:01:04.500'",
            code="webvtt",
            line=line.number,
        )
    return start, end


def _words(lines: list[Line], *, more: bool) -> str:
    """Return the words of a cue: its lines without notes, styles, and the next cue's identifier.

    The identifier is the line right above the next cue's times, when a blank line parts it from the
    words of this one.
    """
    body = list(lines)
    if more and len(body) >= 2 and not body[-1].blank and body[-2].blank:
        body.pop()
    kept: list[str] = []
    skipping = False
    for before, line in zip([None, *body], body, strict=False):
        begins = before is not None and before.blank
        if line.blank:
            skipping = False
        elif begins and (_begins_note(line.text) or line.text.strip() in ("STYLE", "REGION")):
            skipping = True
        if not skipping and not line.blank:
            kept.append(line.text)
    return "\n".join(kept)


def _rows(words: str, start_ms: int, end_ms: int) -> tuple[Row, ...]:
    """Return the rows of a cue's words: a new one at each line end and each change of voice."""
    rows: list[_RowBuilder] = [_RowBuilder(None)]
    voice: str | None = None
    moment: int | None = None
    at = 0
    timed = re.search(rf"<{CLOCK}>", words) is not None
    for match in [*_TAG.finditer(words), None]:
        chunk = words[at : match.start() if match else len(words)]
        for number, part in enumerate(chunk.split("\n")):
            if number:
                rows.append(_RowBuilder(voice))
            rows[-1].add(html.unescape(part), moment if moment is not None else start_ms)
        if match is None:
            break
        at = match.end()
        if match.group("at"):
            moment = clock_ms(match.group("at"))
        elif match.group("kind") == "v":
            voice = None if match.group("close") else one_line(_unescaped(match.group("note")))
            rows.append(_RowBuilder(voice))
    return tuple(row.row(end_ms if timed else None) for row in rows if row.text.strip())


def _unescaped(value: str | None) -> str | None:
    return html.unescape(value) if value is not None else None


class _RowBuilder:
    """Collects the words of one row, and when each piece of it begins."""

    def __init__(self, speaker: str | None) -> None:
        self.speaker = speaker
        self.text = ""
        self._moments: list[tuple[int, int]] = []

    def add(self, text: str, moment: int) -> None:
        """Append words that begin at a moment."""
        if text.strip():
            self._moments.append((len(self.text), moment))
        self.text += text

    def row(self, end_ms: int | None) -> Row:
        """Return the row; with the cue's end given, its pieces get times of their own.

        A piece lasts until the next begins: that is how a player shows them.
        """
        text = ""
        timed: list[Timed] = []
        bounds = [*self._moments, (len(self.text), end_ms or 0)]
        for (start, moment), (stop, until) in pairwise(bounds):
            piece = spaced(self.text[start:stop])
            raw = self.text[start:stop]
            if text and piece and (raw[:1].isspace() or self.text[start - 1 : start].isspace()):
                text += " "
            timed.append(Timed(len(text), len(text) + len(piece), moment, max(until, moment)))
            text += piece
        return Row(text, self.speaker, tuple(timed) if end_ms is not None else ())


def detects(probe: Probe) -> bool:
    """Return whether the text begins with the format's magic word."""
    return _MAGIC.match(probe.text) is not None


READER = FormatReader("webvtt", detects, read)
