"""Names of speakers beside the labels that the sources have."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table; documents that are there get names when they are ingested again or set."""
    op.create_table(
        "aliases",
        sa.Column("document_id", sa.String(64), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("stated", sa.Text),
    )


def downgrade() -> None:
    """Forget the names."""
    op.drop_table("aliases")
