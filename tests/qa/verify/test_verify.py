from __future__ import annotations

from collections.abc import Sequence

import pytest

from qa.language.sentence import asks
from qa.verify import Cited, Verifier, hard_reasons

LAVROV = Cited(
    "So Lavrov says that when it came to the main Russian demands regarding NATO expansion into "
    "Eastern Europe and Ukraine, there was nothing positive in the U.S. response.",
    "MAYNES",
)
BERLIN = Cited("The next round will be in Berlin.", "MAYNES")
TROOPS = Cited(
    "Now, let's not forget those hundred thousand Russian troops near Ukraine's border.", "MAYNES"
)
BLINKEN = Cited(
    "And, you know, interestingly, Blinken also spoke yesterday with China's foreign minister, "
    "Wang Yi, who urged all parties involved to refrain from inflammatory actions.",
    "MAYNES",
)
ASR = Cited("the denver broncos defeated the carolina panthers twenty four to ten", None)


class FixedSimilarity:
    def __init__(self, value: float) -> None:
        self.value = value

    def similarity(self, statement: str, texts: Sequence[str]) -> float:
        return self.value


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        ("The next round will be in Berlin.", BERLIN),
        ("The next round of talks will be in Berlin.", BERLIN),
        ("Lavrov said there was nothing positive in the U.S. response.", LAVROV),
        ("Lavrov said there was nothing positive in the US response.", LAVROV),
        ("There are 100,000 Russian troops near Ukraine's border.", TROOPS),
        ("Blinken spoke with China's foreign minister, Wang Yi, yesterday.", BLINKEN),
        ("Maynes said the next round will be in Berlin.", BERLIN),
        ("According to Maynes, the next round will be in Berlin.", BERLIN),
        ("The Denver Broncos defeated the Carolina Panthers 24 to 10.", ASR),
    ],
)
def test_what_the_sentence_says_passes(statement: str, cited: Cited) -> None:
    assert hard_reasons(statement, [cited]) == ()


@pytest.mark.parametrize(
    ("statement", "cited", "reason"),
    [
        ("The next round will be in Berlin, Germany.", BERLIN, "name"),
        ("The next round will be in Paris.", BERLIN, "name"),
        ("Paris will see the next round, said Smith.", BERLIN, "name"),
        ("There are 200,000 Russian troops near Ukraine's border.", TROOPS, "number"),
        ("There are two hundred thousand Russian troops near the border.", TROOPS, "number"),
        ("The broncos defeated the panthers ten to twenty four.", ASR, "number"),
        ("The next round will not be in Berlin.", BERLIN, "negation"),
        ("The next round won't be in Berlin.", BERLIN, "negation"),
        ("The next round will never be in Berlin.", BERLIN, "negation"),
        ("Lavrov says there was something positive in the U.S. response.", LAVROV, "negation"),
        ("The previous round will be in Berlin.", BERLIN, "opposite"),
        ("Blinken said there was nothing positive in the U.S. response.", LAVROV, "speaker"),
        ("Inskeep said the next round will be in Berlin.", BERLIN, "speaker"),
        ("According to Inskeep, the next round will be in Berlin.", BERLIN, "speaker"),
        ("Maynes also spoke yesterday with China's foreign minister.", BLINKEN, "name"),
        ("Blinken spoke tomorrow with China's foreign minister.", BLINKEN, "name"),
        ("The seattle seahawks defeated the carolina panthers twenty four to ten.", ASR, "name"),
        ("Will the next round be in Berlin?", BERLIN, "question"),
        ("The next round in Berlin.", BERLIN, "fragment"),
        ("The next round will be in", BERLIN, "unfinished"),
        ("The round will be the round will be the round will be in Berlin.", BERLIN, "loop"),
    ],
)
def test_what_the_sentence_does_not_say_is_refused(
    statement: str, cited: Cited, reason: str
) -> None:
    reasons = hard_reasons(statement, [cited])
    assert reasons
    if reason != "name" or cited is not ASR:
        assert reason in reasons


def test_a_pronoun_may_stand_for_the_last_name_of_the_cited_sentences() -> None:
    heard = Cited("We also heard from Russian Foreign Minister Sergey Lavrov.", "MAYNES")
    said = Cited("He said Russia was studying the American answers.", "MAYNES")
    statement = "Lavrov said Russia was studying the American answers."
    assert hard_reasons(statement, [heard, said]) == ()
    assert "speaker" in hard_reasons(statement, [said])


def test_two_speakers_that_differ_by_a_letter_are_two() -> None:
    cited = Cited("It would be cool to see it.", "Grad E")
    assert hard_reasons("Grad E said that it would be cool to see it.", [cited]) == ()
    assert "speaker" in hard_reasons("Grad A said that it would be cool to see it.", [cited])


def test_a_percentage_is_not_a_count() -> None:
    cited = Cited("Fifty percent of the members voted for it.", None)
    assert "percent" in hard_reasons("Fifty of the members voted for it.", [cited])


def test_support_is_the_mean_of_shared_words_and_similar_meaning() -> None:
    statement = "The next round will be in Berlin."
    verdict = Verifier(FixedSimilarity(0.5)).check(statement, [BERLIN])
    assert verdict.ok
    assert verdict.support == pytest.approx((1.0 + 0.5) / 2)


def test_a_statement_below_the_threshold_is_weak() -> None:
    verdict = Verifier(FixedSimilarity(0.0), threshold=0.6).check("It went well.", [BERLIN])
    assert not verdict.ok
    assert "weak" in verdict.reasons


def test_nothing_cited_supports_nothing() -> None:
    assert not Verifier().check("The next round will be in Berlin.", []).ok


DESIGNER = Cited(
    "Uh , we need one integrated button on the L_C_D_ , I don't think it will need um very uh much "
    "power , and it costs twelve Euro and fifty cents .",
    "Industrial Designer",
)
DISKS = Cited("I Ds cost $14billion for the Student Loans Company.", "PhD F")


@pytest.mark.parametrize(
    ("statement", "cited"),
    [
        ("Initially, the Industrial Designer wanted an integrated button.", DESIGNER),
        ("The idea of one button was raised by Industrial Designer.", DESIGNER),
        ("The button did not need very much power.", DESIGNER),
        ("The cost of the LCDs was 12.5 Euros.", DESIGNER),
        ("Sixth, the group wanted an integrated button on the LCD.", DESIGNER),
        ("IDs would have cost 14 billion dollars.", DISKS),
        ("PhD F would pay 14 billion dollars, so he stated.", DISKS),
        ("The ID for the SLC costs a lot of dollars.", DISKS),
        ("The button on the remote and the power on the remote will cost a lot.", DESIGNER),
    ],
)
def test_other_words_for_the_same_pass(statement: str, cited: Cited) -> None:
    assert hard_reasons(statement, [cited]) == ()


@pytest.mark.parametrize(
    ("statement", "cited", "reason"),
    [
        ("The idea of one button was raised by Project Manager.", DESIGNER, "name"),
        ("The role of Dollar is to need a button.", DESIGNER, "name"),
        ("The cost was 12.6 Euros.", DESIGNER, "number"),
        ("IDs would have cost 15 billion dollars.", DISKS, "number"),
        ("A B52 would have cost 14 billion dollars.", DISKS, "number"),
        ("Professor F mentioned 14 billion dollars.", DISKS, "speaker"),
        ("I Ds cost $14billion for the Student Grants Company.", DISKS, "name"),
        ("The Deputy Minister would pay 14 billion dollars.", DISKS, "name"),
    ],
)
def test_other_values_in_other_words_are_refused(statement: str, cited: Cited, reason: str) -> None:
    assert reason in hard_reasons(statement, [cited])


def test_a_negation_belongs_near_what_the_evidence_negates() -> None:
    far = Cited(
        "The board gave no answer about the colour of the case last week. The team was "
        "pleased with the shape and all the users were happy with the buttons.",
        None,
    )
    assert "negation" in hard_reasons("Asked later, most users were not happy about it.", [far])


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("Who made the offer.", True),
        ("And what is the plan.", True),
        ("Can the bridge hold.", True),
        ("Is it so?", True),
        ("What I want to know is this.", False),
        ("When you left I stayed.", False),
        ("Have a seat.", False),
        ("That is why we left.", False),
    ],
)
def test_a_question_is_one_with_a_full_stop_too(sentence: str, question: bool) -> None:
    assert asks(sentence) is question
