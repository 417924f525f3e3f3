from __future__ import annotations

from qa.settings import Settings


def test_no_dump_of_the_settings_shows_a_secret() -> None:
    settings = Settings.model_validate(
        {"database_url": "postgresql://me:hush-hush@db/name", "llm_api_key": "hush-hush"}
    )

    for shown in (
        str(settings),
        repr(settings),
        str(settings.model_dump()),
        settings.model_dump_json(),
    ):
        assert "hush" not in shown
    assert settings.database_address == "postgresql://me:hush-hush@db/name"
