from __future__ import annotations

from pathlib import Path

import pytest

from index.library import Library
from index.records import Filters
from index.search import lexical
from index.search.lexical import LexicalEntry, LexicalIndex
from index.text.languages import PLAIN, stemming
from tests.builders import FakeEncoder, make_source

NOTHING = Filters()


def make_entry(key: int, body: str, language: str | None) -> LexicalEntry:
    return LexicalEntry(key, f"d{key}", "", body, (), (), None, None, language)


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        (None, None),
        ("en", None),
        ("en-GB", None),
        ("english", None),
        ("de", "de"),
        ("pt_BR", "pt"),
        ("German", "de"),
        ("nb", "no"),
        ("pl", PLAIN),
    ],
)
def test_a_language_is_known_by_code_region_or_name(stated: str | None, code: str | None) -> None:
    assert stemming(stated) == code


def test_words_are_stemmed_in_the_language_of_their_document(tmp_path: Path) -> None:
    index = LexicalIndex(tmp_path, "e")
    said = "Die Häuser an den Brücken stehen leer."
    entries = [make_entry(1, said, "de"), make_entry(2, said, None), make_entry(3, said, "xx")]
    index.replace([], entries, 1)
    assert [key for key, _ in index.search("Haus", 9, NOTHING)] == [1]
    assert [key for key, _ in index.search("Brücke", 9, NOTHING)] == [1]
    # As it is written it is found in all of them.
    assert {key for key, _ in index.search("leer", 9, NOTHING)} == {1, 2, 3}
    assert [key for key, _ in index.search("leer", 9, Filters(document_ids=("d3",)))] == [3]


def test_an_index_of_the_layout_before_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_source("ANN: The bridge is closed.", key="a.txt")
    with monkeypatch.context() as patch:
        patch.setattr(lexical, "LAYOUT", "3")
        patch.setattr(lexical, "FOREIGN", ())
        library = Library.open(tmp_path, FakeEncoder())
        list(library.ingest([source]))
        library.close()
    library = Library.open(tmp_path, FakeEncoder())
    assert library.search("bridge")[0].scores.lexical
    library.close()
