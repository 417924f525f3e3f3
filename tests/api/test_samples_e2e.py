"""Questions about the four samples: speaker and time are the source's, over HTTP and on the page.

Times and labels here are read off the sample files by eye, not by our readers.
"""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from api.schemas import AnswerOut, CitationOut
from tests.api.html import Element, parse

pytestmark = pytest.mark.e2e


@dataclass(frozen=True)
class Case:
    """A question, what it is limited to, and what the source has where the answer stands."""

    question: str
    filters: dict[str, object]
    holds: str
    speaker: str | None
    start_ms: int
    clock: str
    name: str | None = None


CASES = {
    "webvtt": Case(
        "What did Hannah Price say the inspection of the hangers found?",
        {"speakers": ["Hannah Price"]},
        "We inspected the hangers in February",
        "Hannah Price",
        41_870,
        "00:41",
    ),
    "webvtt, nobody named": Case(
        "What did the bakery owner lose when the bridge was shut in 2011?",
        {},
        "I lost a third of my customers",
        None,
        209_430,
        "03:29",
    ),
    "srt": Case(
        "Who paid for the report?",
        {"speakers": ["DR. PAVEL HRUBY"]},
        "Coastline paid for it.",
        "DR. PAVEL HRUBY",
        164_680,
        "02:44",
        "Pavel Hruby, structural engineer",
    ),
    "srt, asked for by name": Case(
        "Who paid for the report?",
        {"speakers": ["Pavel Hruby"], "since": "2024-05-01", "until": "2024-05-31"},
        "Coastline paid for it.",
        "DR. PAVEL HRUBY",
        164_680,
        "02:44",
        "Pavel Hruby, structural engineer",
    ),
    "whisper": Case(
        "Where did Tom Adeyemi go to see a toll up the coast?",
        {"speakers": ["Tom Adeyemi"], "since": "2024-09-01"},
        "I went to Skerry Sound, up the coast.",
        "Tom Adeyemi",
        216_350,
        "03:36",
    ),
    "text": Case(
        "What happened on the fourth of June?",
        {"speakers": ["CAPT. BRANDT"]},
        "The engine overheated and I shut it down.",
        "CAPT. BRANDT",
        75_000,
        "01:15",
    ),
    "text, another speaker": Case(
        "What did Fenwick say the ferry was paid per week?",
        {"speakers": ["FENWICK"], "since": "2024-10-01"},
        "It was nineteen thousand pounds a week",
        "FENWICK",
        160_000,
        "02:40",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_answer_cites_speaker_and_time_of_the_source(http: httpx.Client, case: Case) -> None:
    body = {"question": case.question, "filters": case.filters, "mode": "quote"}

    answer = AnswerOut.model_validate(http.post("/v1/ask", json=body).json())

    citation = _holding(answer.citations, case)
    assert (citation.speaker, citation.speaker_name) == (case.speaker, case.name)
    assert citation.start_ms == case.start_ms


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_form_shows_speaker_and_minutes_and_seconds(http: httpx.Client, case: Case) -> None:
    params: dict[str, str] = {"question": case.question}
    for field, value in case.filters.items():
        params[field.removesuffix("s")] = value[0] if isinstance(value, list) else str(value)

    page = parse(http.get("/", params=params, headers={"accept": "text/html"}).text)

    (card,) = (each for each in _cards(page) if case.holds in each.one("mark").text)
    assert card.one("span", class_="when").text == case.clock
    assert [each.text for each in card.all("span", class_="speaker")] == (
        [case.speaker] if case.speaker else []
    )
    assert [each.text for each in card.all("span", class_="alias")] == (
        [case.name] if case.name else []
    )
    address = next(link for link in card.all("a") if link.text == "Read in the transcript")
    transcript = parse(http.get(address.attributes["href"]).text)
    turn = next(t for t in transcript.all("li") if t.all("mark"))
    assert case.holds in "".join(mark.text for mark in turn.all("mark"))
    assert [each.text for each in turn.all("span", class_="speaker")] == (
        [case.speaker] if case.speaker else []
    )


def _holding(citations: list[CitationOut], case: Case) -> CitationOut:
    return next(each for each in citations if case.holds in each.quote)


def _cards(page: Element) -> list[Element]:
    return [each for each in page.all("li") if "card" in each.attributes.get("class", "").split()]
