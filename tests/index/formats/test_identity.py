from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.identity import DOCUMENT_ID, document_id_of, title_of


@pytest.mark.parametrize("name", ["Bdb001", "nq-78126", "s01_e23_c06", "x" * 64])
def test_a_document_id_stays(name: str) -> None:
    assert document_id_of(name) == name


def test_other_names_become_a_slug_with_a_hash() -> None:
    slug, _, digest = document_id_of("Season 1/Folge Köln.vtt").rpartition("-")
    assert slug == "Season-1-Folge-K-ln-vtt"
    assert len(digest) == 10


def test_names_with_equal_slugs_stay_apart() -> None:
    assert document_id_of("a/b.txt") != document_id_of("a b.txt")


@given(st.text())
def test_every_name_gets_a_valid_id(name: str) -> None:
    assert DOCUMENT_ID.fullmatch(document_id_of(name))


@pytest.mark.parametrize(
    ("key", "title"),
    [
        ("shows/town_hall.vtt", "town hall"),
        ("C:\\audio\\call.json", "call"),
        (".txt", ".txt"),
        ("", "Untitled"),
    ],
)
def test_a_title_is_the_name_without_folders_and_suffix(key: str, title: str) -> None:
    assert title_of(key) == title
