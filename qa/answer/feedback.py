"""What people think of answers → lines of a file in the data directory, and back.

One JSON object a line, only ever appended, so that nothing already said can be lost; the last line
about an answer counts. A line that a crash cut off is passed over, and the next begins a new one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from index.errors import StorageError
from index.records import Filters
from qa.records import CitedSpan, Status

FILE = "feedback.jsonl"

# Some hundred thousand opinions: beyond that somebody is filling the disk.
MAX_BYTES = 256 * 1024 * 1024

Rating = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A rating of an answer, with the answer, since the service keeps none.

    Args:
        answer_id: ``Answer.id``.
        rating: thumbs up or down.
        comment: in their words, or None.
        question: as it was asked.
        rewritten_question: what a follow-up was understood as, or None.
        filters: what it was limited to.
        status: whether it was answered.
        answer: the text of the answer.
        short_answer: its short form, or None.
        citations: what it rested on.
        at: when it was said, ISO 8601 in UTC.
    """

    answer_id: str
    rating: Rating
    comment: str | None
    question: str
    rewritten_question: str | None
    filters: Filters
    status: Status
    answer: str
    short_answer: str | None
    citations: tuple[CitedSpan, ...]
    at: str


class FeedbackFile:
    """The feedback of one data directory; several processes may write to it."""

    def __init__(self, data_dir: Path) -> None:
        self._path = data_dir / FILE
        self._lock = FileLock(data_dir / f"{FILE}.lock")

    def add(self, feedback: Feedback) -> None:
        """Write one down; it is on the disk on return.

        Raises:
            StorageError: the file can't be written, or is full.
        """
        line = json.dumps(asdict(feedback), ensure_ascii=False).encode("utf-8") + b"\n"
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._lock, self._path.open("a+b") as file:
                size = file.seek(0, os.SEEK_END)
                if size + len(line) > MAX_BYTES:
                    raise StorageError(f"{FILE} is full: move it away to collect more feedback")
                if size:
                    file.seek(-1, os.SEEK_END)
                    line = line if file.read(1) == b"\n" else b"\n" + line
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise StorageError(f"{FILE} can't be written: {error.strerror}") from error

    def all(self) -> tuple[Feedback, ...]:
        """Return the last opinion about each answer, in the order of the first.

        Raises:
            StorageError: the file can't be read.
        """
        latest: dict[str, Feedback] = {}
        for feedback in self._lines():
            latest[feedback.answer_id] = feedback
        return tuple(latest.values())

    def _lines(self) -> Iterator[Feedback]:
        try:
            with self._path.open("rb") as file:
                for line in file:
                    if line.endswith(b"\n") and (feedback := _read(line)) is not None:
                        yield feedback
        except FileNotFoundError:
            return
        except OSError as error:
            raise StorageError(f"{FILE} can't be read: {error.strerror}") from error


def _read(line: bytes) -> Feedback | None:
    """Return the feedback of a line; None for one that was cut off."""
    try:
        found: Mapping[str, Any] = json.loads(line)
        filters = found["filters"]
        return Feedback(
            **{
                **found,
                "filters": Filters(
                    **{
                        **filters,
                        "document_ids": tuple(filters["document_ids"]),
                        "speakers": tuple(filters["speakers"]),
                    }
                ),
                "citations": tuple(CitedSpan(**each) for each in found["citations"]),
            }
        )
    except (ValueError, KeyError, TypeError):
        return None
