"""Five things that somebody new to the page wants to do, done as they would, over the real service.

Each says how long it took a machine (``pytest -s``), and may take a person no more than some steps:
what they click or type is counted, since a person's time goes into that.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

pytestmark = pytest.mark.e2e

BERLIN = "The next round will be in Berlin."


@dataclass
class Person:
    """Somebody at the page; counts what they do."""

    page: Page
    steps: int = 0

    def click(self, what: Locator) -> None:
        self.steps += 1
        what.click()

    def choose(self, what: Locator, label: str) -> None:
        self.steps += 1
        what.select_option(label)

    def ask(self, question: str) -> None:
        """Type a question and press Enter: two steps."""
        self.steps += 2
        self.page.locator("#question").fill(question)
        self.page.keyboard.press("Enter")
        exchange = self.page.locator(".exchange").last
        expect(exchange.locator(".actions")).to_be_visible(timeout=60_000)

    def last(self, selector: str) -> Locator:
        return self.page.locator(".exchange").last.locator(selector)


@pytest.fixture
def person(page: Page, request: pytest.FixtureRequest) -> Iterator[Person]:
    page.goto("/")
    started = time.perf_counter()
    person = Person(page)
    yield person
    seconds = time.perf_counter() - started
    print(f"{request.node.name}: {person.steps} steps, {seconds:.1f} s")


def test_ask_and_check_the_source(person: Person) -> None:
    person.ask("Where will the next round of talks be held?")
    expect(person.last(".statements")).to_contain_text("Berlin")
    person.click(person.last(".chip").first)
    expect(person.page.locator(".panel mark")).to_contain_text("Berlin")
    expect(person.page.locator(".panel mark")).to_be_in_viewport()
    expect(person.page.locator(".panel-head .meta")).to_contain_text("MAYNES")
    assert person.steps <= 3


def test_narrow_to_one_speaker(person: Person) -> None:
    person.click(person.page.get_by_text("Filters", exact=True))
    person.choose(person.page.get_by_role("combobox", name="Speaker"), "INSKEEP")
    person.ask("Do the foreign ministers intend to talk again?")
    expect(person.last(".statement").first).to_be_visible()
    expect(person.last(".only")).to_have_text("Only said by INSKEEP")
    speakers = person.last(".source .speaker").all_text_contents()
    assert speakers
    assert set(speakers) == {"INSKEEP"}
    assert person.steps <= 4


def test_upload_a_file_and_ask_about_it(person: Person) -> None:
    page = person.page
    person.click(page.get_by_role("link", name="Transcripts"))
    text = "Harbour news\n20230405\nhttps://harbour.example/\nANNA: The ferry leaves at noon.\n"
    person.steps += 1
    page.locator("#files").set_input_files(
        FilePayload(name="harbour-news.txt", mimeType="text/plain", buffer=text.encode())
    )
    outcome = page.locator("#outcomes .fine")
    expect(outcome).to_contain_text("harbour-news.txt", timeout=60_000)
    person.click(outcome.get_by_role("link", name="Ask about it"))
    person.ask("When does the ferry leave?")
    expect(person.last(".statements")).to_contain_text("noon")
    expect(person.last(".source cite")).to_have_text(["Harbour news"])
    assert person.steps <= 5


def test_follow_up_twice(person: Person) -> None:
    person.ask("What did Lavrov say about NATO expansion?")
    person.ask("And what did Peskov say?")
    person.ask("Where will the next round of talks be held?")
    expect(person.page.locator(".exchange")).to_have_count(3)
    expect(person.last(".statements")).to_contain_text("Berlin")
    expect(person.last(".question")).to_be_in_viewport()
    assert person.steps <= 6


def test_find_out_why_there_is_no_answer(person: Person) -> None:
    person.click(person.page.get_by_text("Filters", exact=True))
    person.choose(person.page.get_by_role("combobox", name="Speaker"), "INSKEEP")
    person.ask("Who won the World Cup?")
    expect(person.last(".verdict")).to_contain_text("don't say")
    why = person.last(".why")
    expect(why).to_contain_text("Looked at the ")
    expect(why).to_contain_text("You asked only for what was said by INSKEEP")
    person.click(person.last(".near .source").first)
    expect(person.page.locator(".panel mark")).to_be_in_viewport()
    assert person.steps <= 5
