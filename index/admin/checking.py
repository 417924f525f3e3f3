"""One data directory → what is fine about it, what is not, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

from index import store
from index.encoders.base import Encoder
from index.errors import EncoderMismatch, StorageError
from index.ingest.prepare import passage_settings
from index.ingest.worker import Worker
from index.records import CheckResult
from index.search.indexes import Indexes, require_encoder
from index.search.lexical import NOTE
from index.store.database import Database


def check(database: Database, indexes: Indexes, encoder: Encoder) -> tuple[CheckResult, ...]:
    """Compare the database with the indexes, and both with the encoder."""
    try:
        agreement = indexes.agreement()
    except StorageError as error:
        return (CheckResult("index", False, str(error), "restart; that repairs the indexes"),)
    counts = (
        ("passages", str(agreement.database)),
        ("dense", str(agreement.dense)),
        ("lexical", str(agreement.lexical)),
        ("pending", str(agreement.pending)),
    )
    with_vectors = agreement.database - agreement.pending
    return (
        CheckResult("database", True, f"{agreement.database} passages can be searched"),
        CheckResult(
            name="index",
            ok=agreement.same,
            detail="both indexes hold what the database holds"
            if agreement.same
            else "the indexes and the database hold different passages",
            remedy=None if agreement.same else "restart; that repairs the indexes",
            values=counts,
        ),
        CheckResult(
            name="vectors",
            ok=True,
            detail="every passage has its vectors"
            if not agreement.pending
            else f"{with_vectors} of {agreement.database} passages have vectors; the others are "
            f"found by their words until a running server, or `transcript-qa reindex`, makes them",
            values=(("pending", str(agreement.pending)),),
        ),
        _check_encoder(database, encoder),
    )


def refuse_lost_database(database: Database, folder: Path) -> None:
    """Refuse a database that nothing was ever written to beside indexes of another one.

    It is what a server finds whose database was deleted, or looked for at another place: it would
    say that there are no transcripts, and throw the indexes away.

    Raises:
        StorageError: the message says what to do.
    """
    with database.read() as connection:
        state = store.read_state(connection)
    if state.seq or not folder.is_dir():
        return
    others = [p.name for p in sorted(folder.iterdir()) if p.is_dir() and _written(p)]
    if any(not name.startswith(state.epoch.split("-", 1)[0]) for name in others):
        raise StorageError(
            f"the database is new, but {str(folder)!r} was made from another one, which is gone or "
            "elsewhere: put it back or correct TRANSCRIPT_QA_DATABASE_URL; to start afresh, or to "
            f"restore a backup, delete {str(folder)!r} first"
        )


def _written(epoch: Path) -> bool:
    """Return whether an epoch's indexes have seen a change: those of an empty database haven't."""
    try:
        note = json.loads((epoch / "lexical" / NOTE).read_text(encoding="utf-8"))
        return int(note["seq"]) > 0
    except (OSError, ValueError, KeyError, TypeError):
        return False


def check_worker(worker: Worker) -> CheckResult:
    """Return whether deferred work is running, or why not."""
    error = worker.last_error
    if not worker.alive:
        return CheckResult("worker", False, "deferred work has stopped", "restart")
    if error is not None:
        code = getattr(error, "code", "internal")
        return CheckResult(
            "worker",
            False,
            f"deferred work failed ({type(error).__name__}, {code}): {error}",
            "it is tried again every few seconds; the log has more",
        )
    return CheckResult("worker", True, "deferred work is running")


def _check_encoder(database: Database, encoder: Encoder) -> CheckResult:
    with database.read() as connection:
        try:
            require_encoder(connection, encoder.id)
        except EncoderMismatch as error:
            return CheckResult(
                "encoder", False, str(error), "restart with the encoder that serves now"
            )
        settings = store.read_state(connection).passages
    if settings not in (None, passage_settings()):
        return CheckResult(
            "encoder",
            True,
            f"{encoder.id}; passages were made with other settings than this release's; "
            f"they still work, and `transcript-qa reindex` rebuilds them",
        )
    return CheckResult("encoder", True, encoder.id)
