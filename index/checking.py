"""One data directory → what is fine about it, what is not, and what to do."""

from __future__ import annotations

from index import store
from index.database import Database
from index.encoder import Encoder
from index.errors import EncoderMismatch
from index.indexes import Indexes, require_encoder
from index.prepare import passage_settings
from index.records import CheckResult


def check(database: Database, indexes: Indexes, encoder: Encoder) -> tuple[CheckResult, ...]:
    """Compare the database with the indexes, and both with the encoder."""
    agreement = indexes.agreement()
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
            remedy=None if agreement.same else "restart; indexes are mended when opened",
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
            f"they go on to work, and `transcript-qa reindex` makes them anew",
        )
    return CheckResult("encoder", True, encoder.id)
