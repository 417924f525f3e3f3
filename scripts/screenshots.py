"""Regenerate ``docs/screenshots``: the pages as people see them, over the seed transcripts.

Needs Chromium (``TRANSCRIPT_QA_CHROMIUM``, ``/usr/bin/chromium`` if not set). Pictures are reduced
to a palette, so that the repository stays small.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, Route, sync_playwright

from scripts.bench import ingest_seeds, serving
from tests.chromium import chromium

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "screenshots"
# Text on flat colours needs no more.
COLOURS = 256
WIDE = (1280, 800)
PHONE = (360, 740)

QUESTION = "Where will the next round of talks be held?"
FOLLOWED = ("How many hangers are corroded?", "Who said that?")
UNANSWERABLE = "Who won the World Cup?"
FERRY = (
    "Harbour news\n20230405\nhttps://harbour.example/\n"
    "ANNA: The ferry leaves at noon, from gate seven.\n"
)
OUTAGE = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "code": "storage",
    "detail": "The data directory can't be read or written right now; "
    "`transcript-qa doctor` tells why.",
}


@dataclass(frozen=True)
class Shot:
    """A picture: its name, how to get to what it shows, and the screen it is seen on."""

    name: str
    steps: Callable[[Page], None]
    size: tuple[int, int] = WIDE
    dark: bool = False


def ask(page: Page, question: str) -> None:
    """Ask, and wait for the answer."""
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")
    page.locator(".exchange").last.locator(".actions").wait_for(timeout=120_000)


def first(page: Page) -> None:
    """Show the first page."""
    page.goto("/")


def answer(page: Page) -> None:
    """Show an answer beside its source."""
    page.goto("/")
    ask(page, QUESTION)
    page.locator(".panel mark").wait_for()


def mobile(page: Page) -> None:
    """Show an answer on a telephone."""
    page.goto("/")
    ask(page, QUESTION)


def mobile_source(page: Page) -> None:
    """Show a source on a telephone."""
    mobile(page)
    page.locator(".chip").first.click()
    page.locator(".panel mark").wait_for()


def abstention(page: Page) -> None:
    """Show why there is no answer, and the nearest passage."""
    page.goto("/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("combobox", name="Speaker").select_option("INSKEEP")
    page.get_by_text("Filters", exact=True).click()
    ask(page, UNANSWERABLE)
    page.locator(".near .source").first.click()
    page.locator(".panel mark").wait_for()


def error(page: Page) -> None:
    """Show an outage."""

    def fail(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(OUTAGE))

    page.goto("/")
    page.route("**/v1/ask", fail)
    page.locator("#question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()


def speaker(page: Page) -> None:
    """Show the filters, one speaker chosen."""
    page.goto("/")
    page.get_by_text("Filters", exact=True).click()
    page.get_by_role("combobox", name="Speaker").select_option("INSKEEP")
    ask(page, "Do the foreign ministers intend to talk again?")


def upload(page: Page) -> None:
    """Show what became of uploaded files."""
    page.goto("/documents")
    page.locator("#files").set_input_files(
        [
            FilePayload(name="harbour-news.txt", mimeType="text/plain", buffer=FERRY.encode()),
            FilePayload(name="empty.txt", mimeType="text/plain", buffer=b""),
        ]
    )
    page.locator("#outcomes .fine").wait_for(timeout=120_000)
    page.locator("#outcomes .bad").wait_for()


def conversation(page: Page) -> None:
    """Show a follow-up."""
    page.goto("/")
    for question in FOLLOWED:
        ask(page, question)


SHOTS = (
    Shot("first", first),
    Shot("answer", answer),
    Shot("abstention", abstention),
    Shot("error", error),
    Shot("dark", answer, dark=True),
    Shot("mobile", mobile, PHONE),
    Shot("mobile-source", mobile_source, PHONE),
    Shot("speaker", speaker),
    Shot("upload", upload),
    Shot("follow-up", conversation),
)


@contextmanager
def served() -> Iterator[str]:
    """Ingest the seeds into a new data directory and serve them; give the address."""
    with tempfile.TemporaryDirectory() as folder:
        ingest_seeds(Path(folder))
        with serving(Path(folder)) as (client, _):
            yield str(client.base_url).rstrip("/")


def take(browser: Browser, url: str, shot: Shot) -> None:
    """Take one picture."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": shot.size[0], "height": shot.size[1]},
        color_scheme="dark" if shot.dark else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    shot.steps(page)
    page.wait_for_timeout(400)
    page.mouse.move(0, 0)
    path = TARGET / f"{shot.name}.png"
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    # Two near colours of large areas stay two: the means of the clusters are refined.
    picture.quantize(COLOURS, Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE).save(
        path, optimize=True
    )
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KB")


def main() -> None:
    """Take every picture, or those named as arguments."""
    wanted = set(sys.argv[1:])
    TARGET.mkdir(parents=True, exist_ok=True)
    with served() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for shot in SHOTS:
            if not wanted or shot.name in wanted:
                take(browser, url, shot)
        browser.close()


if __name__ == "__main__":
    main()
