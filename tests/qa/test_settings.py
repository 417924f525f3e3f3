from __future__ import annotations

import pytest
from pydantic import ValidationError

from qa.settings import Settings


def test_a_model_that_is_only_a_name_is_refused() -> None:
    with pytest.raises(ValidationError, match="'some-model' has no address") as refused:
        Settings(llm="some-model")

    assert refused.value.errors()[0]["loc"] == ("llm_base_url",)
    for fine in ({"llm": "none"}, {"llm": "m", "llm_base_url": "http://127.0.0.1:9/v1"}):
        assert Settings.model_validate(fine).llm == fine["llm"]


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
