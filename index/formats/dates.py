"""Dates as people write them in headers → ISO 8601."""

from __future__ import annotations

import re
from datetime import date

_COMPACT = re.compile(r"[0-9]{8}")
_EXTENDED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=$|[T ])")


def compact_date(value: str) -> str | None:
    """Return ``YYYYMMDD`` as an ISO date, or null where it isn't one ("20220231" is none)."""
    if not _COMPACT.fullmatch(value):
        return None
    return _checked(f"{value[:4]}-{value[4:6]}-{value[6:]}")


def iso_date(value: str) -> str | None:
    """Return the date of ``YYYYMMDD``, ``YYYY-MM-DD`` or a date with a time, or null."""
    if match := _EXTENDED.match(value):
        return _checked(match.group())
    return compact_date(value)


def _checked(value: str) -> str | None:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        return None
