"""What every test needs: a place for converted models that survives between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Files that have no part in ``make test-fast`` although they aren't end to end: they load a trained
# model or torch, wait for clocks, install packages, or fill disks and memory.
SLOW = frozenset(
    ROOT / "tests" / file
    for file in (
        "api/test_connections.py",
        "eval/training/test_train_reader.py",
        "index/formats/test_fuzz.py",
        "index/test_attacks.py",
        "index/test_files.py",
        "index/test_no_room.py",
        "index/test_seed_speakers.py",
        "qa/test_shipped_models.py",
        "test_locks.py",
    )
)
# What starts a real server or browser.
SLOW_FIXTURES = frozenset({"served", "http", "browser", "site"})

# Exporting the encoder takes seconds; all tests and the processes they start share one export.
os.environ.setdefault("TRANSCRIPT_QA_CACHE_DIR", str(ROOT / ".cache"))


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """Return the folder of converted models."""
    return Path(os.environ["TRANSCRIPT_QA_CACHE_DIR"])


@pytest.fixture(scope="session")
def seeds() -> Path:
    """Return the folder of seed data."""
    return ROOT / "seeds"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make test-fast`` leaves out."""
    for item in items:
        if item.path in SLOW or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
