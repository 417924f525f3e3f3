from __future__ import annotations

from pathlib import Path

import pytest

from tests.chromium import chromium


def make_program(folder: Path, name: str) -> Path:
    program = folder / name
    program.write_text("#!/bin/sh")
    program.chmod(0o755)
    return program


def test_the_one_that_is_named_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(tmp_path, "chromium")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TRANSCRIPT_QA_CHROMIUM", "/opt/chromium")

    assert chromium() == "/opt/chromium"


def test_it_is_found_under_any_of_its_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TRANSCRIPT_QA_CHROMIUM", raising=False)
    with pytest.raises(RuntimeError, match="TRANSCRIPT_QA_CHROMIUM"):
        chromium()

    program = make_program(tmp_path, "chromium-browser")

    assert chromium() == str(program)
