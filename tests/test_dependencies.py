"""What is imported is declared: another package's dependency may go with its next release."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
OWN = frozenset({"index", "qa", "eval", "api"})


def imported(package: str) -> Iterator[str]:
    """Yield the top-level modules that a package imports."""
    for file in (ROOT / package).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def declared(*extras: str) -> set[str]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = list(project["dependencies"])
    for name in extras:
        wanted += project["optional-dependencies"][name]
    return {normal(re.split("[<>=~!]", each)[0]) for each in wanted}


def normal(name: str) -> str:
    return re.sub("[-_.]+", "-", name).lower()


@pytest.mark.parametrize(
    ("package", "extras"), [("index", ()), ("qa", ()), ("api", ()), ("eval", ("eval",))]
)
def test_what_is_imported_is_declared(package: str, extras: tuple[str, ...]) -> None:
    distributions = packages_distributions()
    known = declared(*extras)
    missing = {
        module
        for module in set(imported(package)) - OWN - sys.stdlib_module_names
        if not known & {normal(name) for name in distributions.get(module, [module])}
    }

    assert missing == set()
