"""Documents → files that a target takes: documents.jsonl in parts, or the set's own files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from eval.records import DataDocument, DataFile
from eval.targets.base import document_row

BATCH_BYTES = 2_000_000
"""Far below the smallest limit of a service (20 MB a file), and small enough to show progress."""


def batches(documents: Iterable[DataDocument]) -> Iterator[DataFile]:
    """Yield files; each holds at least one document, and a set's own file comes once, as it is."""
    lines: list[bytes] = []
    given: set[str] = set()
    first, size = "", 0
    for document in documents:
        if document.file is not None:
            if document.file.name not in given:
                given.add(document.file.name)
                yield document.file
            continue
        line = json.dumps(document_row(document), ensure_ascii=False).encode("utf-8") + b"\n"
        if lines and size + len(line) > BATCH_BYTES:
            yield DataFile(f"{first}.jsonl", b"".join(lines))
            lines, size = [], 0
        if not lines:
            first = document.id
        lines.append(line)
        size += len(line)
    if lines:
        yield DataFile(f"{first}.jsonl", b"".join(lines))
