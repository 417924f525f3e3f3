"""How often a job was begun without getting on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count from nothing: what ended earlier processes isn't known."""
    op.add_column(
        "jobs", sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    """Forget the counts."""
    with op.batch_alter_table("jobs") as batch:
        batch.drop_column("attempts")
