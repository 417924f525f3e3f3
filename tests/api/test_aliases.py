"""Names of speakers over HTTP, on the command line and on the pages."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.schemas import AliasesOut, AnswerOut, DocumentOut, SpeakersOut, TurnsOut
from tests.api.checks import check_problem
from tests.api.fakes import SEED_NAME, make_service
from tests.api.html import parse
from tests.api.test_cli import Terminal, terminal

__all__ = ["terminal"]

DOCUMENT = SEED_NAME.removesuffix(".txt")
ADDRESS = f"/v1/documents/{DOCUMENT}/aliases"
QUESTION = "Where will the next round of talks be held?"
NAMES = {"MAYNES": "Charles Maynes, correspondent"}


def test_names_are_set_and_shown_beside_the_labels(client: TestClient) -> None:
    assert AliasesOut.model_validate(client.get(ADDRESS).json()).aliases == {}

    reply = client.put(ADDRESS, json={"aliases": NAMES})

    assert reply.status_code == 200
    assert AliasesOut.model_validate(reply.json()).aliases == NAMES
    assert client.get(ADDRESS).json() == reply.json()
    shown = DocumentOut.model_validate(client.get(f"/v1/documents/{DOCUMENT}").json())
    assert shown.aliases == NAMES
    speakers = SpeakersOut.model_validate(client.get("/v1/speakers").json()).speakers
    assert {each.speaker: each.names for each in speakers} == {
        "INSKEEP": [],
        "MAYNES": ["Charles Maynes, correspondent"],
    }
    turns = TurnsOut.model_validate(client.get(f"/v1/documents/{DOCUMENT}/turns").json()).turns
    assert {(turn.speaker, turn.speaker_name) for turn in turns} == {
        ("INSKEEP", None),
        ("MAYNES", "Charles Maynes, correspondent"),
        (None, None),
    }


def test_a_citation_keeps_the_label_and_carries_the_name_beside_it(client: TestClient) -> None:
    client.put(ADDRESS, json={"aliases": NAMES})

    answer = AnswerOut.model_validate(client.post("/v1/ask", json={"question": QUESTION}).json())

    (citation,) = answer.citations
    assert (citation.speaker, citation.speaker_name) == ("MAYNES", NAMES["MAYNES"])


def test_names_that_are_not_given_again_are_gone(client: TestClient) -> None:
    client.put(ADDRESS, json={"aliases": NAMES})
    assert client.put(ADDRESS, json={"aliases": {}}).json()["aliases"] == {}


def test_suggestions_come_only_when_asked_for_and_set_nothing() -> None:
    talk = "Talk\n20240101\nhttps://r.example/t\nANN: We have Charles Maynes.\nMAYNES: Good day.\n"
    service = make_service(("talk.txt", talk))
    with TestClient(create_app(service, service.settings)) as client:
        assert client.get("/v1/documents/talk/aliases").json()["suggestions"] == []
        found = client.get("/v1/documents/talk/aliases", params={"suggest": True}).json()
        text = client.get("/v1/documents/talk/text").content.decode()
    (suggestion,) = AliasesOut.model_validate(found).suggestions
    assert (suggestion.label, suggestion.name, found["aliases"]) == ("MAYNES", "Charles Maynes", {})
    assert text[suggestion.char_start : suggestion.char_end] == suggestion.name


@pytest.mark.parametrize(
    ("address", "body", "status", "code"),
    [
        (ADDRESS, {"aliases": {"KELLY": "Mary"}}, 422, "invalid_alias"),
        (ADDRESS, {"aliases": {"MAYNES": " "}}, 422, "invalid_alias"),
        (ADDRESS, {"aliases": {"MAYNES": 5}}, 422, "validation_error"),
        (ADDRESS, {"names": {}}, 422, "validation_error"),
        ("/v1/documents/nobody/aliases", {"aliases": {}}, 404, "unknown_document"),
    ],
)
def test_names_that_cannot_be_set_get_a_problem(
    client: TestClient, address: str, body: object, status: int, code: str
) -> None:
    check_problem(client.put(address, json=body), status, code)


def test_the_list_of_transcripts_shows_names_with_their_labels(client: TestClient) -> None:
    client.put(ADDRESS, json={"aliases": NAMES})
    page = parse(client.get("/documents").text)
    assert "INSKEEP, Charles Maynes (MAYNES)" in page.text


def test_a_chip_shows_the_name_of_the_label_that_is_filtered_by(client: TestClient) -> None:
    client.put(ADDRESS, json={"aliases": NAMES})
    page = parse(client.get("/", params={"speaker": ["maynes", "INSKEEP"]}).text)
    chips = [each.one("span").text for each in page.all("li", class_="filter-chip")]
    assert chips == ["Charles Maynes (MAYNES)", "INSKEEP"]
    answered = client.get("/", params={"question": QUESTION, "speaker": "maynes"}).text
    assert "Only said by Charles Maynes (MAYNES)" in parse(answered).text
    # The script draws the same chips anew, from what stands beside the options.
    options = [each.attributes for each in page.one("select", name="speaker").all("option")]
    shown = {option["value"]: option.get("data-shown") for option in options}
    assert (shown["MAYNES"], shown["INSKEEP"]) == ("Charles Maynes (MAYNES)", None)


def test_names_are_taken_as_json_only(client: TestClient) -> None:
    reply = client.put(ADDRESS, content=b"a=b", headers={"content-type": "text/plain"})
    check_problem(reply, 415, "unsupported_media_type")


def test_the_pages_show_the_name_beside_the_label(client: TestClient) -> None:
    client.put(ADDRESS, json={"aliases": NAMES})

    page = parse(client.get("/", params={"question": QUESTION}).text)
    card = page.one("li", id="source-1")
    assert card.one("span", class_="speaker").text == "MAYNES"
    assert card.one("span", class_="alias").text == NAMES["MAYNES"]
    choices = [each.text for each in page.one("select", name="speaker").all("option")]
    assert "MAYNES: Charles Maynes, correspondent (2)" in choices
    transcript = parse(client.get(f"/documents/{DOCUMENT}").text)
    named = transcript.all("span", class_="alias")
    assert {each.text for each in named} == {NAMES["MAYNES"]}


def test_the_command_line_sets_shows_and_takes_away(terminal: Terminal) -> None:
    named = terminal("documents", "alias", DOCUMENT, "MAYNES=Charles Maynes", "INSKEEP=Steve")
    assert "MAYNES = Charles Maynes" in named.out
    shown = terminal("documents", "alias", DOCUMENT, "--json").json
    assert shown["aliases"] == {"INSKEEP": "Steve", "MAYNES": "Charles Maynes"}
    left = terminal(
        *("documents", "alias", DOCUMENT, "MAYNES=C. M. = Maynes", "--remove", "INSKEEP", "--json")
    ).json
    assert left["aliases"] == {"MAYNES": "C. M. = Maynes"}
    assert "MAYNES = C. M. = Maynes" in terminal("documents", "show", DOCUMENT).out
    assert "MAYNES (C. M. = Maynes)" in terminal("ask", QUESTION).out


@pytest.mark.parametrize("wrong", [["MAYNES"], ["--remove", "INSKEEP"], ["KELLY=Mary"], ["=x"]])
def test_changes_that_cannot_be_made_are_wrong_usage(terminal: Terminal, wrong: list[str]) -> None:
    ran = terminal("documents", "alias", DOCUMENT, *wrong)
    assert ran.code == 2
    assert len(ran.err.splitlines()) == 1


def test_a_suggestion_is_shown_with_the_command_that_would_set_it(terminal: Terminal) -> None:
    talk = "Talk\n20240101\nhttps://r.example/t\nANN: We have Charles Maynes.\nMAYNES: Good day.\n"
    terminal.service.library = make_service(("talk.txt", talk)).library
    ran = terminal("documents", "alias", "talk", "--suggest")
    assert "No label of it has a name." in ran.out
    assert "transcript-qa documents alias talk 'MAYNES=Charles Maynes'" in ran.out
    assert terminal.service.library.aliases("talk") == ()
