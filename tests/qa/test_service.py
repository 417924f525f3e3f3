"""What the service knows before any work is done, with engines and libraries that do none."""

from __future__ import annotations

from typing import cast

import pytest

from index.errors import ModelUnavailable
from index.library import Library
from index.records import CheckResult
from qa.engine import Engine
from qa.llm.missing import MissingModel
from qa.llm.models import LanguageModel
from qa.records import Ask
from qa.service import Service
from qa.settings import Settings


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


@pytest.mark.parametrize("model", [None, MissingModel("m", "there is no file of it")])
def test_a_stream_that_needs_a_missing_model_never_begins(model: LanguageModel | None) -> None:
    with pytest.raises(ModelUnavailable):
        make_service(model).stream(Ask("Who?", mode="generate"))


@pytest.mark.parametrize(("ask", "said"), [(False, "not asked"), (True, "asked")])
def test_a_check_asks_the_model_only_when_told(ask: bool, said: str) -> None:
    checks = make_service(AskedModel("m", "-")).check(ask=ask)

    assert [check.detail for check in checks] == ["fine", said]
