"""The README says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts.readme import README, ROOT, ask_both, with_settings

TEXT = README.read_text(encoding="utf-8")


def test_the_table_of_settings_is_that_of_the_code() -> None:
    assert with_settings(TEXT) == TEXT, "run: python -m scripts.readme"


def test_the_two_commands_and_the_curl_are_shown() -> None:
    for shown in ("make run", "make test", "curl -s localhost:8000/v1/ask"):
        assert shown in TEXT


@pytest.mark.parametrize(
    "page", [README, *sorted((ROOT / "docs").rglob("*.md"))], ids=lambda p: p.name
)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.e2e
def test_the_outputs_shown_are_real(tmp_path: Path) -> None:
    console, answer = ask_both(tmp_path)
    assert console in TEXT, "run: python -m scripts.readme"
    shown = json.loads(TEXT.split("```json\n")[1].split("```")[0])
    real = json.loads(answer)
    for changing in ("id", "timings_ms"):
        assert shown.pop(changing)
        assert real.pop(changing)
    assert shown == real, "run: python -m scripts.readme"
