"""The tables of the database, as the newest migration leaves them.

The canonical text is stored as UTF-8 bytes, since text columns can't hold every character (NUL)
on every database. A document's row names its current version; a version's text and turns are never
changed. Passages belong to a generation: a new one is built beside the one that serves, and
``meta`` names which one that is. A passage without a vector of the encoder in ``meta`` is pending.
An alias belongs to a document, whatever its version: ``name`` is in use, the source has ``stated``.
"""

from __future__ import annotations

import sqlalchemy as sa

tables = sa.MetaData()

documents = sa.Table(
    "documents",
    tables,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("source_key", sa.Text, nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("collection", sa.Text),
    sa.Column("ingested_at", sa.String(32), nullable=False),
    sa.Column("deleted_at", sa.String(32)),
    sa.Index("documents_version", "version"),
)
versions = sa.Table(
    "versions",
    tables,
    sa.Column("document_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.String(32), primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("date", sa.String(10)),
    sa.Column("url", sa.Text),
    sa.Column("language", sa.Text),
    sa.Column("source_format", sa.Text, nullable=False),
    sa.Column("characters", sa.Integer, nullable=False),
    sa.Column("text", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
)
turns = sa.Table(
    "turns",
    tables,
    sa.Column("document_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("speaker", sa.Text),
    sa.Column("char_start", sa.Integer, nullable=False),
    sa.Column("char_end", sa.Integer, nullable=False),
    sa.Column("start_ms", sa.BigInteger),
    sa.Column("end_ms", sa.BigInteger),
    sa.Column("words", sa.LargeBinary),
)
sentences = sa.Table(
    "sentences",
    tables,
    sa.Column("document_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("speaker", sa.Text),
    sa.Column("char_start", sa.Integer, nullable=False),
    sa.Column("char_end", sa.Integer, nullable=False),
    sa.Column("start_ms", sa.BigInteger),
    sa.Column("end_ms", sa.BigInteger),
)
passages = sa.Table(
    "passages",
    tables,
    sa.Column("key", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("document_id", sa.String(64), nullable=False),
    sa.Column("version", sa.String(32), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("first_sentence", sa.Integer, nullable=False),
    sa.Column("last_sentence", sa.Integer, nullable=False),
    sa.Column("char_start", sa.Integer, nullable=False),
    sa.Column("char_end", sa.Integer, nullable=False),
    sa.Column("speakers", sa.Text, nullable=False),
    sa.UniqueConstraint("document_id", "version", "generation", "number"),
    sqlite_autoincrement=True,
)
vectors = sa.Table(
    "vectors",
    tables,
    sa.Column("passage_key", sa.Integer, primary_key=True),
    sa.Column("encoder", sa.Text, primary_key=True),
    sa.Column("passage", sa.LargeBinary, nullable=False),
    sa.Column("sentences", sa.LargeBinary, nullable=False),
)
changes = sa.Table(
    "changes",
    tables,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("document_id", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Index("changes_kind", "kind", "seq"),
    sqlite_autoincrement=True,
)
purged = sa.Table(
    "purged",
    tables,
    sa.Column("document_id", sa.String(64), primary_key=True),
    sa.Column("version", sa.String(32), primary_key=True),
    sa.Column("purged_at", sa.String(32), nullable=False),
)
aliases = sa.Table(
    "aliases",
    tables,
    sa.Column("document_id", sa.String(64), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("stated", sa.Text),
)
jobs = sa.Table(
    "jobs",
    tables,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("created_at", sa.String(32), nullable=False),
    sa.Column("finished_at", sa.String(32)),
    sa.Column("error", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False, server_default=sa.text("0")),
)
job_sources = sa.Table(
    "job_sources",
    tables,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("document_id", sa.String(64)),
    sa.Column("collection", sa.Text),
    sa.Column("source_format", sa.Text),
    sa.Column("results", sa.Text),
)
meta = sa.Table(
    "meta",
    tables,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
