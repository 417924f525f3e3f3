from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import snowballstemmer

from qa.language.stem import stem
from qa.language.tokens import tokens
from qa.question.features import content_stems

THREADS = 16
BASES = ("demand", "negotiat", "generous", "happi", "organis", "commun", "relat", "hop", "studi")
ENDINGS = ("", "s", "ed", "ing", "ion", "ional", "ly", "ness", "fulness", "ization", "ement")
WORDS = tuple(
    f"{start}{base}{end}" for start in ("", "re", "un") for base in BASES for end in ENDINGS
)
QUESTION = f"Who said {' '.join(WORDS)}?"


@pytest.fixture
def _switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_switching_often")
def test_the_same_question_has_the_same_stems_in_16_threads() -> None:
    single = snowballstemmer.stemmer("english")
    wanted = tuple(dict.fromkeys(map(single.stemWord, ("said", *WORDS))))
    together = Barrier(THREADS)

    def read(_: int) -> tuple[tuple[str, ...], list[str]]:
        together.wait()
        return content_stems(QUESTION), [token.stem for token in tokens(QUESTION)]

    for _ in range(5):
        stem.cache_clear()
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(read, range(THREADS)))
        assert {asked for asked, _ in found} == {wanted}
        assert all(said == found[0][1] for _, said in found)


def test_irregular_forms_are_left_to_who_compares_statements() -> None:
    assert stem("went") == "went"
    assert [token.stem for token in tokens("went")] == ["go"]
