"""What every test needs: a place for converted models that survives between runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

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
