"""records.jsonl: one line per question, on the disk before the next question is counted as done.

A process killed while writing leaves at most one broken last line; opening the journal cuts it off.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from eval.errors import RunError
from eval.records import Observation

RECORDS = "records.jsonl"
_OBSERVATION = TypeAdapter(Observation)


def dump(observation: Observation) -> bytes:
    """Return an observation as one line."""
    return _OBSERVATION.dump_json(observation) + b"\n"


def read(path: Path) -> tuple[Observation, ...]:
    """Return the observations of a journal; of a question asked twice the later one.

    A last line without its line end was never acknowledged and is left out.

    Raises:
        RunError: a whole line can't be read.
    """
    if not path.exists():
        return ()
    found: dict[str, Observation] = {}
    lines = path.read_bytes().split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        try:
            observation = _OBSERVATION.validate_json(line)
        except ValidationError as error:
            first = error.errors()[0]["msg"]
            message = f"{path.name} line {number} can't be read ({first}): remove it and resume"
            raise RunError(message) from error
        found[observation.question_id] = observation
    return tuple(found.values())


class Journal:
    """An open journal; ``append`` returns when the line is on the disk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab+")
        self._cut_broken_line()

    def _cut_broken_line(self) -> None:
        self._file.seek(0)
        data = self._file.read()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            self._file.truncate(whole)
            os.fsync(self._file.fileno())

    def append(self, observation: Observation) -> None:
        """Write one observation and wait for the disk."""
        self._file.write(dump(observation))
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()
