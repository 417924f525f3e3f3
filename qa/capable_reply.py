"""A capable model's reply, as it streams in → the statements in it, each as soon as it is whole.

The reply is a JSON object by ``REPLY_SCHEMA``, whatever stands in front of it (some models think
aloud first); servers that can't be told so get lines instead. What is no statement is left out: the
reply names ids of evidence, and nothing in it is used for anything else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

REPLY_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "statements": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "cites": {"type": "array", "items": {"type": "string"}, "maxItems": 8},
                    "quote": {"type": ["string", "null"]},
                    "short": {"type": ["string", "null"]},
                },
                "required": ["text", "cites", "quote", "short"],
                "additionalProperties": False,
            },
        },
        "insufficient": {"type": "boolean"},
    },
    "required": ["statements", "insufficient"],
    "additionalProperties": False,
}

MOST_CHARS = 100_000
"""A reply longer than this is no answer: the model repeats itself."""

_ID = re.compile(r"\[?\s*S(\d{1,6})\b[^\]]*\]?\s*", re.I)
_OBJECT = re.compile(r'\{\s*"(?:statements|insufficient)"\s*:')
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.I | re.S)
_ITEMS = re.compile(r'"statements"\s*:\s*\[')
_MARKERS = re.compile(r"\s*\[\s*S?\d+(?:\s*[,;|]\s*S?\d+)*\s*\]", re.I)
_LINE_IDS = re.compile(r"[\[(]\s*(S\d+(?:\s*[,; ]\s*S\d+)*)\s*[\])]", re.I)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s*")
_INSUFFICIENT = re.compile(r"^\W*INSUFFICIENT\W*$", re.M)


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement as the model made it: numbers of the evidence, and perhaps words of it.

    ``short`` are the few words that answer the question by themselves.
    """

    text: str
    cites: tuple[int, ...]
    quote: str | None = None
    short: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What can be said of a reply once it is over.

    Args:
        understood: whether it had the form that was asked for.
        complete: whether it was so to the end.
        insufficient: whether it says that the evidence doesn't answer.
    """

    understood: bool
    complete: bool
    insufficient: bool


class Reader(Protocol):
    """Reads one reply."""

    def feed(self, text: str) -> Iterator[Claim]:
        """Take the next piece; yield the statements that it completes."""

    def last(self) -> Iterator[Claim]:
        """Yield what only the end of the reply completes."""

    def end(self) -> Ending:
        """Tell what the reply was."""


class _ClaimIn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    text: str
    cites: list[str]
    quote: str | None = None
    short: str | None = None


class JsonReader:
    """Reads a JSON object that may stand behind other text, or in a fence."""

    def __init__(self) -> None:
        self._text = ""
        self._start: int | None = None
        self._items: int | None = None
        self._place = 0
        self._claims = 0

    def feed(self, text: str) -> Iterator[Claim]:
        """Take the next piece; yield the statements that it completes."""
        if len(self._text) > MOST_CHARS:
            return
        self._text += text
        if self._start is None:
            visible = _THOUGHT.sub(lambda m: " " * len(m.group()), self._text)
            found = _OBJECT.search(visible)
            if found is None:
                return
            self._start = found.start()
        if self._items is None:
            items = _ITEMS.search(self._text, self._start)
            if items is None:
                return
            self._items = self._place = items.end()
        while (item := self._next_item()) is not None:
            claim = _claim(item)
            if claim is not None:
                self._claims += 1
                yield claim

    def last(self) -> Iterator[Claim]:
        """Yield nothing: an object that isn't closed is no statement."""
        yield from ()

    def end(self) -> Ending:
        """Tell what the reply was."""
        if self._start is None:
            return Ending(understood=False, complete=False, insufficient=False)
        try:
            whole, _ = json.JSONDecoder().raw_decode(self._text, self._start)
        except ValueError:
            return Ending(understood=self._items is not None, complete=False, insufficient=False)
        items = whole.get("statements", [])
        listed = isinstance(items, list) and (not items or self._claims > 0)
        insufficient = whole.get("insufficient") is True
        return Ending(understood=listed, complete=True, insufficient=insufficient)

    def _next_item(self) -> str | None:
        """Return the next whole object of the list; None until there is one."""
        place = self._place
        while place < len(self._text) and self._text[place] in " \t\r\n,":
            place += 1
        if place >= len(self._text) or self._text[place] != "{":
            return None
        depth, quoted, escaped = 0, False, False
        for end in range(place, len(self._text)):
            character = self._text[end]
            if quoted:
                quoted = escaped or character != '"'
                escaped = character == "\\" and not escaped
            elif character == '"':
                quoted = True
            elif character in "{}":
                depth += 1 if character == "{" else -1
                if depth == 0:
                    self._place = end + 1
                    return self._text[place : end + 1]
        return None


class LineReader:
    """Reads one statement a line, its ids in brackets behind it."""

    def __init__(self) -> None:
        self._text = ""
        self._place = 0
        self._claims = 0

    def feed(self, text: str) -> Iterator[Claim]:
        """Take the next piece; yield the statements that it completes."""
        self._text = (self._text + text)[:MOST_CHARS]
        while (end := self._text.find("\n", self._place)) >= 0:
            yield from self._line(self._text[self._place : end])
            self._place = end + 1

    def last(self) -> Iterator[Claim]:
        """Yield the statement of a last line without an end."""
        yield from self._line(self._text[self._place :])
        self._place = len(self._text)

    def end(self) -> Ending:
        """Tell what the reply was."""
        insufficient = bool(_INSUFFICIENT.search(self._text))
        understood = bool(self._claims) or insufficient
        return Ending(understood, understood, insufficient)

    def _line(self, line: str) -> Iterator[Claim]:
        ids = [int(n) for group in _LINE_IDS.findall(line) for n in re.findall(r"\d+", group)]
        text = _LINE_IDS.sub("", _BULLET.sub("", line)).strip()
        text = re.sub(r"\s+([.,;:!?])", r"\1", text)
        if ids and text:
            self._claims += 1
            yield Claim(text, tuple(dict.fromkeys(ids)))


def _claim(item: str) -> Claim | None:
    try:
        found = _ClaimIn.model_validate_json(item)
    except ValidationError:
        return None
    ids = [int(match[1]) for cite in found.cites if (match := _ID.fullmatch(cite.strip()))]
    text = " ".join(_MARKERS.sub("", found.text).split())
    if not text:
        return None
    return Claim(text, tuple(dict.fromkeys(ids)), found.quote or None, found.short or None)
