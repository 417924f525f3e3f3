from __future__ import annotations

import pytest

from qa.verify import Cited, hard_reasons

PLAN = Cited("The council may close the two schools in the spring.", "ANN")
WISH = Cited("The minister suggested a new bridge at the old harbour.", "ANN")


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        ("The council will close the two schools in the spring.", PLAN),
        ("The council must close the two schools in the spring.", PLAN),
        ("The minister decided a new bridge at the old harbour.", WISH),
    ],
)
def test_a_surer_word_in_the_place_of_an_unsure_one_is_refused(
    statement: str, cited: Cited
) -> None:
    assert "modality" in hard_reasons(statement, [cited])


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        ("The council may close the two schools in the spring.", PLAN),
        ("The council might close the two schools in the spring.", PLAN),
        ("The minister proposed a new bridge at the old harbour.", WISH),
        ("It would rain all day.", Cited("It will rain all day.", "ANN")),
    ],
)
def test_words_that_are_as_sure_pass(statement: str, cited: Cited) -> None:
    assert "modality" not in hard_reasons(statement, [cited])
