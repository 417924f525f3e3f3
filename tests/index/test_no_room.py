"""A full disk and a directory that can't be written: a clear error, queries go on, nothing is lost.

Root writes where nobody else may, so the tests give up being root for a while; a file system of
three megabytes is used where one may be mounted, a limit on the size of files everywhere else.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from index.errors import StorageError
from index.library import Library
from index.records import Accepted, Source
from tests.builders import FakeEncoder, make_source
from tests.index.test_library import BERLIN, OSLO, healthy, ingest, open_library

NOBODY = 65534


@pytest.fixture
def open_place() -> Iterator[Path]:
    """Return a folder that others may read too."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def large_sources() -> list[Source]:
    words = " ".join(f"word{i}" for i in range(4000))
    return [make_source(f"ANN: Talk {i} is long. {words}.", key=f"{i}.txt") for i in range(200)]


def fill(library: Library) -> list[Accepted]:
    """Ingest until there is no room any more, and return what was acknowledged."""
    taken: list[Accepted] = []
    with pytest.raises(StorageError, match=r"(?i)free space"):
        taken.extend(r for r in library.ingest(large_sources()) if isinstance(r, Accepted))
    return taken


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    mounted = not subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    ).returncode
    try:
        if mounted:
            yield
        else:
            with small_files(3_000_000):
                yield
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def small_files(limit: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take away the right to write, also from root."""
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        for path in paths:
            with suppress(FileNotFoundError):
                path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_full_disk_is_explained_and_queries_go_on(tmp_path: Path) -> None:
    place = tmp_path / "small"
    with small_disk(place):
        library = open_library(place / "data")
        ingest(library, BERLIN)
        acknowledged = fill(library)
        assert library.search("Berlin")[0].document_id
        for accepted in acknowledged:
            assert library.document(accepted.document_id)
        with pytest.raises(StorageError):
            library.submit(large_sources())
        shutil.copytree(place / "data", tmp_path / "roomier")
        library.close()
    again = open_library(tmp_path / "roomier")
    assert healthy(again)
    assert again.search("Berlin")[0].scores.dense is not None
    for accepted in acknowledged:
        assert again.document(accepted.document_id).document_version == accepted.document_version


def test_after_a_full_disk_the_same_library_goes_on(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, BERLIN)
    with small_files(400_000):
        fill(library)
        assert library.search("Berlin")
    assert ingest(library, OSLO)[0].status == "new"
    assert library.search("fjord")[0].scores.dense is not None
    assert healthy(library)


def test_a_purge_without_room_takes_nothing_away(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    ingest(library, *large_sources()[:20])
    ingest(library, make_source("ANN: Talk 0 is short now.", key="0.txt"))
    with small_files(100_000), suppress(StorageError):
        library.purge()
    assert library.search("short")
    library.purge()
    assert len(library.documents()) == 20
    assert healthy(library)


def test_a_directory_that_became_read_only_is_explained_and_queries_go_on(
    open_place: Path,
) -> None:
    library = open_library(open_place / "data")
    ingest(library, BERLIN)
    with read_only(open_place / "data"):
        with pytest.raises(StorageError, match="permissions"):
            ingest(library, OSLO)
        with pytest.raises(StorageError, match="permissions"):
            library.delete(library.documents()[0].document_id)
        assert library.search("Berlin")[0].scores.dense is not None
        with suppress(StorageError):
            # Without a log beside it SQLite can't read the file; with one it can.
            other = Library.open(open_place / "data", FakeEncoder())
            assert other.search("Berlin")
            other.close()
    ingest(library, OSLO)
    assert healthy(library)
    library.close()
    again = open_library(open_place / "data")
    assert healthy(again)
    again.close()
