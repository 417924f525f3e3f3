"""What front matter and sidecar files state about a transcript: title, date, url, speakers.

Front matter is YAML between two lines of ``---`` at the start of a file of any text format. A
sidecar is a JSON or YAML file beside it: ``talk.meta.json`` for ``talk.vtt``. YAML scalars are
taken as they are written, so the language ``no`` stays Norwegian and a title of digits a title.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import yaml

from index.aliases import alias_map
from index.errors import InvalidAlias, RefusedSource
from index.formats.base import StatedMetadata, one_line
from index.formats.dates import iso_date
from index.formats.decode import decode
from index.formats.identity import document_id_of
from index.formats.jsontext import load

# A page of metadata. YAML in Python reads about 100 kB a second, and hostile YAML is slow.
LENGTH_LIMIT = 32_768
# Deeper YAML than this says nothing that is read here.
_DEPTH_LIMIT = 16

_FRONT = re.compile(
    r"\s*+---[ \t]*+(?:\r\n|\n|\r)(?P<yaml>.*?)(?:^|(?<=[\r\n]))(?:---|\.\.\.)[ \t]*+(?=[\r\n]|$)",
    re.S,
)
_SIDECAR = re.compile(r"(?P<stem>.+)\.meta\.(?:json|ya?ml)", re.IGNORECASE)
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


class _Loader(yaml.BaseLoader):
    """YAML of strings, lists and mappings; no key stands twice and nothing nests deep."""

    _depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._depth += 1
        if self._depth > _DEPTH_LIMIT and parent is not None:
            raise yaml.composer.ComposerError(
                None, None, f"values nest more than {_DEPTH_LIMIT} deep", parent.start_mark
            )
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                problem = "a key must be a word"
            elif key.value in seen:
                problem = f"the key {key.value[:60]!r} stands twice; keep one"
            else:
                seen.add(key.value)
                continue
            raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
        return super().construct_mapping(node, deep=deep)


def split_front_matter(text: str) -> tuple[StatedMetadata, str]:
    """Return what front matter states, and the text with it blanked out.

    The blanked text has the length and the lines of the original, so offsets and line numbers hold.
    Text without front matter comes back as it is.

    Raises:
        RefusedSource: ``front_matter``, with the line.
    """
    head = text[: LENGTH_LIMIT + 1000]
    match = _FRONT.match(head) if head.lstrip().startswith("---") else None
    if match is None or len(match.group("yaml")) > LENGTH_LIMIT:
        return StatedMetadata(), text
    first_line = head.count("\n", 0, match.start("yaml")) + 1
    value = _yaml(match.group("yaml"), "front_matter", first_line)
    if not isinstance(value, Mapping):
        return StatedMetadata(), text
    blank = re.sub(r"[^\r\n]", " ", text[: match.end()])
    return _stated(value, "front_matter", first_line), blank + text[match.end() :]


def read_sidecar(data: bytes) -> StatedMetadata:
    """Return what a sidecar file states.

    Raises:
        RefusedSource: ``sidecar`` with the line, or what ``decode`` and ``load`` refuse.
    """
    text = decode(data)
    if len(text) > LENGTH_LIMIT:
        raise RefusedSource(
            f"the sidecar file has {len(text):,} characters; "
            f"metadata needs at most {LENGTH_LIMIT:,}",
            code="sidecar",
        )
    value = load(text) if text.lstrip().startswith("{") else _yaml(text, "sidecar", 1)
    if not isinstance(value, Mapping):
        raise RefusedSource(
            "line 1: a sidecar file holds keys and values, such as 'title: Town hall'",
            code="sidecar",
            line=1,
        )
    return _stated(value, "sidecar", 1)


def is_sidecar(name: str) -> bool:
    """Return whether a name is a sidecar's: ``*.meta.json``, ``*.meta.yaml``, ``*.meta.yml``."""
    return _SIDECAR.fullmatch(PurePosixPath(name.replace("\\", "/")).name) is not None


def pair_sidecars(names: Sequence[str]) -> tuple[tuple[str, str | None], ...]:
    """Return each transcript's name with the name of its sidecar, in the order given.

    For ``talk.vtt``, ``talk.vtt.meta.yaml`` is looked for first, then ``talk.meta.yaml``.
    A sidecar that belongs to no transcript stands for itself, and will be refused as one.
    """
    here = set(names)
    pairs = {
        name: next((sidecar for sidecar in sidecar_names(name) if sidecar in here), None)
        for name in names
        if not is_sidecar(name)
    }
    taken = set(pairs.values())
    return tuple((name, pairs.get(name)) for name in names if name not in taken)


def sidecar_names(name: str) -> tuple[str, ...]:
    """Return the names that a file's sidecar may have, the first that exists is the one."""
    stem = re.sub(r"\.[^./\\]*$", "", name)
    stems = (name, stem) if stem and stem != name else (name,)
    return tuple(f"{stem}.meta.{kind}" for stem in stems for kind in ("json", "yaml", "yml"))


def merged(first: StatedMetadata, *others: StatedMetadata) -> StatedMetadata:
    """Return what is stated, the first statement of each thing winning."""
    fields: dict[str, str | None] = {}
    for name in ("title", "date", "url", "language", "collection", "document_id"):
        values = (getattr(stated, name) for stated in (first, *others))
        fields[name] = next((value for value in values if value is not None), None)
    aliases: dict[str, str] = {}
    for stated in (first, *others):
        for label, name in stated.aliases:
            aliases.setdefault(label, name)
    return StatedMetadata(**fields, aliases=tuple(aliases.items()))


def _yaml(text: str, code: str, first_line: int) -> object:
    try:
        loader = _Loader(text)
        try:
            value: object = loader.get_single_data()
        finally:
            loader.dispose()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = first_line + (mark.line if mark is not None else 0)
        problem = getattr(error, "problem", None) or "it can't be read"
        raise RefusedSource(
            f"line {line}: broken YAML in the metadata: {problem}", code=code, line=line
        ) from error
    return value


def _stated(value: Mapping[object, object], code: str, line: int) -> StatedMetadata:
    fields = {str(key).lower(): entry for key, entry in value.items()}
    written = _word(fields, "date", code, line)
    date = iso_date(written) if written else None
    if written and date is None:
        raise RefusedSource(
            f"the metadata's date {written[:40]!r} isn't a date; write it as YYYY-MM-DD",
            code="date",
            line=line,
        )
    document_id = _word(fields, "id", code, line) or _word(fields, "document_id", code, line)
    speakers = fields.get("speakers")
    try:
        aliases = alias_map(speakers) if isinstance(speakers, Mapping) else ()
    except InvalidAlias as error:
        raise RefusedSource(f"the metadata's speakers: {error}", code=code, line=line) from error
    return StatedMetadata(
        title=_word(fields, "title", code, line),
        date=date,
        url=_word(fields, "url", code, line),
        language=_word(fields, "language", code, line),
        collection=_word(fields, "collection", code, line),
        document_id=document_id_of(document_id) if document_id else None,
        aliases=aliases,
    )


def _word(fields: Mapping[str, object], key: str, code: str, line: int) -> str | None:
    value = fields.get(key)
    if value is None or (isinstance(value, str) and value.strip() in _NOTHING):
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise RefusedSource(
            f"the metadata's {key} must be text, not {type(value).__name__}", code=code, line=line
        )
    return one_line(str(value))
