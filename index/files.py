"""Small things done to files safely: hash, replace atomically, lock across processes."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock

from index.errors import Busy, StorageError

_CHUNK = 1 << 20

# The settings that say where files are, for messages about them.
DATA_DIR = "TRANSCRIPT_QA_DATA_DIR"
CACHE_DIR = "TRANSCRIPT_QA_CACHE_DIR"


def make_private(folder: Path) -> None:
    """Let only the user read a data directory and what lies in it.

    What belongs to someone else stays what it is, as does everything where there are no modes.
    """
    paths = [folder, *folder.rglob("*")]
    for path in paths:
        with suppress(OSError):
            mode = path.lstat().st_mode
            if not stat.S_ISLNK(mode) and stat.S_IMODE(mode) & 0o077:
                path.chmod(stat.S_IMODE(mode) & 0o700)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def replace_durably(temporary: Path, target: Path) -> None:
    """Flush ``temporary`` to disk and put it in the place of ``target`` in one step."""
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.replace(target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


@contextmanager
def storage_errors(path: Path, setting: str = DATA_DIR) -> Iterator[None]:
    """Translate what the operating system says of ``path`` into StorageError with a remedy.

    Args:
        path: what is used.
        setting: the setting that says where it is.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"{str(path)!r} can't be used: {reason}. Free space or check permissions, "
            f"or set {setting} to another folder."
        ) from error


@contextmanager
def exclusive(path: Path, timeout_s: float, setting: str = DATA_DIR) -> Iterator[None]:
    """Hold a lock that every process of this folder respects; ``setting`` says where it is.

    Raises:
        Busy: it wasn't free within ``timeout_s`` seconds.
    """
    with storage_errors(path, setting):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(path, timeout=timeout_s, thread_local=False)
    with storage_errors(path, setting):
        try:
            lock.acquire()
        except filelock.Timeout as error:
            # A TimeoutError, and so an OSError too: it has to be told apart first.
            raise Busy(
                f"another process has held {str(path)!r} for over {timeout_s:.0f} s; "
                f"wait for its work to end, or stop it, and try again"
            ) from error
    try:
        yield
    finally:
        lock.release()


def made_once(target: Path, make: Callable[[Path], None], timeout_s: float) -> Path:
    """Return a converted model in the cache, made now if it isn't there or isn't what was made.

    A receipt beside it holds its hash. Of several processes one makes it and the others wait.

    Args:
        target: where it belongs.
        make: writes it to the path that it is given.
        timeout_s: how long another process that makes it is waited for.

    Raises:
        Busy: another process wasn't done in time.
        StorageError: the cache can't be used.
    """
    receipt = target.with_suffix(".sha256")
    with storage_errors(target, CACHE_DIR):
        if _intact(target, receipt):
            return target
    with (
        exclusive(target.with_suffix(".lock"), timeout_s, CACHE_DIR),
        storage_errors(target, CACHE_DIR),
    ):
        if _intact(target, receipt):
            return target
        temporary = target.with_suffix(".tmp")
        make(temporary)
        digest = sha256_of(temporary)
        replace_durably(temporary, target)
        receipt.write_text(digest, encoding="ascii")
    return target


def _intact(target: Path, receipt: Path) -> bool:
    return (
        target.is_file()
        and receipt.is_file()
        and receipt.read_text(encoding="ascii").strip() == sha256_of(target)
    )
