"""What a person does with the form, JavaScript switched off."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import FilePayload, Page, expect

pytestmark = pytest.mark.e2e

QUESTION = "Where will the next round of talks be held?"
QUOTE = "The next round will be in Berlin."
STATED = "Maynes says that the next round will be in Berlin."
FERRY = (
    "Ferry talk\n20230405\nhttps://harbour.example/\n"
    "ANNA: 🎉👩‍👩‍👧 e\u0301 – The ferry leaves at noon.\n"
)


def test_asking_leads_to_the_highlighted_words_in_the_transcript(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_role("textbox", name="Your question").fill(QUESTION)
    plain_page.get_by_role("button", name="Ask").click()

    expect(plain_page.locator(".statement")).to_contain_text(STATED)
    expect(plain_page.locator(".card mark")).to_have_text(QUOTE)
    plain_page.locator("a.chip").first.click()

    mark = plain_page.locator("mark#cite")
    expect(mark).to_have_text(QUOTE)
    expect(mark).to_be_in_viewport()
    turn = plain_page.locator(".turn").filter(has=mark)
    expect(turn.locator(".speaker")).to_have_text("MAYNES")
    assert plain_page.url.endswith("#cite")


def test_an_example_is_answered_by_a_click(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_role("link", name=QUESTION).click()

    expect(plain_page.locator(".statement")).to_contain_text(STATED)
    expect(plain_page.get_by_role("textbox", name="Your question")).to_have_value(QUESTION)


def test_an_address_with_a_question_is_a_link_to_share(plain_page: Page) -> None:
    plain_page.goto("/?" + urlencode({"question": QUESTION}))

    expect(plain_page.locator(".statement")).to_contain_text(STATED)


def test_a_speaker_is_chosen_and_the_only_one_cited(plain_page: Page) -> None:
    plain_page.goto("/")
    plain_page.get_by_text("Filters").click()
    plain_page.get_by_label("Speaker").select_option("INSKEEP")
    plain_page.get_by_role("textbox", name="Your question").fill("What do we not know?")
    plain_page.get_by_role("button", name="Ask").click()

    expect(plain_page.get_by_label("Speaker")).to_have_value("INSKEEP")
    speakers = plain_page.locator(".card .meta").all_inner_texts()
    assert speakers
    assert all(text.startswith("INSKEEP") for text in speakers)


def test_no_answer_is_said_with_what_comes_nearest(plain_page: Page) -> None:
    plain_page.goto("/?" + urlencode({"question": "Who won the World Cup?"}))

    expect(plain_page.locator(".verdict")).to_contain_text("don't say")
    expect(plain_page.get_by_role("heading", name="The nearest they come")).to_be_visible()
    plain_page.get_by_role("link", name="Read in the transcript").first.click()
    expect(plain_page.locator("mark#cite")).to_be_in_viewport()


def test_a_file_is_uploaded_and_asked_about(plain_page: Page) -> None:
    plain_page.goto("/documents")
    plain_page.get_by_label("Files").set_input_files(
        [
            FilePayload(name="ferry.txt", mimeType="text/plain", buffer=FERRY.encode()),
            FilePayload(name="empty.txt", mimeType="text/plain", buffer=b""),
        ]
    )
    plain_page.get_by_role("button", name="Upload").click()

    report = plain_page.locator("#report")
    expect(report).to_contain_text("Added")
    expect(report).to_contain_text("empty.txt")
    report.get_by_role("link", name="ferry.txt").click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("Ferry talk")
    plain_page.get_by_role("textbox").fill("When does the ferry leave?")
    plain_page.get_by_role("button", name="Ask").click()
    quote = plain_page.locator(".card mark").first.text_content()
    assert quote is not None
    assert "The ferry leaves at noon." in quote
    plain_page.locator("a.chip").first.click()
    assert plain_page.locator("mark#cite").text_content() == quote


def test_what_is_wrong_is_said_beside_the_question(plain_page: Page) -> None:
    plain_page.goto("/?" + urlencode({"question": "who", "since": "2022-02-30"}))

    expect(plain_page.get_by_role("alert")).to_contain_text("2022-02-30")
    expect(plain_page.get_by_role("textbox", name="Your question")).to_have_value("who")


def test_the_keyboard_alone_suffices(plain_page: Page) -> None:
    plain_page.goto("/")
    expect(plain_page.get_by_role("textbox", name="Your question")).to_be_focused()
    plain_page.keyboard.type(QUESTION)
    plain_page.keyboard.press("Enter")
    expect(plain_page.locator(".statement")).to_contain_text(STATED)

    plain_page.keyboard.press("Tab")
    expect(plain_page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(plain_page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    for _ in range(12):
        plain_page.keyboard.press("Tab")
        if plain_page.locator("a.chip:focus").count():
            break
    plain_page.keyboard.press("Enter")
    expect(plain_page.locator("mark#cite")).to_have_text(QUOTE)
