"""The map in docs/architecture.md is that of the tree."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import SLOW

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "architecture.md"
TEXT = PAGE.read_text(encoding="utf-8")
PACKAGES = ("index", "qa", "eval", "api")

# What ends a path in prose or in a diagram: anything that no path here is made of.
PATHS = re.compile(rf"(?<![\w/.])(?:{'|'.join((*PACKAGES, 'tests', 'docs'))})/[\w/.]*\w")


def folders() -> set[str]:
    """Return the folders of the packages that hold files, caches aside."""
    return {
        f"{package}/{folder.name}"
        for package in PACKAGES
        for folder in (ROOT / package).iterdir()
        if folder.name != "__pycache__" and folder.is_dir() and holds_files(folder)
    }


def holds_files(folder: Path) -> bool:
    """Return whether a checkout would have the folder: those of another branch leave caches."""
    return any(each.is_file() and "__pycache__" not in each.parts for each in folder.rglob("*"))


def listed() -> list[str]:
    """Return the folders of the list, a line each."""
    block = TEXT.split("## Folders\n\n```\n")[1].split("```")[0]
    return [line.split()[0] for line in block.splitlines() if line]


def test_the_list_has_every_folder_once_and_no_other() -> None:
    assert sorted(listed()) == sorted(folders())


def test_every_path_that_the_page_names_is_there() -> None:
    named = set(PATHS.findall(TEXT))

    assert "index/formats/registry.py" in named
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_every_command_that_the_page_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")

    for target in re.findall(r"`make ([\w-]+)`", TEXT):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_name_of_the_code_that_the_page_gives_is_there() -> None:
    code = "\n".join(
        file.read_text("utf-8") for package in PACKAGES for file in (ROOT / package).rglob("*.py")
    )
    names = set(re.findall(r"`([A-Za-z_]+)`", TEXT)) - set(PACKAGES)

    assert "SHAPE" in names
    assert {name for name in names if not re.search(rf"\b{name}\b", code)} == set()


def test_a_newcomer_gets_there_from_the_readme_in_one_click() -> None:
    assert "(docs/architecture.md)" in (ROOT / "README.md").read_text("utf-8").split("## More")[1]


def test_the_docs_stay_short_enough_to_be_read() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]

    assert len(TEXT.split()) <= 700
    assert sum(len(page.read_text("utf-8").split()) for page in pages) < 8000


def test_what_the_fast_run_leaves_out_is_there() -> None:
    assert {file for file in SLOW if not file.is_file()} == set()
