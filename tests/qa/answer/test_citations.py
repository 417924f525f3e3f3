from __future__ import annotations

from urllib.parse import unquote

import hypothesis.strategies as st
from hypothesis import given

from qa.answer.citations import cite, fragment_link
from qa.evidence.candidates import BaselineRanker, build_candidates
from qa.evidence.select import as_evidence
from tests.builders import make_hit


def test_a_citation_is_the_address_and_what_stands_there() -> None:
    hit = make_hit(("ANN", "It rained 😀. They meet in Berlin."), url="https://example.org/a")
    ranked = BaselineRanker().rank("Berlin", build_candidates("Berlin", [hit], [[0.0, 0.9]]))
    citation = cite(as_evidence(ranked[0]), 3)
    place = slice(citation.char_start - hit.char_start, citation.char_end - hit.char_start)
    assert hit.text[place] == citation.quote == "They meet in Berlin."
    assert (citation.number, citation.speaker, citation.turn) == (3, "ANN", 0)
    assert citation.link == "https://example.org/a#:~:text=They%20meet%20in%20Berlin."


def test_there_is_no_link_without_a_url() -> None:
    assert fragment_link(None, "words") is None


def test_signs_with_a_meaning_in_fragments_are_encoded() -> None:
    link = fragment_link("https://example.org/#top", "well-known, A&B")
    assert link == "https://example.org/#:~:text=well%2Dknown%2C%20A%26B"


def test_a_long_quote_is_found_by_its_ends() -> None:
    words = " ".join(f"w{i}" for i in range(60))
    link = fragment_link("https://example.org/", words)
    assert link == ("https://example.org/#:~:text=w0%20w1%20w2%20w3,w56%20w57%20w58%20w59")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_a_short_quote_can_be_read_back_from_its_link(words: str) -> None:
    link = fragment_link("https://example.org/", words)
    assert link is not None
    fragment = link.split("#:~:text=")[1]
    assert not set(fragment) & set("-,&# ")
    assert unquote(fragment) == " ".join(words.split())
