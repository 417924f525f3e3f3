from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.examples import SEED_QUESTIONS
from index.errors import StorageError
from qa.answer.compose import NEEDS_MODEL
from tests.api.checks import check_problem
from tests.api.fakes import (
    SEED_NAME,
    TALKS,
    FakeLibrary,
    FakeService,
    make_close,
    make_reply,
    make_service,
    read,
)
from tests.api.html import Element, parse

DOCUMENT = SEED_NAME.removesuffix(".txt")
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
QUESTION = "Where will the next round be held?"


def page(client: TestClient, path: str, status: int = 200, **query: str | list[str]) -> Element:
    reply = client.get(path, params=query, headers=BROWSER)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return parse(reply.text)


def test_the_first_form_asks_at_the_root(client: TestClient) -> None:
    form = page(client, "/").all("form")[0]

    assert (form.attributes["action"], form.attributes["method"]) == ("/", "get")
    assert "required" in form.one("input", name="question").attributes


@pytest.mark.parametrize("path", ["/", "/documents", f"/documents/{DOCUMENT}"])
def test_pages_have_language_landmarks_and_a_skip_link(client: TestClient, path: str) -> None:
    root = page(client, path)

    assert root.one("html").attributes["lang"] == "en"
    assert root.one("main").attributes["id"] == "main"
    assert root.all("header")
    assert root.all("nav")[0].attributes["aria-label"]
    assert root.all("a", class_="skip")[0].attributes["href"] == "#main"
    assert len(root.all("h1")) == 1


@pytest.mark.parametrize("path", ["/", f"/?question={QUESTION}", "/documents", "/nope"])
def test_pages_hold_no_script_or_style_of_their_own(client: TestClient, path: str) -> None:
    root = page(client, path, 404 if path == "/nope" else 200)
    text = client.get(path, headers=BROWSER).text

    assert not [script for script in root.all("script") if script.text]
    assert {script.attributes.get("src", "")[:8] for script in root.all("script")} <= {"/static/"}
    for forbidden in ("<style", " style=", " onclick=", " onload="):
        assert forbidden not in text


def test_every_file_that_a_page_names_is_there_and_may_be_kept(client: TestClient) -> None:
    for path in ("/", "/documents"):
        root = page(client, path)
        names = [link.attributes["href"] for link in root.all("link")]
        names += [script.attributes["src"] for script in root.all("script")]
        for name in names:
            reply = client.get(name)
            assert reply.status_code == 200
            assert "immutable" in reply.headers["cache-control"]


def test_every_control_has_a_label(client: TestClient) -> None:
    for path in ("/", "/documents", f"/documents/{DOCUMENT}"):
        root = page(client, path)
        labelled = {label.attributes.get("for") for label in root.all("label")}
        inside = [
            control.attributes["name"]
            for label in root.all("label")
            for kind in ("input", "select")
            for control in label.all(kind)
        ]
        for kind in ("input", "select"):
            for control in root.all(kind):
                if control.attributes.get("type") != "hidden":
                    name = control.attributes["name"]
                    assert control.attributes.get("id") in labelled or name in inside


def test_examples_are_offered_when_the_corpus_answers_them(client: TestClient) -> None:
    links = page(client, "/").one("section", class_="examples").all("a")

    assert [link.text for link in links] == list(SEED_QUESTIONS)
    query = parse_qs(urlsplit(links[0].attributes["href"]).query)
    assert query == {"question": [SEED_QUESTIONS[0]]}


def test_no_examples_for_a_corpus_that_does_not_answer_them() -> None:
    service = make_service(("other.txt", TALKS))
    assert not page(TestClient(create_app(service, service.settings)), "/").all(
        "section", class_="examples"
    )


def test_an_empty_corpus_says_how_to_begin() -> None:
    service = FakeService(library=FakeLibrary())
    client = TestClient(create_app(service, service.settings))

    assert "No transcripts yet" in page(client, "/").text
    assert "There are none yet" in page(client, "/documents").text


def test_an_answer_shows_statements_with_numbers_that_open_the_source(client: TestClient) -> None:
    root = page(client, "/", question=QUESTION)

    statement = root.one("p", class_="statement quoted")
    assert statement.one("q").text == "The next round will be in Berlin."
    chip = statement.one("a", class_="chip")
    assert chip.text.strip() == "Source 1"
    card = root.one("li", id="source-1")
    assert card.one("mark").text == "The next round will be in Berlin."
    for shown in ("MAYNES", "Talks on Ukraine go on", "27 January 2022"):
        assert shown in card.text

    source = parse(client.get(chip.attributes["href"]).text)
    assert source.one("mark", id="cite").text == "The next round will be in Berlin."


def test_the_question_stays_in_the_box_and_in_the_title(client: TestClient) -> None:
    root = page(client, "/", question=QUESTION)

    assert root.one("input", name="question").attributes["value"] == QUESTION
    assert QUESTION in root.one("title").text


def test_filters_bind_the_answer_and_stay_set(client: TestClient, service: FakeService) -> None:
    root = page(
        client,
        "/",
        question=QUESTION,
        speaker=["MAYNES", "", "INSKEEP"],
        document=[DOCUMENT],
        since="2022-01-01",
        until="",
    )

    filters = service.asked[-1].filters
    assert (filters.speakers, filters.document_ids) == (("MAYNES", "INSKEEP"), (DOCUMENT,))
    assert (filters.since, filters.until) == ("2022-01-01", None)
    chips = root.one("ul", class_="chosen").all("li")
    assert [chip.all("span")[0].text for chip in chips] == [
        "MAYNES",
        "INSKEEP",
        "Talks on Ukraine go on",
        "from 2022-01-01",
    ]
    without = parse_qs(urlsplit(chips[0].one("a").attributes["href"]).query)
    assert without == {
        "question": [QUESTION],
        "speaker": ["INSKEEP"],
        "document": [DOCUMENT],
        "since": ["2022-01-01"],
    }
    chosen = root.one("select", name="speaker").all("option", selected="")
    assert [each.attributes["value"] for each in chosen] == ["MAYNES"]
    assert root.one("input", type="hidden", name="speaker").attributes["value"] == "INSKEEP"
    assert root.one("input", name="since").attributes["value"] == "2022-01-01"
    assert "said by MAYNES" in root.text


def test_an_abstention_shows_the_nearest_and_what_may_help(client: TestClient) -> None:
    root = page(client, "/", question="What is the capital of Australia?", speaker="MAYNES")

    assert "The transcripts don't say." in root.text
    assert "The nearest they come" in root.text
    assert root.all("li", class_="card near")
    (without,) = [a for a in root.all("a") if a.text == "ask without filters"]
    assert "speaker" not in without.attributes["href"]


def test_the_closest_passage_stands_first_without_headline_or_confidence(
    client: TestClient, service: FakeService
) -> None:
    service.scripted = make_close(service, QUESTION)
    root = page(client, "/", question=QUESTION)

    assert not root.all("p", class_="short none")
    assert "Likely" not in root.text
    titles = [h3.text for h3 in root.one("article").all("h3")]
    assert titles == ["The closest passage", "Why there is no answer", "Also near"]
    assert len(root.one("section", class_="sources near closest").all("li")) == 1
    assert len(root.one("section", class_="sources near").all("li")) == 2
    assert "close enough" in root.one("section", class_="why").text


def test_small_talk_gets_a_reply_and_no_reasons(client: TestClient, service: FakeService) -> None:
    service.scripted = make_reply("Hi", "not_a_question", "Hello. Ask me.")
    root = page(client, "/", question="Hi")

    assert root.one("p", class_="unsure").text == "Hello. Ask me."
    assert not root.one("article").all("h3")


def test_what_needs_a_model_names_the_setting_and_no_way_to_ask_better(
    client: TestClient, service: FakeService
) -> None:
    service.scripted = make_reply(QUESTION, "needs_model", NEEDS_MODEL)
    root = page(client, "/", question=QUESTION)

    assert "TRANSCRIPT_QA_LLM" in root.one("p", class_="short none").text
    assert not root.one("ul", class_="tips").all("li")


def test_filters_that_nothing_matches_say_so_and_lead_out(client: TestClient) -> None:
    root = page(client, "/", question=QUESTION, speaker="NOBODY")

    assert root.one("p", class_="short none").text == "No transcript matches the filters."
    why = root.one("section", class_="why")
    assert "Nothing matches the filters." in why.text
    assert "ask without filters" in [link.text for link in why.all("a")]


def test_a_question_to_an_empty_library_leads_to_the_upload(
    client: TestClient, service: FakeService
) -> None:
    service.library.delete(SEED_NAME.removesuffix(".txt"))
    root = page(client, "/", question=QUESTION)

    assert root.one("p", class_="short none").text == "There are no transcripts yet."
    (upload,) = root.one("section", class_="why").all("a")
    assert upload.attributes["href"] == "/documents#upload"


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({"question": "?!"}, 422, "holds no word"),
        ({"question": "x" * 20_000}, 422, "20,000"),
        ({"question": "a\0b"}, 422, "NUL"),
        ({"question": "who", "since": "2022-02-30"}, 422, "2022-02-30"),
        ({"question": "who", "since": "2022-02-02", "until": "2022-02-01"}, 422, "swap"),
        ({"question": "who", "document": "nope"}, 404, "nope"),
    ],
)
def test_errors_are_shown_kindly_in_the_page(
    client: TestClient, query: dict[str, str], status: int, says: str
) -> None:
    root = page(client, "/", status, **query)

    assert says in root.one("section", role="alert").text
    assert root.one("input", name="question").attributes["value"] == query["question"]
    assert client.get("/", params=query).headers["content-type"] == "application/problem+json"


def test_an_outage_is_not_shown_as_an_abstention(client: TestClient, service: FakeService) -> None:
    service.failure = StorageError("disk")
    root = page(client, "/", 503, question=QUESTION)

    assert "it isn’t your question" in root.one("section", role="alert").text
    assert "don't say" not in root.text


def test_a_blank_question_shows_the_form(client: TestClient) -> None:
    assert page(client, "/", question="  ").one("h1").text == "What was said?"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nope", 404, "There is no such page"),
        ("/documents/nope", 404, "There is no such transcript"),
        (f"/documents/{DOCUMENT}?start=5&end=2", 422, "characters 0 to"),
        (f"/documents/{DOCUMENT}?start=5", 422, "characters 0 to"),
        (f"/documents/{DOCUMENT}?start=x&end=9", 422, "whole number"),
        (f"/documents/{DOCUMENT}?version=nope", 404, "There is no such transcript"),
        ("/documents?after=..", 404, "There is no such transcript"),
    ],
)
def test_wrong_addresses_get_a_page_in_a_browser_and_a_problem_elsewhere(
    client: TestClient, path: str, status: int, says: str
) -> None:
    reply = client.get(path, headers=BROWSER)

    assert reply.status_code == status
    assert says in parse(reply.text).one("main").text
    check_problem(client.get(path), status, client.get(path).json()["code"])


def test_the_interface_answers_with_problems_even_in_a_browser(client: TestClient) -> None:
    check_problem(client.get("/v1/documents/nope", headers=BROWSER), 404, "unknown_document")


def test_a_transcript_shows_its_turns_in_order_with_speakers(client: TestClient) -> None:
    root = page(client, f"/documents/{DOCUMENT}")

    turns = root.one("ol", class_="turns").all("li")
    assert [turn.all("div")[0].text.strip() for turn in turns] == [
        "INSKEEP",
        "MAYNES",
        "Speaker not named",
        "MAYNES",
    ]
    assert turns[2].one("p").text == "The United States and Russia are talking slowly."
    assert not root.all("mark")


def test_every_span_is_highlighted_to_the_character(
    client: TestClient, service: FakeService
) -> None:
    odd = "Odd\n20220101\nhttps://x.example/\nA: ab\r\nBOB: é 👩‍👩‍👧 e\u0301<b>&amp;\r x\nno label"
    service.library.add("odd.txt", read(odd))
    turns = service.library.turns("odd")
    for start in range(turns[0].char_start, len(odd)):
        for end in range(start + 1, min(start + 12, len(odd)) + 1):
            root = page(client, "/documents/odd", start=str(start), end=str(end))
            expected = "".join(
                odd[max(start, turn.char_start) : min(end, turn.char_end)] for turn in turns
            )
            marks = root.all("mark")
            assert "".join(mark.text for mark in marks) == expected
            assert [mark.attributes.get("id") for mark in marks][:1] == ["cite"][: len(marks)]
            assert [p.text for p in root.one("ol").all("p")] == [
                odd[turn.char_start : turn.char_end] for turn in turns
            ]


def test_a_long_transcript_is_shown_in_parts_that_lead_to_each_other(
    service: FakeService, client: TestClient
) -> None:
    said = [f"{'ANNA' if n % 2 else 'BORIS'}: Turn {n}." for n in range(301)]
    text = "Long\n20220101\nhttps://x.example/\n" + "\n".join(said) + "\n"
    service.library.add("long.txt", read(text))
    start = text.index("Turn 200.")
    cited = page(client, "/documents/long", start=str(start), end=str(start + 9))
    assert [p.text for p in cited.one("ol").all("p")] == [f"Turn {n}." for n in range(150, 300)]
    assert cited.one("mark").text == "Turn 200."
    assert "301 turns" in cited.text
    links = {a.text: a.attributes["href"] for a in cited.all("a")}
    last = parse(client.get(links["Later turns"]).text)
    assert [p.text for p in last.one("ol").all("p")] == ["Turn 300."]
    assert "Part 3 of 3" in last.text
    assert last.one("ol").all("li")[0].attributes["class"] == "turn s0"
    back = {a.text: a.attributes["href"] for a in last.all("a")}["Go to the cited words"]
    assert parse(client.get(back).text).one("mark").text == "Turn 200."
    assert len(page(client, "/documents/long").one("ol").all("li")) == 150
    assert "parts 1 to 3" in page(client, "/documents/long", 422, part="4").text


def test_an_older_version_says_that_it_is_one(client: TestClient, service: FakeService) -> None:
    old = service.library.document(DOCUMENT).document_version
    service.library.add(SEED_NAME, read(TALKS + "MAYNES: More.\n"))

    assert "earlier version" in page(client, f"/documents/{DOCUMENT}", version=old).text
    assert "earlier version" not in page(client, f"/documents/{DOCUMENT}").text


def test_a_deleted_transcript_says_so(client: TestClient, service: FakeService) -> None:
    service.library.delete(DOCUMENT)

    assert "was deleted" in page(client, f"/documents/{DOCUMENT}", 410).text


def test_a_transcript_can_be_asked_from_its_page(client: TestClient) -> None:
    form = page(client, f"/documents/{DOCUMENT}").one("form")

    assert form.one("input", type="hidden", name="document").attributes["value"] == DOCUMENT


def test_an_upload_says_what_became_of_each_file(client: TestClient) -> None:
    files = [("files", ("one.txt", TALKS.encode())), ("files", ("two.txt", b""))]

    reply = client.post("/documents", files=files, headers=BROWSER)

    assert reply.status_code == 200
    report = parse(reply.text).one("section", class_="report").text
    assert "one.txt" in report
    assert "two.txt: The file is empty." in report


def test_an_upload_of_only_bad_files_says_why(client: TestClient) -> None:
    reply = client.post("/documents", files=[("files", ("two.txt", b""))], headers=BROWSER)

    assert reply.status_code == 422
    assert "two.txt: The file is empty." in parse(reply.text).text


def test_an_upload_of_nothing_asks_for_a_file(client: TestClient) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename=""\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n"
    )
    headers = {**BROWSER, "content-type": "multipart/form-data; boundary=x"}

    reply = client.post("/documents", content=body, headers=headers)

    assert reply.status_code == 422
    assert "Choose at least one file" in parse(reply.text).text


def test_long_lists_of_transcripts_have_a_next_page() -> None:
    service = make_service(*((f"d{n:04}.txt", TALKS) for n in range(201)))
    client = TestClient(create_app(service, service.settings))

    first = page(client, "/documents")
    (more,) = [a for a in first.all("a") if a.text == "More transcripts"]
    second = parse(client.get(more.attributes["href"]).text)

    assert len(first.one("ul", class_="library").all("li")) == 200
    assert len(second.one("ul", class_="library").all("li")) == 1


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&lt;"


def test_nothing_from_a_source_or_a_question_becomes_markup() -> None:
    text = f"{HOSTILE}\n20220127\njavascript:alert(1)\nEVIL: {HOSTILE} was said.\n"
    service = make_service(("evil.txt", text))
    client = TestClient(create_app(service, service.settings))
    before = parse(client.get("/documents/evil", headers=BROWSER).text)
    paths = ("/", "/documents", "/documents/evil", f"/documents/evil?version={HOSTILE}")

    for path in paths:
        root = parse(client.get(path, headers=BROWSER).text)
        assert not root.one("main").all("script")
        assert not root.all("img")
    asked = page(client, "/", question=f"{HOSTILE} said", speaker=HOSTILE)
    assert not asked.one("main").all("script")
    assert asked.one("input", name="question").attributes["value"] == f"{HOSTILE} said"
    assert before.one("h1").text == HOSTILE
    assert not [a for a in before.all("a") if a.attributes["href"].startswith("javascript")]


def test_a_hostile_file_name_stays_text(client: TestClient) -> None:
    reply = client.post("/documents", files=[("files", (HOSTILE, b""))], headers=BROWSER)

    root = parse(reply.text).one("main")
    assert not root.all("script")
    assert not root.all("img")
