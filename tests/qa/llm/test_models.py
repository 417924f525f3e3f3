from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from index.errors import ModelUnavailable
from qa.llm.gguf import check_content, locate
from qa.llm.models import open_language_model
from qa.settings import Settings


def test_no_model_is_opened_when_none_is_wanted(tmp_path: Path) -> None:
    assert open_language_model(Settings(data_dir=tmp_path, llm="none")) is None


def test_opening_starts_nothing(tmp_path: Path) -> None:
    model = open_language_model(Settings(data_dir=tmp_path))
    assert model is not None
    assert model.embedded
    assert model.check().ok
    assert not list(tmp_path.iterdir())
    model.close()


def test_an_endpoint_is_not_the_embedded_model(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, llm="m", llm_base_url="http://127.0.0.1:9", llm_api_key=SecretStr("k")
    )
    model = open_language_model(settings)
    assert model is not None
    assert not model.embedded
    assert model.name == "m"


def test_a_missing_file_says_which_setting_names_it(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="LLM_GGUF"):
        locate(tmp_path / "nothing.gguf")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.gguf"
    path.write_text("hello")
    with pytest.raises(ModelUnavailable, match="isn't a GGUF file"):
        check_content(path, None)


def test_the_embedded_file_is_the_pinned_one() -> None:
    file = locate()
    check_content(file.path, file.sha256)
