"""Quotes are exact, exact after the stated normalisation, or none at all."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from index.formats import read_transcripts
from index.records import Source
from index.text.sentences import split_sentences
from qa.generation.instruct.cites import cut_to_quote
from qa.generation.instruct.quotes import locate, normalised
from qa.records import Evidence
from tests.builders import SEED_KEY, make_hit

SENTENCE = "He said: “it’s – well,   too soon – to rush to conclusions.”"


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("too soon – to rush", "too soon – to rush"),
        ("it's - well, too soon", "it’s – well,   too soon"),
        ("\"it's - well", "“it’s – well"),
        ("  too soon —\nto rush ", "too soon – to rush"),
        (SENTENCE, SENTENCE),
    ],
)
def test_what_is_exact_after_normalisation_is_found_in_the_original(quote: str, words: str) -> None:
    found = locate(quote, SENTENCE)
    assert found is not None
    assert SENTENCE[slice(*found)] == words


@pytest.mark.parametrize(
    "quote",
    [
        "",
        "to rush",
        "Too Soon – to rush",
        "too soon to rush",
        "oo soon – to rush to",
        "too soon – to rus",
        "rush to conclusions too soon",
        "too soon … rush to conclusions",
    ],
)
def test_what_differs_in_a_word_or_is_too_short_is_not_found(quote: str) -> None:
    assert locate(quote, SENTENCE) is None


def test_composed_and_decomposed_letters_are_the_same_and_stay_whole() -> None:
    text = "The cafe\u0301 owner said no."
    assert locate("The caf\u00e9 owner", text) == (0, 15)
    assert locate("The cafe owner", text) is None


@given(st.text(max_size=60))
def test_every_normalised_character_knows_its_place(text: str) -> None:
    known, places = normalised(text)
    assert len(known) == len(places)
    assert all(0 <= start < end <= len(text) for start, end in places)
    assert sorted(places) == places


@given(st.text(min_size=1, max_size=60), st.data())
def test_whatever_is_found_is_the_quote_by_the_normalisation(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = locate(text[start:end], text)
    if found is not None:
        assert normalised(text[slice(*found)])[0] == normalised(text[start:end])[0]


def read_sentences(seeds: Path, key: str = SEED_KEY) -> list[str]:
    source = Source(key, (seeds / "transcripts" / key).read_bytes())
    ((_, transcript),) = read_transcripts(source)
    said = [transcript.text[s.char_start : s.char_end] for s in split_sentences(transcript)]
    return [sentence for sentence in said if len(sentence.split()) >= 8]


def as_evidence(text: str) -> Evidence:
    hit = make_hit(("ANN", text))
    last = hit.sentences[-1]
    sentence = replace(hit.sentences[0], char_end=last.char_end)
    return Evidence(hit, sentence, text, text, 1.0)


def alter(sentence: str, others: list[str], kind: str, chance: random.Random) -> str:
    """Return a quote that isn't one: a word changed, the halves swapped, or said elsewhere."""
    words = sentence.split()
    if kind == "elsewhere":
        return chance.choice(others)
    if kind == "swapped":
        middle = chance.randrange(3, len(words) - 3)
        return " ".join(words[middle:] + words[:middle])
    place = chance.randrange(len(words))
    new = chance.choice([word for other in others for word in other.split()])
    while new.strip(".,") == words[place].strip(".,"):
        new = chance.choice(["never", "Rome", "seventy"])
    return " ".join([*words[:place], new, *words[place + 1 :]])


def test_of_a_thousand_altered_quotes_none_is_one_and_exact_ones_narrow(seeds: Path) -> None:
    chance = random.Random(7)
    sentences = read_sentences(seeds)
    others = read_sentences(seeds, "ellery-hearing-2024-10-17.txt")
    evidence = {sentence: as_evidence(sentence) for sentence in sentences}
    kinds = ["changed", "swapped", "elsewhere"]
    for number in range(1000):
        sentence = chance.choice(sentences)
        (cited,) = cut_to_quote(
            alter(sentence, others, kinds[number % 3], chance), [evidence[sentence]]
        )
        assert cited == evidence[sentence]
    exact = 0
    for _ in range(1000):
        sentence = chance.choice(sentences)
        words = sentence.split()
        start = chance.randrange(len(words) - 4)
        quote = " ".join(words[start : start + chance.randrange(3, len(words) - start)])
        (cited,) = cut_to_quote(quote, [evidence[sentence]])
        exact += normalised(cited.text)[0] == normalised(quote)[0]
    assert exact >= 990
