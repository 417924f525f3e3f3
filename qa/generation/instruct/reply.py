"""An instruct model's reply, as it streams in → the statements in it, each as soon as it is whole.

The reply is a JSON object by ``REPLY_SCHEMA``, whatever stands in front of it (some models think
aloud first); servers that can't be told so get lines instead. What is no statement is left out: the
reply names ids of evidence, and nothing in it is used for anything else.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

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

LONGEST = 4000
"""Characters of a statement, or of a line, that are read: more is refused for its length, and
the patterns below take time that grows with its square."""

MOST_IDS = 50
ID_CHARS = 100
"""Ids of one statement that are read, and their length; some servers repeat the whole label."""

TRIES = 50
"""Places where the object may begin that are looked at; each costs a reading of all before it."""

ID_DIGITS = 6
"""A number longer than that is none of the evidence's; reading it would take long, or fail."""

_ID = re.compile(rf"\[?\s*(?:S(\d{{1,{ID_DIGITS}}})\b[^\]]*|(\d{{1,{ID_DIGITS}}}))\s*\]?\s*", re.I)
_BETWEEN_IDS = re.compile(r"\s*[,;]\s*(?=\[?\s*S?\d)|\s+(?:and\s+)?(?=\[?\s*S\d)", re.I)
_KEY = re.compile(r'"(?:statements|insufficient)"\s*:')
_KEY_REACH = 64
_OBJECT = re.compile(
    r'\{\s*(?:"\w+"\s*:\s*(?:"(?:[^"\\]|\\.)*"|true|false|null|[\d.]+)\s*,\s*)*'
    r'"(?:statements|insufficient)"\s*:',
    re.S,
)
_THOUGHT = re.compile(r"<(think|thinking|reasoning)>.*?(?:</\1>|\Z)", re.I | re.S)
_THINKS = re.compile(r"<(?:think|thinking|reasoning)>", re.I)
_THOUGHT_END = re.compile(r"</(?:think|thinking|reasoning)>", re.I)
_ITEMS = re.compile(r'"statements"\s*:\s*\[')
_MARKERS = re.compile(r"\s*\[\s*S?\d+(?:\s*[,;|]\s*S?\d+)*\s*\]", re.I)
_LINE_IDS = re.compile(r"[\[(]\s*(S\d+(?:\s*[,; ]\s*S\d+)*)\s*[\])]", re.I)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d+[.)])\s*")
_INSUFFICIENT = re.compile(r"\W*INSUFFICIENT\W*")
_JOINERS = "\u200c\u200d"


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


class ReplyReader(Protocol):
    """Reads one reply."""

    def feed(self, text: str) -> Iterator[Claim]:
        """Take the next piece; yield the statements that it completes."""

    def last(self) -> Iterator[Claim]:
        """Yield what only the end of the reply completes."""

    def end(self) -> Ending:
        """Tell what the reply was."""

    @property
    def overfull(self) -> bool:
        """Return whether the reply is longer than any answer, so that no more of it is read."""


def _named(cites: object) -> list[str]:
    """Return ids as models name them that keep to no schema: one alone, numbers, two in a string.

    Raises:
        ValueError: there is something else in their place.
    """
    listed = cites if isinstance(cites, list) else [cites]
    words = [str(cite)[:ID_CHARS] for cite in listed[:MOST_IDS] if type(cite) in (str, int)]
    if listed and not words:
        raise ValueError("no ids")
    return [name for word in words for name in _BETWEEN_IDS.split(word)]


def _words(value: object) -> str | None:
    """Return the value if it is words: what else stands for a quote narrows nothing."""
    return value if isinstance(value, str) else None


class _ClaimIn(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    text: str
    cites: Annotated[list[str], BeforeValidator(_named)]
    quote: Annotated[str | None, BeforeValidator(_words)] = None
    short: Annotated[str | None, BeforeValidator(_words)] = None


class JsonReader:
    """Reads a JSON object that may stand behind other text, or in a fence."""

    def __init__(self) -> None:
        self._text = ""
        self._start: int | None = None
        self._items: int | None = None
        self._place = 0
        self._scanned = _Scanned()
        self._claims = 0
        self._tries = 0

    @property
    def overfull(self) -> bool:
        """Return whether the reply is longer than any answer, so that no more of it is read."""
        return len(self._text) > MOST_CHARS

    def feed(self, text: str) -> Iterator[Claim]:
        """Take the next piece; yield the statements that it completes."""
        if self.overfull:
            return
        known = len(self._text)
        self._text += text
        if self._start is None:
            if not _KEY.search(self._text, max(0, known - _KEY_REACH)) or self._tries >= TRIES:
                return
            self._tries += 1
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
        except (ValueError, RecursionError):
            return Ending(understood=self._items is not None, complete=False, insufficient=False)
        items = whole.get("statements") or []
        listed = isinstance(items, list) and (not items or self._claims > 0)
        insufficient = whole.get("insufficient") is True
        return Ending(understood=listed, complete=True, insufficient=insufficient)

    def _next_item(self) -> str | None:
        """Return the next whole object of the list; None until there is one."""
        text, seen = self._text, self._scanned
        if seen.depth == 0:
            while self._place < len(text) and text[self._place] in " \t\r\n,":
                self._place += 1
            if self._place >= len(text) or text[self._place] != "{":
                return None
            seen.upto = self._place
        for end in range(seen.upto, len(text)):
            character = text[end]
            if seen.quoted:
                seen.quoted = seen.escaped or character != '"'
                seen.escaped = character == "\\" and not seen.escaped
            elif character == '"':
                seen.quoted = True
            elif character in "{}":
                seen.depth += 1 if character == "{" else -1
                if seen.depth == 0:
                    item, self._place = text[self._place : end + 1], end + 1
                    return item
        seen.upto = len(text)
        return None


@dataclass(slots=True)
class _Scanned:
    """How far an object that isn't whole yet was looked through, so that no piece is read twice."""

    upto: int = 0
    depth: int = 0
    quoted: bool = False
    escaped: bool = False


class LineReader:
    """Reads one statement a line, its ids in brackets behind it."""

    def __init__(self) -> None:
        self._text = ""
        self._place = 0
        self._claims = 0
        self._thinking = False
        self._insufficient = False

    @property
    def overfull(self) -> bool:
        """Return whether the reply is longer than any answer, so that no more of it is read."""
        return len(self._text) >= MOST_CHARS

    def feed(self, text: str) -> Iterator[Claim]:
        """Take the next piece; yield the statements that it completes."""
        self._text = (self._text + text)[:MOST_CHARS]
        while (end := self._text.find("\n", self._place)) >= 0:
            yield from self._line(self._text[self._place : min(end, self._place + LONGEST)])
            self._place = end + 1

    def last(self) -> Iterator[Claim]:
        """Yield the statement of a last line without an end."""
        yield from self._line(self._text[self._place : self._place + LONGEST])
        self._place = len(self._text)

    def end(self) -> Ending:
        """Tell what the reply was."""
        understood = bool(self._claims) or self._insufficient
        return Ending(understood, understood, self._insufficient)

    def _line(self, line: str) -> Iterator[Claim]:
        line = " ".join(self._aloud(line).split())
        self._insufficient |= bool(_INSUFFICIENT.fullmatch(line))
        if line.lstrip().startswith(("{", "[{")):
            return  # JSON where lines were asked for is no statement
        named = (n for group in _LINE_IDS.findall(line) for n in re.findall(r"\d+", group))
        ids = [int(n) for n in named if len(n) <= ID_DIGITS]
        text = plain(_LINE_IDS.sub("", _BULLET.sub("", line)))
        text = re.sub(r"\s+([.,;:!?])", r"\1", text)
        if _LINE_IDS.search(line) and text:
            self._claims += 1
            yield Claim(text, tuple(dict.fromkeys(ids)))

    def _aloud(self, line: str) -> str:
        """Return what of a line isn't thought."""
        said, place = "", 0
        while place < len(line):
            ends = (_THOUGHT_END if self._thinking else _THINKS).search(line, place)
            if not self._thinking:
                said += line[place : ends.start() if ends else None]
            if ends is None:
                break
            self._thinking, place = not self._thinking, ends.end()
        return said


def plain(text: str) -> str:
    """Return a statement's words without markers, control characters and halves of characters."""
    text = " ".join(text.split())
    while (without := _MARKERS.sub("", text)) != text:
        text = without
    kept = (c for c in text if c.isspace() or c in _JOINERS or unicodedata.category(c)[0] != "C")
    return " ".join("".join(kept).replace("\ufffd", "").split())


def _claim(item: str) -> Claim | None:
    try:
        found = _ClaimIn.model_validate(json.loads(item))
    except (ValidationError, ValueError, RecursionError):
        return None
    ids = [
        int(match[1] or match[2]) for cite in found.cites if (match := _ID.fullmatch(cite.strip()))
    ]
    text = plain(found.text[:LONGEST])
    if not text:
        return None
    return Claim(text, tuple(dict.fromkeys(ids)), found.quote or None, found.short or None)
