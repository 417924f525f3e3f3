"""Jobs in and out of the database: what was submitted, and what became of each source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from index.store import schema


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it is stored."""

    id: str
    state: str
    created_at: str
    finished_at: str | None
    error: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class JobSourceRow:
    """A source of a job: how it was named, and its results as JSON once there are any."""

    number: int
    key: str
    document_id: str | None
    collection: str | None
    source_format: str | None
    results: str | None


def put_job(
    connection: sa.Connection, job_id: str, sources: Sequence[JobSourceRow], state: str, now: str
) -> None:
    """Store a new job with its sources."""
    connection.execute(schema.jobs.insert().values(id=job_id, state=state, created_at=now))
    rows = [
        {
            "job_id": job_id,
            "number": source.number,
            "key": source.key,
            "document_id": source.document_id,
            "collection": source.collection,
            "source_format": source.source_format,
            "results": source.results,
        }
        for source in sources
    ]
    if rows:
        connection.execute(schema.job_sources.insert(), rows)


def load_jobs(
    connection: sa.Connection, *, job_id: str | None = None, states: Sequence[str] = ()
) -> list[JobRow]:
    """Return jobs, oldest first: all, the one with that id, or those in these states."""
    jobs = schema.jobs
    query = sa.select(
        jobs.c.id,
        jobs.c.state,
        jobs.c.created_at,
        jobs.c.finished_at,
        jobs.c.error,
        jobs.c.attempts,
    )
    if job_id is not None:
        query = query.where(jobs.c.id == job_id)
    if states:
        query = query.where(jobs.c.state.in_(states))
    found = connection.execute(query.order_by(jobs.c.created_at, jobs.c.id))
    return [JobRow(*row) for row in found]


def load_job_sources(connection: sa.Connection, job_id: str) -> list[JobSourceRow]:
    """Return the sources of a job in the order they were submitted."""
    sources = schema.job_sources
    found = connection.execute(
        sa.select(
            sources.c.number,
            sources.c.key,
            sources.c.document_id,
            sources.c.collection,
            sources.c.source_format,
            sources.c.results,
        )
        .where(sources.c.job_id == job_id)
        .order_by(sources.c.number)
    )
    return [JobSourceRow(*row) for row in found]


def set_job_state(
    connection: sa.Connection,
    job_id: str,
    state: str,
    *,
    finished_at: str | None = None,
    error: str | None = None,
) -> None:
    """Note how far a job is."""
    jobs = schema.jobs
    connection.execute(
        jobs.update()
        .where(jobs.c.id == job_id)
        .values(state=state, finished_at=finished_at, error=error)
    )


def set_job_attempts(connection: sa.Connection, job_id: str, attempts: int) -> None:
    """Note how often a job was begun since it last got on."""
    jobs = schema.jobs
    connection.execute(jobs.update().where(jobs.c.id == job_id).values(attempts=attempts))


def set_job_results(connection: sa.Connection, job_id: str, number: int, results: str) -> None:
    """Note what became of a source."""
    sources = schema.job_sources
    connection.execute(
        sources.update()
        .where(sources.c.job_id == job_id, sources.c.number == number)
        .values(results=results)
    )


def delete_jobs(connection: sa.Connection, states: Sequence[str]) -> list[str]:
    """Delete the jobs in these states; return their ids."""
    jobs = schema.jobs
    ids = list(connection.execute(sa.select(jobs.c.id).where(jobs.c.state.in_(states))).scalars())
    for job_id in ids:
        delete_job(connection, job_id)
    return ids


def delete_job(connection: sa.Connection, job_id: str) -> None:
    """Delete a job and what is known of its sources."""
    jobs, sources = schema.jobs, schema.job_sources
    connection.execute(sources.delete().where(sources.c.job_id == job_id))
    connection.execute(jobs.delete().where(jobs.c.id == job_id))


def copy_jobs(source: sa.Connection, target: sa.Connection) -> None:
    """Replace the jobs of one database by those of another."""
    for table in (schema.jobs, schema.job_sources):
        target.execute(table.delete())
        rows = [dict(row) for row in source.execute(sa.select(table)).mappings()]
        if rows:
            target.execute(table.insert(), rows)
