"""A statement says a number, its evidence says one: the same, or not."""

from __future__ import annotations

import pytest

from qa.verify import Cited, hard_reasons

SAME = [
    # digits and words
    ("100,000 troops", "a hundred thousand troops"),
    ("380 people", "three hundred and eighty people"),
    ("380 people", "three eighty"),
    ("1,200.50 euros", "1200.5 euros"),
    ("1,200 people", "twelve hundred people"),
    ("1.200,50 euros", "1,200.50 euros"),
    ("1,234,567 people", "1234567 people"),
    ("2,500 people", "two and a half thousand people"),
    ("minus 5 degrees", "-5 degrees"),
    ("101 people", "a hundred and one people"),
    ("1,200 people", "one thousand, two hundred people"),
    ("120 GB of data", "120GB of data"),
    # halves and other parts
    ("500,000 people", "half a million people"),
    ("half a million people", "500 thousand people"),
    ("2.5 hours", "two and a half hours"),
    ("2.5 million people", "two and a half million people"),
    ("1.5 million people", "a million and a half people"),
    ("1.5 hours", "an hour and a half"),
    ("2.5 hours", "two hours and a half"),
    ("2½ hours", "two and a half hours"),
    ("2 1/2 cups", "2.5 cups"),
    ("half of the members", "1/2 of the members"),
    ("50 percent of the members", "half of the members"),
    ("two thirds of the members", "2/3 of the members"),
    ("25% of the members", "a quarter of the members"),
    ("2.75 miles", "two and three quarters miles"),
    ("half a dozen people", "six people"),
    # percentages
    ("50%", "fifty per cent"),
    ("0.5 percent", ".5 percent"),
    ("0.5 percent", "half a percent"),
    ("0.5 percent", "point five percent"),
    ("2 percentage points", "two percentage points"),
    # ranges
    ("5 to 10 people", "five to ten people"),
    ("5-10 people", "between five and ten people"),
    ("5–10%", "from 5 to 10 percent"),
    ("up to 10 people", "up to ten people"),
    ("two or three people", "2-3 people"),
    ("10 percent", "from 5 to 10 percent"),
    ("1914", "1914 to 1918"),
    ("24-10", "twenty four to ten"),
    ("2:1", "two to one"),
    ("20 to 30 people", "twenty thirty people"),
    # ordinals and dates
    ("the 25th round", "the twenty fifth round"),
    ("on May 3", "on the third of May"),
    ("on 3 May", "on May 3rd"),
    ("the 21st century", "the twenty first century"),
    # years and decades
    ("in 1995", "in nineteen ninety five"),
    ("in 1905", "in nineteen oh five"),
    ("in 2016", "in twenty sixteen"),
    ("in 2022", "in twenty twenty two"),
    ("in 2005", "in two thousand and five"),
    ("in the 1990s", "in the nineties"),
    ("in the 1990s", "in the nineteen nineties"),
    ("in the '90s", "in the nineties"),
    ("in the 1800s", "in the eighteen hundreds"),
    ("in his forties", "in his 40s"),
    # vague words
    ("a couple of weeks", "a couple of weeks"),
    ("a couple of weeks", "two weeks"),
    ("about 100 people", "100 people"),
    ("about 100 people", "nearly a hundred people"),
    ("around 100 people", "roughly 100 people"),
    ("~100 people", "about 100 people"),
    ("nearly 100 people", "almost a hundred people"),
    ("more than 100 people", "over 100 people"),
    ("at least 20 people", "20+ people"),
    ("at least 20 people", "twenty people or more"),
    ("at most 20 people", "no more than 20 people"),
    ("three things", "a talk about three things"),
    ("people under 40", "people younger than 40"),
    ("at least 40 people", "forty plus"),
    ("75% - 90% of them", "seventy-five to ninety percent of them"),
    ("24 bottles", "two dozen bottles"),
    ("12 bottles", "a dozen bottles"),
    # money
    ("$3.50", "three dollars fifty"),
    ("$3.50", "three fifty"),
    ("3.5 dollars", "three dollars and fifty cents"),
    ("12.5 euros", "twelve fifty Euros"),
    ("$0.50", "fifty cents"),
    ("50 cents", "$0.50"),
    ("$5 million", "five million dollars"),
    ("€2.5bn", "two point five billion euros"),
    # times of day
    ("10:30", "ten thirty"),
    ("ten thirty", "10:30 a.m."),
    ("10:05", "ten oh five"),
    ("at 9:15", "at nine fifteen"),
    ("at 10:00", "at ten o'clock"),
    ("10 pm", "ten p.m."),
    ("10pm", "22:00"),
    ("10:30", "half past ten"),
    ("4:45", "a quarter to five"),
    ("2:20", "twenty past two"),
    ("9/11", "9/11"),
]

OTHER = [
    # digits and words
    ("120050 euros", "1,200.50 euros"),
    ("15 litres", "1,5 litres"),
    ("5 degrees", "minus five degrees"),
    ("5 degrees", "-5 degrees"),
    ("200 people", "a hundred and two people"),
    ("100 people", "hundreds of people"),
    ("12 GB of data", "120GB of data"),
    ("five people", "in nineteen ninety five"),
    ("50 people", "three fifty"),
    ("3 people", "three fifty"),
    ("1995", "in nineteen ninety, five people"),
    # halves and other parts
    ("one million people", "half a million people"),
    ("a million people", "half a million people"),
    ("two hours", "two and a half hours"),
    ("two million people", "two and a half million people"),
    ("a million people", "a million and a half people"),
    ("2 hours", "two hours and a half"),
    ("2 cups", "2½ cups"),
    ("third place", "two thirds of the members"),
    ("half of the members", "the second half of the members"),
    ("12 people", "half a dozen people"),
    # percentages
    ("50 people", "fifty percent"),
    ("50 percent", "fifty people"),
    ("5 percent", ".5 percent"),
    ("5 percent", "point five percent"),
    ("2 percent", "two percentage points"),
    ("2 percentage points", "two percent"),
    # ranges
    ("5 people", "five to ten people"),
    ("10 people", "5-10 people"),
    ("10 people", "between five and ten people"),
    ("two people", "two or three people"),
    ("5 to 10 people", "5 to 12 people"),
    ("10 to 24", "twenty four to ten"),
    ("one to eight", "one to seven"),
    ("20 people", "twenty thirty people"),
    ("1,000 people", "1,000 to 2,000 people"),
    ("in 1990", "in 1990 or 1991"),
    # ordinals and dates
    ("three rounds", "the third round"),
    ("the third round", "three rounds"),
    ("the 24th round", "the twenty fifth round"),
    # years and decades
    ("in 1990", "in the 1990s"),
    ("in 1920", "in the twenties"),
    ("in the 1940s", "in his forties"),
    ("in the 1890s", "in the nineties"),
    ("in 1996", "in nineteen ninety five"),
    # vague words
    ("two weeks", "a couple of weeks"),
    ("200 people", "a couple of hundred people"),
    ("100 people", "about 100 people"),
    ("100 people", "nearly a hundred people"),
    ("100 people", "more than 100 people"),
    ("100 people", "up to 100 people"),
    ("100 people", "at least 100 people"),
    ("100 people", "a hundred people or so"),
    ("100 people", "some 100 people"),
    ("20 people", "20+ people"),
    ("people of 40", "people older than 40"),
    ("more than 100 people", "100 people"),
    ("more than 100 people", "about 100 people"),
    ("nearly 100 people", "100 people"),
    ("20 bottles", "two dozen bottles"),
    ("12 bottles", "dozens of bottles"),
    # money
    ("3 dollars", "three dollars fifty"),
    ("50 dollars", "three dollars fifty"),
    ("$12", "twelve Euro and fifty cents"),
    ("50 dollars", "fifty cents"),
    ("50 dollars", "50 euros"),
    ("$5 million", "$5 billion"),
    # times of day
    ("10 people", "ten thirty"),
    ("30 people", "10:30"),
    ("11:30", "ten thirty"),
    ("10:30 pm", "10:30 a.m."),
    ("10 pm", "ten o'clock"),
    ("22:30", "ten thirty"),
    ("10 people", "half past ten"),
    ("5:15", "a quarter to five"),
]


def refused(statement: str, evidence: str) -> bool:
    frame = "The board met again and it was {}, as planned."
    reasons = hard_reasons(frame.format(statement), [Cited(frame.format(evidence), None)])
    return bool({"number", "percent"}.intersection(reasons))


@pytest.mark.parametrize(("statement", "evidence"), SAME)
def test_the_same_number_in_other_words_stands(statement: str, evidence: str) -> None:
    assert not refused(statement, evidence)


@pytest.mark.parametrize(("statement", "evidence"), OTHER)
def test_another_number_is_refused(statement: str, evidence: str) -> None:
    assert refused(statement, evidence)
