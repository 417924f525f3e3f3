"""What is installed is what was locked, byte for byte."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scripts.lock import pinned

ROOT = Path(__file__).parents[1]
HASHED = ["requirements.lock", "requirements-models.lock"]


def entries(lock: str) -> list[str]:
    """Return a lock's requirements, each with its hashes."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("lock", HASHED)
def test_every_requirement_has_a_version_and_hashes(lock: str) -> None:
    assert entries(lock)
    for entry in entries(lock):
        assert re.fullmatch(r"[\w.-]+==[\w.]+(?:\s+--hash=sha256:[0-9a-f]{64})+\s*", entry), entry


def test_torch_may_come_from_any_index() -> None:
    assert not [each for each in entries("requirements.lock") if each.startswith("torch==")]
    assert [each.split("==")[0] for each in entries("requirements-torch.lock")] == ["torch"]


def test_every_lock_is_installed_and_hashes_are_demanded() -> None:
    installed = [
        line
        for line in (ROOT / "Makefile").read_text("utf-8").splitlines()
        if "pip install" in line
    ]
    for lock in HASHED:
        (line,) = (line for line in installed if line.endswith(f"-r {lock}"))
        assert "--require-hashes" in line
    assert any(line.endswith("-r requirements-torch.lock") for line in installed)


def test_another_file_of_a_locked_version_is_refused(tmp_path: Path) -> None:
    entry = next(each for each in entries("requirements.lock") if each.startswith("filelock=="))
    version = entry.split("==")[1].split()[0]
    made = f"filelock-{version}.dist-info"
    with zipfile.ZipFile(tmp_path / f"filelock-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{made}/METADATA", f"Name: filelock\nVersion: {version}\n")
        wheel.writestr(f"{made}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{made}/RECORD", "")
    lock = tmp_path / "one.lock"
    lock.write_text(entry, "utf-8")
    pip = [sys.executable, "-m", "pip", "--isolated", "install", "--dry-run", "--ignore-installed"]
    only = ["--no-index", "--find-links", str(tmp_path), "--no-deps", "--require-hashes"]

    ran = subprocess.run(
        [*pip, *only, "-r", str(lock)], capture_output=True, text=True, check=False
    )

    assert ran.returncode != 0
    assert "DO NOT MATCH" in ran.stderr


def test_what_depends_on_the_build_of_torch_is_not_locked() -> None:
    frozen = "numpy==2.0\nnvidia-cublas-cu12==1\ncuda-bindings==1\ntorch==2.13.0+cpu\npip==23\n"

    assert pinned(frozen) == ["numpy==2.0"]
