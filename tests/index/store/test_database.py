from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

import index.store.database
from index import store
from index.errors import StorageError
from index.store import schema
from index.store.database import Database


def open_database(folder: Path) -> Database:
    return Database(Database.url_for(folder))


def lineage(database: Database) -> str:
    with database.read() as connection:
        return store.read_state(connection).lineage


def test_migrations_lead_to_the_schema(tmp_path: Path) -> None:
    with open_database(tmp_path).read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.tables) == []


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    with suppress(RuntimeError), database.write() as connection:
        connection.execute(schema.changes.insert().values(document_id="a", kind="document"))
        raise RuntimeError
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count(schema.changes.c.seq))).scalar() == 0


def test_a_reader_sees_one_state(tmp_path: Path) -> None:
    database = open_database(tmp_path)
    count = sa.select(sa.func.count(schema.changes.c.seq))
    with database.read() as reader:
        assert reader.execute(count).scalar() == 0
        with database.write() as writer:
            writer.execute(schema.changes.insert().values(document_id="a", kind="document"))
        assert reader.execute(count).scalar() == 0
    with database.read() as reader:
        assert reader.execute(count).scalar() == 1


def test_the_lineage_stays_with_the_database(tmp_path: Path) -> None:
    assert lineage(open_database(tmp_path)) == lineage(open_database(tmp_path))
    (tmp_path / "other").mkdir()
    assert lineage(open_database(tmp_path)) != lineage(open_database(tmp_path / "other"))


def test_a_database_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    with open_database(tmp_path).write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="newer than this release"):
        open_database(tmp_path)


def test_a_database_of_the_first_release_keeps_what_it_holds(tmp_path: Path) -> None:
    engine = sa.create_engine(Database.url_for(tmp_path))
    with engine.connect() as connection:
        config = Config()
        folder = Path(index.store.database.__file__).parent / "migrations"
        config.set_main_option("script_location", str(folder))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in (
            "INSERT INTO passages VALUES (7, 'a', 'v', 0, 0, 0, 0, 5, '[]')",
            "INSERT INTO vectors VALUES (7, 'fake', x'00', x'00')",
            "INSERT INTO changes (document_id) VALUES ('a')",
            "INSERT INTO meta VALUES ('lineage', 'old')",
        ):
            connection.execute(sa.text(statement))
        connection.commit()
    engine.dispose()
    with open_database(tmp_path).read() as connection:
        state = store.read_state(connection)
        assert (state.generation, state.encoder, state.document_seq) == (0, "fake", 1)
        assert state.lineage not in ("", "old")
        row = connection.execute(sa.select(schema.passages)).one()
        assert (row.key, row.generation, row.char_end) == (7, 0, 5)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+nodriver://me:hush-hush@db/name",
        "nothing://me:hush-hush@db/name",
        "postgresql+psycopg://me:hush-hush@db:port/name",
        "me:hush-hush@db",
        "",
    ],
)
def test_a_bad_address_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(StorageError) as refusal:
        Database(url)

    assert "hush" not in str(refusal.value)
    assert "DATABASE_URL" in str(refusal.value)
