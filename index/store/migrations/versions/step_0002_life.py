"""Generations of passages, kinds of changes, purged versions and jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_COPIED = (
    "key, document_id, version, number, first_sentence, last_sentence, "
    "char_start, char_end, speakers"
)


def upgrade() -> None:
    """Put what is there into generation 0, named by the encoder that made its vectors."""
    _remake_passages(generation=True)
    op.add_column(
        "changes", sa.Column("kind", sa.String(16), nullable=False, server_default="document")
    )
    op.create_index("changes_kind", "changes", ["kind", "seq"])
    op.create_table(
        "purged",
        sa.Column("document_id", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(32), primary_key=True),
        sa.Column("purged_at", sa.String(32), nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("finished_at", sa.String(32)),
        sa.Column("error", sa.Text),
    )
    op.create_table(
        "job_sources",
        sa.Column("job_id", sa.String(32), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("document_id", sa.String(64)),
        sa.Column("collection", sa.Text),
        sa.Column("source_format", sa.Text),
        sa.Column("results", sa.Text),
    )
    # Keys may be given out again after the table was rebuilt: with another lineage no index
    # that was made before is trusted.
    op.execute("DELETE FROM meta WHERE name = 'lineage'")
    op.execute(
        "INSERT INTO meta (name, value) SELECT 'encoder', encoder FROM vectors "
        "GROUP BY encoder ORDER BY count(*) DESC LIMIT 1"
    )


def downgrade() -> None:
    """Keep generation 0 only."""
    for table in ("job_sources", "jobs", "purged"):
        op.drop_table(table)
    op.drop_index("changes_kind", "changes")
    with op.batch_alter_table("changes") as batch:
        batch.drop_column("kind")
    op.execute("DELETE FROM meta WHERE name <> 'lineage'")
    _remake_passages(generation=False)


def _remake_passages(*, generation: bool) -> None:
    """Rebuild the table: SQLite can't change a unique constraint."""
    column = [sa.Column("generation", sa.Integer, nullable=False)] if generation else []
    unique = ["document_id", "version", *(["generation"] if generation else []), "number"]
    op.create_table(
        "passages_new",
        sa.Column("key", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("document_id", sa.String(64), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        *column,
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("first_sentence", sa.Integer, nullable=False),
        sa.Column("last_sentence", sa.Integer, nullable=False),
        sa.Column("char_start", sa.Integer, nullable=False),
        sa.Column("char_end", sa.Integer, nullable=False),
        sa.Column("speakers", sa.Text, nullable=False),
        sa.UniqueConstraint(*unique),
        sqlite_autoincrement=True,
    )
    into = f"{_COPIED}, generation" if generation else _COPIED
    taken = f"{_COPIED}, 0" if generation else _COPIED
    op.execute(f"INSERT INTO passages_new ({into}) SELECT {taken} FROM passages")  # noqa: S608
    op.drop_table("passages")
    op.rename_table("passages_new", "passages")
