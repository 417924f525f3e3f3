"""JSONL with one transcript per line: ``{id, title, date?, url?, turns: [{speaker, text}]}``.

The canonical text has one line per turn, ``SPEAKER: text`` or the text alone; a turn's range is the
data's text, unchanged, so turn numbers and offsets in a turn are those of the data. A turn without
words stays, with an empty range, to keep the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from index.errors import RefusedSource
from index.formats.base import Draft, Reader, Stated, one_line
from index.formats.dates import iso_date
from index.formats.identity import document_id_of
from index.formats.jsontext import Foreign, load, validate
from index.formats.lines import lines_of
from index.formats.render import Said, render


class _Turn(Foreign):
    speaker: str | None = None
    text: str


class _Document(Foreign):
    id: str | None = None
    title: str | None = None
    date: str | None = None
    url: str | None = None
    language: str | None = None
    collection: str | None = None
    turns: tuple[_Turn, ...]


def read(text: str) -> tuple[Draft, ...]:
    """Read every line's transcript.

    Raises:
        RefusedSource: the line that is broken, has no turns, an impossible date, or an id that a
            line above has.
    """
    return tuple(_drafts(text))


def _drafts(text: str) -> Iterator[Draft]:
    seen: dict[str, int] = {}
    for line in lines_of(text):
        if line.blank:
            continue
        value = load(line.text, line.number)
        document = validate(_Document, value, line.text, "a document of turns", line.number)
        draft = _draft(document, line.number)
        if draft.document_id is not None:
            if draft.document_id in seen:
                raise RefusedSource(
                    f"line {line.number}: the id {document.id!r} stands on line "
                    f"{seen[draft.document_id]} already; ids must differ within a file",
                    code="duplicate_id",
                    line=line.number,
                )
            seen[draft.document_id] = line.number
        yield draft


def _draft(document: _Document, line: int) -> Draft:
    date = iso_date(document.date) if document.date else None
    if document.date and date is None:
        raise RefusedSource(
            f"line {line}: {document.date!r} is no date; write it as YYYY-MM-DD",
            code="date",
            line=line,
        )
    if not any(turn.text.strip() for turn in document.turns):
        raise RefusedSource(f"line {line}: nothing is said in it", code="no_turns", line=line)
    text, turns = render(Said(one_line(turn.speaker), turn.text) for turn in document.turns)
    stated = Stated(
        title=one_line(document.title),
        date=date,
        url=one_line(document.url),
        language=one_line(document.language),
        collection=one_line(document.collection),
    )
    return Draft(text, turns, stated, document_id_of(document.id) if document.id else None)


def detects(text: str) -> bool:
    """Tell whether the first line that isn't blank is an object with a list of turns."""
    first = next((line.text for line in lines_of(text) if not line.blank), "")
    if not first.lstrip().startswith("{"):
        return False
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and isinstance(value.get("turns"), list)


READER = Reader("documents-jsonl", detects, read)
