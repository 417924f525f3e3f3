"""Filters and uploads with JavaScript."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.api.fakes import TALKS, read
from tests.browser.stage import Stage

pytestmark = pytest.mark.e2e

DOCUMENT = "000_fac1b7b31968a60e"
FERRY = (
    "Ferry talk\n20230405\nhttps://harbour.example/\n"
    "ANNA: The ferry leaves at noon from gate seven.\n"
)


@pytest.fixture(autouse=True)
def _tidy(stage: Stage) -> Iterator[None]:
    """Forget what a test has uploaded."""
    library = stage.service.library
    before = set(library.transcripts)
    yield
    for document_id in set(library.transcripts) - before:
        del library.transcripts[document_id]
        library.deleted.discard(document_id)


def text_file(name: str, content: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/plain", buffer=content.encode())


def drop(page: Page, *files: tuple[str, str]) -> None:
    """Drop files on the page, as a person drags them from a folder."""
    page.evaluate(
        """files => {
            const carried = new DataTransfer();
            for (const [name, content] of files) {
                const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
                carried.items.add(new File([bytes], name));
            }
            for (const type of ["dragenter", "dragover", "drop"]) {
                const how = { dataTransfer: carried, bubbles: true, cancelable: true };
                document.querySelector("main").dispatchEvent(new DragEvent(type, how));
            }
        }""",
        [[name, base64.b64encode(content.encode()).decode()] for name, content in files],
    )


def test_several_speakers_and_transcripts_are_chosen_and_taken_off(
    scene: Page, stage: Stage
) -> None:
    stage.service.library.add("other.txt", stage.service.library.transcripts[DOCUMENT][0])
    scene.goto("/")
    scene.get_by_text("Filters", exact=True).click()
    scene.get_by_label("Speaker").select_option("MAYNES")
    scene.get_by_label("Speaker").select_option("INSKEEP")
    scene.get_by_role("combobox", name="Transcript").select_option(DOCUMENT)
    scene.get_by_role("textbox", name="From").fill("2022-01-01")
    scene.get_by_role("textbox", name="Until").fill("2022-12-31")

    chips = scene.locator(".filter-chip span")
    expect(chips).to_have_text(
        ["MAYNES", "INSKEEP", "Talks on Ukraine go on", "from 2022-01-01", "until 2022-12-31"]
    )
    scene.get_by_role("button", name="Remove the filter INSKEEP").click()
    expect(scene.locator("#announcer")).to_have_text("Filter removed: INSKEEP")
    scene.get_by_role("textbox", name="Until").fill("")
    scene.locator("#question").fill("Where will the next round of talks be held?")
    scene.keyboard.press("Enter")

    expect(scene.locator(".only")).to_have_text(
        "Only said by MAYNES, in “Talks on Ukraine go on”, from 1 January 2022"
    )
    expect(scene.locator(".source .speaker")).to_have_text(["MAYNES"])
    filters = stage.service.asked[-1].filters
    assert (filters.speakers, filters.document_ids) == (("MAYNES",), (DOCUMENT,))
    assert (filters.since, filters.until) == ("2022-01-01", None)


def test_without_the_filters_that_bar_it_the_answer_is_found(scene: Page) -> None:
    scene.goto("/?speaker=INSKEEP")
    scene.locator("#question").fill("Where will the next round of talks be held?")
    scene.keyboard.press("Enter")
    expect(scene.locator(".why")).to_contain_text("You asked only for what was said by INSKEEP")
    scene.get_by_role("link", name="ask without filters").click()
    expect(scene.locator(".statement q")).to_have_text("The next round will be in Berlin.")
    expect(scene.locator(".filter-chip")).to_have_count(0)


def test_impossible_dates_are_refused_in_words(scene: Page) -> None:
    scene.goto("/?since=2022-02-02&until=2022-02-01")
    scene.locator("#question").fill("Where is it?")
    scene.keyboard.press("Enter")
    expect(scene.get_by_role("alert")).to_contain_text("swap")


def test_files_are_dropped_and_each_gets_its_verdict(scene: Page, stage: Stage) -> None:
    scene.goto("/documents")
    drop(scene, ("ferry.txt", FERRY), ("empty.txt", " "), ("binary.txt", "a\0b"))

    outcomes = scene.locator("#outcomes li")
    expect(outcomes).to_have_count(3)
    expect(outcomes.nth(0)).to_contain_text("Added ferry.txt")
    expect(outcomes.nth(1)).to_contain_text("Not taken empty.txt: The file is empty.")
    expect(outcomes.nth(2)).to_contain_text("line 3: This isn't text.")
    expect(scene.locator("#library .card").first).to_contain_text("Ferry talk")
    expect(scene.locator("#library .card").first).to_contain_text("5 April 2023")
    outcomes.nth(0).get_by_role("link", name="Ask about it").click()
    expect(scene.locator(".filter-chip span")).to_have_text("Ferry talk")


def test_chosen_files_go_up_at_once_with_progress(scene: Page) -> None:
    held: list[Route] = []
    scene.goto("/documents")
    scene.route("**/v1/documents", lambda route: held.append(route))
    scene.locator("#files").set_input_files([text_file("one.txt", FERRY)])

    expect(scene.get_by_role("progressbar", name="Upload of one.txt")).to_be_visible()
    held[0].continue_()
    expect(scene.locator("#outcomes li")).to_contain_text("Added one.txt")
    expect(scene.get_by_role("progressbar")).to_have_count(0)
    expect(scene.locator("#announcer")).to_have_text("All files are done.")


def test_choosing_files_is_all_there_is_to_do(scene: Page) -> None:
    scene.goto("/documents")
    scene.locator("#files").set_input_files([text_file("one.txt", FERRY)])
    expect(scene.locator("#outcomes li")).to_contain_text("Added one.txt")

    # No button is left that would want the files once more.
    expect(scene.get_by_role("button", name="Upload")).to_have_count(0)
    scene.locator("#files").set_input_files([text_file("two.txt", FERRY)])
    expect(scene.locator("#outcomes li")).to_have_count(2)


def test_metadata_goes_up_with_its_transcript(scene: Page) -> None:
    scene.goto("/documents")
    drop(scene, ("a.txt", FERRY), ("b.txt", FERRY), ("a.meta.json", json.dumps({"title": "A"})))

    expect(scene.locator("#outcomes li")).to_have_count(2)
    expect(scene.locator("#outcomes li").first).to_contain_text("a.txt and a.meta.json")
    expect(scene.locator("#announcer")).to_have_text("All files are done.")


def test_a_file_that_is_too_large_is_never_sent(scene: Page, stage: Stage) -> None:
    scene.goto("/documents")
    scene.evaluate(
        """() => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(21 * 2 ** 20)], "huge.txt"));
            const how = { dataTransfer: carried, cancelable: true };
            window.dispatchEvent(new DragEvent("drop", how));
        }"""
    )
    expect(scene.locator("#outcomes li")).to_contain_text("huge.txt: larger than 20 MB")
    assert "huge" not in stage.service.library.transcripts


def test_an_upload_that_cannot_be_sent_is_tried_again(scene: Page) -> None:
    scene.goto("/documents")
    scene.route("**/v1/documents", lambda route: route.abort())
    drop(scene, ("ferry.txt", FERRY))
    expect(scene.locator("#outcomes .bad")).to_contain_text("can’t be reached")
    scene.unroute("**/v1/documents")
    scene.get_by_role("button", name="Try again").click()
    expect(scene.locator("#outcomes .fine")).to_contain_text("Added ferry.txt")


def test_the_page_asks_before_it_replaces_a_transcript(scene: Page, stage: Stage) -> None:
    library = stage.service.library
    library.add("ferry.txt", read(FERRY))
    scene.goto("/documents")
    drop(scene, ("ferry.txt", FERRY.replace("seven", "nine")))
    expect(scene.locator("#outcomes .bad")).to_contain_text("ferry.txt")
    assert "seven" in library.text("ferry")
    scene.get_by_role("button", name="Replace it").click()
    expect(scene.locator("#outcomes .fine")).to_contain_text("Replaced ferry.txt")
    assert "nine" in library.text("ferry")


def test_the_list_is_searched(scene: Page, stage: Stage) -> None:
    for number in range(6):
        text = TALKS.replace("Talks on Ukraine", f"Meeting {number}")
        stage.service.library.add(f"m{number}.txt", read(text))
    scene.goto("/documents")
    scene.get_by_label("Find a transcript").fill("meeting 4")
    expect(scene.locator("#library .card:visible")).to_have_count(1)
    expect(scene.locator("#announcer")).to_have_text("1 transcript")
