"""Words and filters as people send them → checked questions and ``Filters``, for every way in.

HTTP, the web form and the command line share these checks, so that the same input gets the same
error everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from api.ports import Documents
from index.errors import InvalidQuery, UnknownDocument
from index.records import Filters

DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# Enough for any selection a person makes; each id costs one look-up.
MAX_FILTER_VALUES = 100
# Longer than any label seen in transcripts, short enough for an error message.
MAX_LABEL_CHARS = 200
# How much of an offending value an error message repeats.
SHOWN_CHARS = 60


def check_question(text: str, max_chars: int, name: str = "question") -> str:
    """Return the question without surrounding white space.

    Args:
        text: what was asked.
        max_chars: longest question taken, in code points after stripping.
        name: what the message calls it, ``question`` or ``query``.

    Raises:
        InvalidQuery: it is empty, too long, has no word, or holds NUL or a lone surrogate.
    """
    check_characters(text, name)
    stripped = text.strip()
    if not stripped:
        raise InvalidQuery(f"The {name} is empty: write what you want to know.")
    if len(stripped) > max_chars:
        raise InvalidQuery(
            f"The {name} has {len(stripped):,} characters; at most {max_chars:,} are taken. "
            "Shorten it."
        )
    if not any(character.isalnum() for character in stripped):
        raise InvalidQuery(f"The {name} {shown(stripped)} holds no word: write at least one.")
    return stripped


def check_characters(text: str, name: str) -> None:
    """Refuse what can't be stored or encoded.

    Raises:
        InvalidQuery: the text holds NUL or a lone surrogate.
    """
    for position, character in enumerate(text):
        if character == "\0":
            raise InvalidQuery(f"The {name} holds a NUL character at {position}: remove it.")
        if "\ud800" <= character <= "\udfff":
            raise InvalidQuery(
                f"The {name} holds half a character ({character!r}) at {position}: send valid text."
            )


def check_date(value: str, name: str) -> str:
    """Return an ISO 8601 calendar date unchanged.

    Raises:
        InvalidQuery: it isn't written as YYYY-MM-DD, or there is no such day.
    """
    if not ISO_DATE.fullmatch(value):
        raise InvalidQuery(f"{name} is {shown(value)}: write a date as YYYY-MM-DD.")
    try:
        date.fromisoformat(value)
    except ValueError:
        raise InvalidQuery(f"{name} is {shown(value)}: there is no such day.") from None
    return value


def check_filters(
    documents: Documents,
    *,
    document_ids: Iterable[str] = (),
    speakers: Iterable[str] = (),
    since: str | None = None,
    until: str | None = None,
    collection: str | None = None,
) -> Filters:
    """Return the filters of a request, order kept and repeats dropped.

    Raises:
        InvalidQuery: a date is impossible, the range is upside down, a label is empty or too long,
            or a list is too long.
        UnknownDocument: a document id that no document has.
        DeletedDocument: a document that was deleted.
    """
    ids = tuple(dict.fromkeys(document_ids))
    labels = tuple(dict.fromkeys(_label(speaker, "speaker") for speaker in speakers))
    for values, name in ((ids, "document_ids"), (labels, "speakers")):
        if len(values) > MAX_FILTER_VALUES:
            raise InvalidQuery(
                f"{name} has {len(values)} entries; at most {MAX_FILTER_VALUES} are taken."
            )
    first = None if since is None else check_date(since, "since")
    last = None if until is None else check_date(until, "until")
    if first is not None and last is not None and first > last:
        raise InvalidQuery(f"since ({first}) is after until ({last}): swap them.")
    for document_id in ids:
        check_document_id(document_id)
        documents.document(document_id)
    return Filters(
        document_ids=ids,
        speakers=labels,
        since=first,
        until=last,
        collection=None if collection is None else _label(collection, "collection"),
    )


def check_document_id(document_id: str) -> str:
    """Return the id unchanged.

    Raises:
        UnknownDocument: no document can have such an id.
    """
    if not DOCUMENT_ID.fullmatch(document_id):
        raise UnknownDocument(
            f"There is no document {shown(document_id)}; "
            "an id has 1 to 64 letters, digits, '_' or '-'."
        )
    return document_id


def shown(value: str) -> str:
    """Return the value as an error message repeats it: quoted, escaped and cut."""
    cut = value if len(value) <= SHOWN_CHARS else value[:SHOWN_CHARS] + "…"
    return repr(cut)


def _label(value: str, name: str) -> str:
    check_characters(value, name)
    stripped = value.strip()
    if not stripped:
        raise InvalidQuery(f"A {name} is empty: leave it out to take every {name}.")
    if len(stripped) > MAX_LABEL_CHARS:
        raise InvalidQuery(
            f"The {name} {shown(stripped)} has {len(stripped)} characters; "
            f"at most {MAX_LABEL_CHARS} are taken."
        )
    return stripped
