"""URL → an open, migrated database. The database is the truth; every index can be made from it."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from index import store
from index.errors import StorageError

# Writers hold the database for milliseconds; a wait this long means that something is stuck.
BUSY_TIMEOUT_S = 30.0

HEAD = "0004"


class Database:
    """An engine on a database that is at the newest migration.

    Raises:
        StorageError: it can't be opened, or was made by a newer release.
    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self._engine = _engine(self.url)
        if self.url.get_backend_name() == "sqlite":
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
        try:
            with self._translated():
                _migrate(self._engine)
            self._name_lineage()
        except BaseException:
            self.close()
            raise

    @staticmethod
    def url_for(data_dir: Path) -> str:
        """Return the URL of the SQLite file in a data directory."""
        return f"sqlite:///{data_dir / 'transcripts.sqlite3'}"

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a connection that sees one consistent state."""
        with self._translated(), self._engine.connect() as connection:
            if self.url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a connection whose work is on disk when the block ends, or not done at all."""
        with self._translated(), self._engine.connect() as connection:
            if self.url.get_backend_name() == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            # Leaving the block by an exception closes the connection, which rolls back.
            yield connection
            connection.commit()

    def checkpoint(self) -> None:
        """Move what stands in the write-ahead log into the file itself."""
        if self.url.get_backend_name() == "sqlite":
            with self._translated(), self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def compact(self) -> None:
        """Give the space of deleted rows back, and leave nothing of them in the files.

        Raises:
            StorageError: there is no room for the copy that this makes for a while.
        """
        if self.url.get_backend_name() != "sqlite":
            return
        with self._translated(), self._engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
        # Readers of the old state keep it in the log until they end; the next one tries again.
        self.checkpoint()

    def copy_to(self, target: Path) -> None:
        """Write the state of this moment to another SQLite file, while reads and writes go on.

        Raises:
            StorageError: this isn't SQLite, or the file can't be written.
        """
        with self._translated(), self._sqlite() as source:
            copy = sqlite3.connect(target)
            try:
                source.backup(copy)
                # One file that can be moved about, without a log beside it.
                copy.execute("PRAGMA journal_mode=DELETE").close()
            finally:
                copy.close()

    def take_over(self, other: Path) -> None:
        """Replace everything by what another SQLite file holds, in one step that readers see whole.

        Raises:
            StorageError: this isn't SQLite, or the database can't be written.
        """
        with self._translated(), self._sqlite() as target:
            source = sqlite3.connect(other)
            try:
                source.backup(target)
            finally:
                source.close()

    @contextmanager
    def _sqlite(self) -> Iterator[sqlite3.Connection]:
        if self.url.get_backend_name() != "sqlite":
            raise StorageError(
                "only SQLite is copied from here; use the tools of the database server, "
                "such as pg_dump and pg_restore"
            )
        connection = self._engine.raw_connection()
        try:
            raw = connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)
            yield raw
        finally:
            connection.close()

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    def _name_lineage(self) -> None:
        """Give this database's history a random name; indexes of another are worthless."""
        with self.read() as connection:
            if store.get_meta(connection, "lineage") is not None:
                return
        with self.write() as connection:
            if store.get_meta(connection, "lineage") is None:
                store.set_meta(connection, "lineage", uuid.uuid4().hex)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.DatabaseError, sqlite3.Error) as error:
            reason = str(getattr(error, "orig", None) or error)
            shown = self.url.render_as_string(hide_password=True)
            raise StorageError(
                f"the database {shown!r} can't be used: {reason}. "
                f"Check the disk's free space and permissions; `transcript-qa doctor` tells more."
            ) from error


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # Neither the URL nor what the library says of it is repeated: it may hold a password.
        raise StorageError(
            "TRANSCRIPT_QA_DATABASE_URL isn't a database's URL; it looks like "
            "'postgresql+psycopg://user:password@host/name' or 'sqlite:///file', "
            "and special characters of a password are written like %40"
        ) from None


def _engine(url: sa.URL) -> sa.Engine:
    try:
        return sa.create_engine(url, **_engine_options(url))
    except (sa.exc.ArgumentError, ImportError, TypeError, ValueError) as error:
        shown = url.render_as_string(hide_password=True)
        raise StorageError(
            f"there is no driver for the database {shown!r} "
            f"({type(error).__name__}); install it, or correct TRANSCRIPT_QA_DATABASE_URL"
        ) from error


def _engine_options(url: sa.URL) -> dict[str, object]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}}
    return {"pool_pre_ping": True}


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # Transactions are begun by us, so that BEGIN IMMEDIATE is possible.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        # Acknowledged means on disk, also after a power cut.
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={int(BUSY_TIMEOUT_S * 1000)}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _migrate(engine: sa.Engine) -> None:
    """Bring the database to the newest step; several processes may try at once."""
    with engine.connect() as connection:
        if _revision(connection) == HEAD:
            return
        connection.rollback()
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        revision = _revision(connection)
        if revision is not None and revision > HEAD:
            raise StorageError(
                f"the database is at step {revision!r}, newer than this release knows ({HEAD!r}); "
                f"install the release that made it"
            )
        if revision != HEAD:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.set_main_option("path_separator", "os")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        connection.commit()


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if row is None else str(row)
