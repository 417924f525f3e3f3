"""The README says what the code does."""

from __future__ import annotations

from scripts.readme import README, updated


def test_the_table_of_settings_is_that_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert updated(text) == text, "run: python -m scripts.readme"


def test_the_two_commands_and_the_curl_are_shown() -> None:
    text = README.read_text(encoding="utf-8")
    for shown in ("make run", "make test", "curl -s localhost:8000/v1/ask"):
        assert shown in text
