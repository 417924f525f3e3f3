"""Jobs in and out of the database."""

from __future__ import annotations

import sqlalchemy as sa

from index import schema


def copy_jobs(source: sa.Connection, target: sa.Connection) -> None:
    """Replace the jobs of one database by those of another."""
    for table in (schema.jobs, schema.job_sources):
        target.execute(table.delete())
        rows = [dict(row) for row in source.execute(sa.select(table)).mappings()]
        if rows:
            target.execute(table.insert(), rows)
