"""What a user typed → a question that can be answered, or a clear refusal."""

from __future__ import annotations

import re
from datetime import date

from index.errors import InvalidQuery
from index.records import Filters

_WORD = re.compile(r"\w")


def clean_question(text: str, max_chars: int) -> str:
    """Return the question without surrounding white space.

    Raises:
        InvalidQuery: it is empty, too long, holds no word, or holds characters that text can't.
    """
    cleaned = text.strip()
    if not cleaned:
        raise InvalidQuery("the question is empty; ask something in a sentence or a few words")
    if len(cleaned) > max_chars:
        raise InvalidQuery(
            f"the question has {len(cleaned):,} characters, over the limit of {max_chars:,}; "
            f"ask for one thing at a time"
        )
    if "\x00" in cleaned or any("\ud800" <= c <= "\udfff" for c in cleaned):
        raise InvalidQuery(
            f"the question {cleaned[:40]!r} holds a NUL or half a character; send plain text"
        )
    if not _WORD.search(cleaned):
        raise InvalidQuery(f"the question {cleaned[:40]!r} holds no word; ask with words")
    return cleaned


def check_filters(filters: Filters) -> None:
    """Refuse dates that don't exist and ranges that end before they begin.

    Raises:
        InvalidQuery: a date isn't a real one in the form YYYY-MM-DD, or ``since`` is after
            ``until``.
    """
    for name, value in (("since", filters.since), ("until", filters.until)):
        if value is None:
            continue
        try:
            valid = date.fromisoformat(value).isoformat() == value
        except ValueError:
            valid = False
        if not valid:
            raise InvalidQuery(f"{name} {value!r} is not a date; write it as YYYY-MM-DD")
    if filters.since and filters.until and filters.since > filters.until:
        raise InvalidQuery(
            f"since {filters.since!r} is after until {filters.until!r}; swap the two"
        )
