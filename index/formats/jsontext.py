"""JSON text → values, with the line of whatever is wrong.

Stricter than ``json.loads``, since a file that readers understand differently can't be cited:
duplicate keys, NaN, numbers beyond all use and deep nesting are refused. The line is looked up only
when something is wrong, by walking the text again.
"""

from __future__ import annotations

import json
import math
import re
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from index.errors import RefusedSource
from index.formats.decode import has_surrogate, refuse_surrogates
from index.formats.lines import line_at

# The deepest known format (AWS Transcribe) nests 7 levels. The limit keeps hostile files away from
# the interpreter's own recursion limit.
DEPTH_LIMIT = 64

# A string's closing quote is optional, so that a broken text is walked once, not from each quote.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_STRINGS = re.compile(_STRING, re.DOTALL)
_BRACKET = re.compile(_STRING + r"|[\[\]{}]", re.DOTALL)
_PART = re.compile(_STRING + r'|[\[\]{}:,]|[^\s\[\]{}:,"]+', re.DOTALL)
_Model = TypeVar("_Model", bound=BaseModel)


class Foreign(BaseModel):
    """Part of a foreign format: what we don't know is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _DuplicateKey(ValueError):
    """An object names a key twice."""


class _BadNumber(ValueError):
    """A number that isn't one: NaN, infinity, or a float beyond range."""


def load(text: str, first_line: int = 1) -> object:
    """Return the value that a JSON text describes.

    Args:
        text: one JSON document.
        first_line: the line of the source on which the text begins.

    Raises:
        RefusedSource: ``json``, or ``encoding`` for half a surrogate pair, with the line.
    """
    try:
        value: object = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite
        )
    except json.JSONDecodeError as error:
        raise _refusal(f"broken JSON: {error.msg.lower()}", text, error.pos, first_line) from error
    except RecursionError as error:
        raise _too_deep(text, first_line) from error
    except ValueError as error:
        raise _refusal(str(error), text, _first_fault(text), first_line) from error
    if "\\u" in text:
        _refuse_escaped_surrogates(text, first_line)
    if _is_too_deep(value):
        raise _too_deep(text, first_line)
    return value


@dataclass(frozen=True, slots=True)
class JsonPart:
    """A value of a JSON text with its place, so that what is wrong with it can be named.

    Args:
        value: what ``load`` returned, or a part of it.
        text: the JSON text.
        first_line: the line of the source on which ``text`` begins.
        path: keys and indexes that lead from the text's value to this one.
    """

    value: object
    text: str
    first_line: int = 1
    path: tuple[int | str, ...] = ()

    def validated(self, model: type[_Model], what: str) -> _Model:
        """Return the value as a model of what a format promises.

        Raises:
            RefusedSource: ``json``, with the line of the first value that doesn't fit.
        """
        try:
            return model.model_validate(self.value)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_context=False)[0]
            steps = [step for step in fault["loc"] if isinstance(step, (int, str))]
            where = ".".join(str(step) for step in steps) or "the document"
            shown = reprlib.repr(fault["input"])
            message = f"not {what}: {where}: {fault['msg'].lower()}, got {shown}"
            raise self.refusal(message, *steps) from error

    def refusal(self, message: str, *steps: int | str, code: str = "json") -> RefusedSource:
        """Return a refusal that names the line of the value ``steps`` further down."""
        offset = offset_of(self.text, (*self.path, *steps))
        return _refusal(message, self.text, offset, self.first_line, code)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _DuplicateKey(f"the key {key[:60]!r} occurs twice in one object; keep one")
            seen.add(key)
    return value


def _no_constant(name: str) -> object:
    raise _BadNumber(f"{name!r} isn't a JSON number; write null or a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _BadNumber(f"the number {digits[:30]!r} is out of range")
    return number


def _refusal(
    message: str, text: str, offset: int, first_line: int, code: str = "json"
) -> RefusedSource:
    line = line_at(text, offset) + first_line - 1
    return RefusedSource(f"line {line}: {message}", code=code, line=line)


def _too_deep(text: str, first_line: int) -> RefusedSource:
    return _refusal(
        f"brackets nest more than {DEPTH_LIMIT} deep; no transcript format does",
        text,
        _depth_fault(text),
        first_line,
    )


def _is_too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEPTH_LIMIT):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def _depth_fault(text: str) -> int:
    """Return the offset of the first bracket beyond the depth limit."""
    depth = 0
    for match in _BRACKET.finditer(text):
        if match.group() in ("[", "{"):
            depth += 1
            if depth > DEPTH_LIMIT:
                return match.start()
        elif match.group() in ("]", "}"):
            depth -= 1
    return 0


def _first_fault(text: str) -> int:
    """Return the offset of the first duplicate key or unusable number."""
    keys: list[set[str]] = []
    parts = list(_PART.finditer(text))
    for index, match in enumerate(parts):
        part = match.group()
        if part in ("[", "{"):
            keys.append(set())
        elif part in ("]", "}"):
            if keys:
                keys.pop()
        elif part.startswith('"'):
            if keys and index + 1 < len(parts) and parts[index + 1].group() == ":":
                key = _string(part)
                if key in keys[-1]:
                    return match.start()
                keys[-1].add(key)
        elif part not in (":", ",", "true", "false", "null") and not _usable(part):
            return match.start()
    return 0


def _usable(number: str) -> bool:
    try:
        if number.lstrip("-").isdigit():
            int(number)  # raises beyond the interpreter's limit of digits
            return True
        return math.isfinite(float(number))
    except ValueError:
        return False


def _string(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token


def _refuse_escaped_surrogates(text: str, first_line: int) -> None:
    for match in _STRINGS.finditer(text):
        value = _string(match.group()) if "\\u" in match.group() else ""
        if has_surrogate(value):
            refuse_surrogates(value, line_at(text, match.start()) + first_line - 1)


def offset_of(text: str, path: Sequence[int | str]) -> int:
    """Return the offset of the value at a path of keys and indexes, or of the nearest there is."""
    parts = list(_PART.finditer(text))
    at = 0
    for step in path:
        found = _enter(parts, at, step)
        if found is None:
            break
        at = found
    return parts[at].start() if at < len(parts) else 0


def _enter(parts: list[re.Match[str]], at: int, step: int | str) -> int | None:
    """Return the index of the part where a member of the container that begins at ``at`` begins."""
    if at >= len(parts) or parts[at].group() not in ("[", "{"):
        return None
    depth = 0
    element = 0
    is_list = parts[at].group() == "["
    for index in range(at, len(parts)):
        part = parts[index].group()
        if depth == 1 and part not in ("]", "}", ","):
            if is_list and step == element:
                return index
            is_member = index + 2 < len(parts) and parts[index + 1].group() == ":"
            if not is_list and is_member and part.startswith('"') and _string(part) == step:
                return index + 2
        if part in ("[", "{"):
            depth += 1
        elif part in ("]", "}"):
            depth -= 1
            if depth == 0:
                return None
        elif part == "," and depth == 1:
            element += 1
    return None
