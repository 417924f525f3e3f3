"""Nothing that comes from a source or a question runs, and the policy never stands in the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import quote, urlencode

import httpx
import pytest
from playwright.sync_api import Dialog, FilePayload, Page, Route, expect

from qa.records import Answer, Ask
from tests.api.server import Served
from tests.browser.stage import Stage, StagedService, answer

pytestmark = pytest.mark.e2e

INJECTIONS = (
    "<script>window.ran = 1</script>",
    "<img src=x onerror='window.ran = 1'>",
    '"><svg onload="window.ran = 1">',
    "' autofocus onfocus='window.ran = 1",
    "</title><script>window.ran = 1</script>",
    "<iframe srcdoc='<script>parent.ran = 1</script>'></iframe>",
    "<a href='javascript:window.ran = 1'>click</a>",
    "{{ 7 * 7 }}{% raw %}<b>",
    "</mark></p></li></ol><script>window.ran = 1</script>",
    "&lt;script&gt;window.ran = 1&lt;/script&gt;",
)


@pytest.fixture(scope="module")
def hostile(site: Served) -> Iterator[list[str]]:
    """Upload transcripts whose title, label and text try to run something; give their ids."""
    ids = []
    for number, injection in enumerate(INJECTIONS):
        text = (
            f"{injection} title\n20220101\nhttps://x.example/?{quote(injection)}\n"
            f"MALLORY: The password number {number} is {injection} indeed.\n"
            f"{injection}: A label that isn't one.\n"
        )
        files = [("files", (f"evil-{number}.txt", text.encode()))]
        reply = httpx.post(f"{site.url}/v1/documents", files=files, timeout=60)
        assert reply.status_code == 201, reply.text
        ids.append(reply.json()["documents"][0]["document_id"])
    yield ids
    for document_id in ids:
        httpx.delete(f"{site.url}/v1/documents/{document_id}", timeout=60)


class Watch:
    """Everything that a page complained of or ran."""

    def __init__(self, page: Page) -> None:
        self.seen: list[str] = []
        page.on("console", lambda message: self.seen.append(message.text))
        page.on("pageerror", lambda error: self.seen.append(str(error)))
        page.on("dialog", self._dismiss)

    def _dismiss(self, dialog: Dialog) -> None:
        self.seen.append(dialog.message)
        dialog.dismiss()

    def expect_nothing(self, page: Page) -> None:
        assert page.evaluate("window.ran") is None
        made = "body script, body iframe, body img, body svg:not(.thumb svg), body b"
        assert page.locator(made).count() == 0
        assert self.seen == []


def test_hostile_transcripts_stay_text(page: Page, hostile: list[str]) -> None:
    watch = Watch(page)
    page.goto("/documents")
    watch.expect_nothing(page)
    for injection in INJECTIONS:
        expect(page.get_by_role("link", name=f"{injection} title", exact=True)).to_be_visible()
    for document_id, injection in zip(hostile, INJECTIONS, strict=True):
        page.goto(f"/documents/{document_id}")
        assert page.locator("h1").text_content() == f"{injection} title"
        assert injection in (page.locator(".turn p").first.text_content() or "")
        watch.expect_nothing(page)


def test_hostile_answers_stay_text(page: Page, hostile: list[str]) -> None:
    watch = Watch(page)
    for number, document_id in enumerate(hostile):
        question = f"What is the password number {number}?"
        page.goto("/?" + urlencode({"question": question, "document": document_id}))
        expect(page.locator(".source").first).to_be_visible()
        watch.expect_nothing(page)


@pytest.mark.parametrize("injection", INJECTIONS)
def test_hostile_questions_and_filters_stay_text(page: Page, injection: str) -> None:
    watch = Watch(page)
    page.goto("/?" + urlencode({"question": f"{injection} who", "speaker": injection}))

    expect(page.locator(".question")).to_have_text(f"{injection} who")
    expect(page.locator(".filter-chip span")).to_have_text(injection)
    watch.expect_nothing(page)
    page.get_by_role("button", name="History").click()
    watch.expect_nothing(page)


@pytest.mark.parametrize("injection", INJECTIONS)
def test_hostile_replies_of_a_model_stay_text(scene: Page, stage: Stage, injection: str) -> None:
    def hostile_reply(service: StagedService, ask: Ask) -> Answer:
        cited = replace(
            service.cite("000_fac1b7b31968a60e", "The next round will be in Berlin."),
            title=injection,
            speaker=injection,
            date=injection,
            link=f"javascript:{injection}",
            url="javascript:window.ran = 1",
        )
        return answer(
            ask,
            (f"{injection} said.", (cited,)),
            (cited.quote, (cited,)),
            short=injection,
            rewritten=injection,
        )

    watch = Watch(scene)
    stage.says(injection, hostile_reply)
    scene.goto("/")
    scene.locator("#question").fill(injection)
    scene.keyboard.press("Enter")
    expect(scene.locator(".short")).to_have_text(injection)
    expect(scene.locator(".generated")).to_contain_text(f"{injection} said.")
    expect(scene.locator(".panel-title")).to_contain_text(injection)
    assert scene.locator("a[href^='javascript']").count() == 0
    scene.get_by_role("button", name="Copy Markdown").click()
    scene.wait_for_timeout(50)
    copied = scene.evaluate("navigator.clipboard.readText()")
    assert "<" not in copied.replace("\\<", "").replace("](<https", "")
    scene.reload()
    expect(scene.locator(".short")).to_have_text(injection)
    watch.expect_nothing(scene)


def failing_with(problem: dict[str, object]) -> Callable[[Route], None]:
    """Return what answers a question with a stream that says something went wrong."""
    body = f"event: error\ndata: {json.dumps(problem)}\n\n"
    return lambda route: route.fulfill(content_type="text/event-stream", body=body)


def test_hostile_problems_and_names_of_files_stay_text(scene: Page, stage: Stage) -> None:
    watch = Watch(scene)
    for injection in INJECTIONS:
        problem: dict[str, object] = {
            "status": 503,
            "code": injection,
            "title": injection,
            "detail": injection,
        }
        scene.goto("/")
        scene.route("**/v1/ask", failing_with(problem))
        scene.locator("#question").fill("who")
        scene.keyboard.press("Enter")
        expect(scene.get_by_role("alert").locator("p")).to_have_text(injection)
        scene.unroute("**/v1/ask")
        watch.expect_nothing(scene)
    scene.goto("/documents")
    files = [
        FilePayload(name=injection.replace("/", "-"), mimeType="text/plain", buffer=b" ")
        for injection in INJECTIONS
    ]
    scene.locator("#files").set_input_files(files)
    expect(scene.locator("#outcomes .bad")).to_have_count(len(INJECTIONS))
    assert INJECTIONS[1] in (scene.locator("#outcomes").text_content() or "")
    assert [text for text in watch.seen if "422" not in text] == []


def test_the_policy_blocks_nothing_of_our_own(page: Page) -> None:
    watch = Watch(page)
    for path in ("/", "/documents", "/?question=Where+will+the+next+round+of+talks+be+held%3F"):
        page.goto(path)
        watch.expect_nothing(page)
        colour = page.evaluate("getComputedStyle(document.querySelector('button')).cursor")
        assert colour == "pointer"


def test_the_interface_is_drawn_from_our_own_files_under_the_policy(page: Page) -> None:
    watch = Watch(page)
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url))
    page.goto("/docs")

    expect(page.get_by_text("/v1/ask")).to_be_visible()
    page.get_by_text("Ask a question").click()
    expect(page.get_by_text("Where will the next round of talks be held?").first).to_be_visible()
    assert all(url.startswith((page.url.rpartition("/docs")[0], "data:")) for url in foreign)
    assert watch.seen == []
