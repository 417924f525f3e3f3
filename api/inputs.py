"""Words and filters as people send them → questions and ``Filters``, for every interface.

HTTP, the web form and the command line share this, so that the same input gets the same error
everywhere. Dates and the existence of documents are checked by the service itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.errors import InvalidQuery, UnknownDocument
from index.records import Filters
from qa.question.check import check_filters

DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

# Enough for any selection a person makes; each id costs one look-up.
MAX_FILTER_VALUES = 100
# Longer than any label seen in transcripts, short enough for an error message.
MAX_LABEL_CHARS = 200
# How much of an offending value an error message repeats.
SHOWN_CHARS = 60


def make_filters(
    *,
    document_ids: Iterable[str] = (),
    speakers: Iterable[str] = (),
    since: str | None = None,
    until: str | None = None,
    collection: str | None = None,
) -> Filters:
    """Return the filters of a request, order kept and repeats dropped.

    Raises:
        InvalidQuery: a date is impossible, the range is upside down, a label is empty, too long
            or not text, or a list is too long.
        UnknownDocument: no document can have such an id.
    """
    ids = tuple(dict.fromkeys(check_document_id(each) for each in document_ids))
    labels = tuple(dict.fromkeys(check_label(each, "speaker") for each in speakers))
    for values, name in ((ids, "document_ids"), (labels, "speakers")):
        if len(values) > MAX_FILTER_VALUES:
            raise InvalidQuery(
                f"{name} has {len(values)} entries; at most {MAX_FILTER_VALUES} are taken"
            )
    filters = Filters(
        document_ids=ids,
        speakers=labels,
        since=since,
        until=until,
        collection=None if collection is None else check_label(collection, "collection"),
    )
    check_filters(filters)
    return filters


def check_document_id(document_id: str) -> str:
    """Return the id unchanged.

    Raises:
        UnknownDocument: no document can have such an id.
    """
    if not DOCUMENT_ID.fullmatch(document_id):
        raise UnknownDocument(
            f"there is no document {shown(document_id)}: "
            "an id has 1 to 64 letters, digits, '_' or '-'"
        )
    return document_id


def shown(value: str) -> str:
    """Return the value as an error message repeats it: quoted, escaped and cut."""
    cut = value if len(value) <= SHOWN_CHARS else value[:SHOWN_CHARS] + "…"
    return repr(cut)


def check_label(value: str, name: str) -> str:
    """Return a speaker's label or a collection's name without the space around it.

    Raises:
        InvalidQuery: it is empty, too long, or no text.
    """
    stripped = value.strip()
    if not stripped:
        raise InvalidQuery(f"a {name} is empty; leave it out to take every {name}")
    if len(stripped) > MAX_LABEL_CHARS:
        raise InvalidQuery(
            f"the {name} {shown(stripped)} has {len(stripped)} characters, "
            f"over the limit of {MAX_LABEL_CHARS}"
        )
    if "\0" in stripped or any("\ud800" <= character <= "\udfff" for character in stripped):
        raise InvalidQuery(f"the {name} {shown(stripped)} holds a NUL or half a character")
    return stripped
