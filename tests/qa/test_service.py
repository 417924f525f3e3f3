"""What the service knows before any work is done, with engines and libraries that do none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from index.errors import EncoderUnavailable, ModelUnavailable
from index.library import Library
from index.records import CheckResult
from qa.answer.engine import Engine
from qa.generation.missing import MissingModel
from qa.llm.models import LanguageModel
from qa.reader.cross_encoder import WindowReader
from qa.records import Ask
from qa.service import Service, encoder_of, open_encoder, writer_with
from qa.settings import Settings
from tests.builders import make_hit
from tests.qa.answer.test_engine import make_engine


class NoLibrary:
    def check(self) -> tuple[CheckResult, ...]:
        return (CheckResult("database", True, "fine"),)


class AskedModel(MissingModel):
    """Says whether it was asked."""

    def check(self, *, ask: bool = False) -> CheckResult:
        return CheckResult("llm", not ask, "asked" if ask else "not asked")


def make_service(model: LanguageModel | None) -> Service:
    """Return a service whose engine would fail at once if anything were asked of it."""
    return Service(Settings(), cast("Library", NoLibrary()), cast("Engine", None), model)


def test_a_stream_that_needs_a_missing_model_never_begins() -> None:
    model = MissingModel("m", "there is no file of it")
    with pytest.raises(ModelUnavailable):
        make_service(model).stream(Ask("Who?", mode="generate"))
    with pytest.raises(ModelUnavailable):
        make_service(model).ask(Ask("Who?", mode="generate"))


def test_an_answer_without_the_model_that_is_set_is_degraded_and_never_unsupported() -> None:
    missing = MissingModel("m", "there is no address for the model 'm'")
    engine = make_engine(make_hit(("ANN", "They meet in Berlin. The talks are in May.")))
    engine._writer = writer_with(
        missing, cast("Library", None), cast("WindowReader", None), Settings()
    )
    answer = engine.ask(Ask("When are the talks?"))
    assert (answer.status, answer.degraded) == ("answered", ("llm_unavailable",))
    assert {s.origin for s in answer.statements} == {"quoted"}
    with pytest.raises(ModelUnavailable, match="no address"):
        engine.ask(Ask("When are the talks?", mode="generate"))


@pytest.mark.parametrize(("ask", "said"), [(False, "not asked"), (True, "asked")])
def test_a_check_asks_the_model_only_when_told(ask: bool, said: str) -> None:
    checks = make_service(AskedModel("m", "-")).check(ask=ask)

    assert [check.detail for check in checks] == ["fine", said]


@pytest.mark.e2e
def test_an_index_names_the_encoder_that_made_it() -> None:
    settings = Settings()
    assert encoder_of(open_encoder(settings).id, settings.model_copy(update={"encoder": "x"}))
    with pytest.raises(EncoderUnavailable, match="reindex"):
        encoder_of("all-MiniLM-L6-v2:000000000000", settings)


@pytest.mark.e2e
def test_a_start_with_converted_models_imports_neither_torch_nor_llama_index(
    tmp_path: Path,
) -> None:
    start = (
        "import sys; from api.app import create_app; from qa.service import Service;"
        "from qa.settings import Settings; s = Service.open(Settings(llm='none'));"
        "create_app(s, s.settings); slow = {'torch', 'transformers', 'llama_index'};"
        "print(sorted(slow & set(sys.modules)))"
    )
    open_encoder(Settings())  # converted by now
    done = subprocess.run(
        [sys.executable, "-c", start],
        env=os.environ | {"TRANSCRIPT_QA_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
