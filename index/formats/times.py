"""Times as formats write them → milliseconds from the start of the recording."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field

# Eleven years of recording. Beyond it a "time" is a mistake (a date, a sample count), and the
# numbers must fit every database's integers.
HOURS_LIMIT = 100_000
SECONDS_LIMIT = HOURS_LIMIT * 3600

#: ``1:02``, ``00:01:02``, ``123:01:02.5``, ``00:01:02,500``: hours optional and unlimited.
CLOCK = r"(?:[0-9]{1,9}:)?[0-9]{1,2}:[0-9]{2}(?:[.,][0-9]{1,9})?"

_CLOCK = re.compile(r"(?:([0-9]{1,9}):)?([0-9]{1,2}):([0-9]{2})(?:[.,]([0-9]{1,9}))?")

Seconds = Annotated[float, Field(ge=0, le=SECONDS_LIMIT, allow_inf_nan=False)]
Milliseconds = Annotated[int, Field(ge=0, le=SECONDS_LIMIT * 1000)]


def clock_ms(value: str) -> int | None:
    """Return the milliseconds of a clock time, or null where it isn't one (or has 60 seconds)."""
    match = _CLOCK.fullmatch(value)
    if match is None:
        return None
    hours, minutes, seconds, fraction = match.groups()
    if int(minutes) > 59 or int(seconds) > 59 or int(hours or 0) > HOURS_LIMIT:
        return None
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    return whole * 1000 + round(int((fraction or "0").ljust(9, "0")) / 1_000_000)


def seconds_ms(value: float | None) -> int | None:
    """Return whole milliseconds, rounded to the nearest; null stays null."""
    return None if value is None else round(value * 1000)


def ordered(start: int | None, end: int | None) -> tuple[int | None, int | None]:
    """Return a range whose end isn't before its start: a broken end falls on the start."""
    if start is not None and end is not None and end < start:
        return start, start
    return start, end
