"""Every state of the pages: accessible by axe-core, nothing jumps, nothing is wide or heavy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from index.errors import StorageError
from qa.answer.engine import Event, RetrievalEvent
from qa.records import Answer, Ask
from tests.browser.stage import Stage, StagedService, answer

pytestmark = pytest.mark.e2e

DOCUMENT = "000_fac1b7b31968a60e"
BERLIN = "The next round will be in Berlin."
WEEKS = "They promised to meet in two weeks."
Q = "Where and when do they meet?"
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# What the conformance levels A and AA of WCAG 2.2 ask for, and what is good practice beside.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def whole(service: StagedService, ask: Ask) -> Answer:
    """Return an answer with all that one can have."""
    berlin, weeks = service.cite(DOCUMENT, BERLIN), service.cite(DOCUMENT, WEEKS, 2)
    return answer(
        ask,
        ("They meet in Berlin, and they do so in two weeks from now.", (berlin, weeks)),
        (WEEKS, (weeks,)),
        (BERLIN, (berlin,)),
        short="Berlin",
        confidence=0.7,
        degraded=("vectors_pending",),
        rewritten="Where and when do Russia and Ukraine meet?",
    )


def fails(_: StagedService, __: Ask) -> Iterator[Event]:
    yield RetrievalEvent(())
    raise StorageError("disk")


def ask(page: Page, question: str) -> None:
    page.goto("/")
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")


def first_page(page: Page, _: Stage) -> None:
    page.goto("/")


def filters(page: Page, _: Stage) -> None:
    page.goto("/?speaker=MAYNES&since=2022-01-01")
    page.get_by_text("Filters", exact=True).click()


def streaming(page: Page, stage: Stage) -> None:
    stage.says(Q, whole, held=True)
    ask(page, Q)
    stage.step()
    expect(page.locator(".statement")).to_have_count(1)


def answered(page: Page, stage: Stage) -> None:
    stage.says(Q, whole)
    ask(page, Q)
    expect(page.locator(".actions")).to_be_visible()


def source(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.locator(".chip").first.click()
    expect(page.locator(".panel mark")).to_be_visible()


def commented(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.get_by_role("textbox", name="Comment")).to_be_visible()


def followed(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.locator("#question").fill("And what is the capital of Australia?")
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_be_visible()


def abstained(page: Page, _: Stage) -> None:
    ask(page, "What is the capital of Australia?")
    expect(page.locator(".why")).to_be_visible()


def empty(page: Page, stage: Stage) -> None:
    library = stage.service.library
    library.deleted.add(DOCUMENT)
    ask(page, Q)
    expect(page.locator(".why")).to_be_visible()
    library.deleted.discard(DOCUMENT)


def unmatched(page: Page, _: Stage) -> None:
    page.goto("/?speaker=NOBODY")
    page.locator("#question").fill(Q)
    page.keyboard.press("Enter")
    expect(page.locator(".why")).to_be_visible()


def failed(page: Page, stage: Stage) -> None:
    stage.plays(Q, fails)
    ask(page, Q)
    expect(page.get_by_role("alert")).to_be_visible()


def history(page: Page, stage: Stage) -> None:
    answered(page, stage)
    page.get_by_role("button", name="History").click()


def documents(page: Page, _: Stage) -> None:
    page.goto("/documents")


def refused(page: Page, _: Stage) -> None:
    page.goto("/documents")
    page.locator("#files").set_input_files(
        FilePayload(name="empty.txt", mimeType="text/plain", buffer=b" ")
    )
    expect(page.locator(".outcomes .bad")).to_be_visible()


def transcript(page: Page, _: Stage) -> None:
    page.goto(f"/documents/{DOCUMENT}?start=100&end=140#cite")


def rendered(page: Page, stage: Stage) -> None:
    stage.says(Q, whole)
    page.goto("/?" + urlencode({"question": Q}))
    expect(page.locator(".actions")).to_be_visible()


def missing(page: Page, _: Stage) -> None:
    page.goto("/nope")


State = Callable[[Page, Stage], None]
STATES: tuple[State, ...] = (
    first_page,
    filters,
    streaming,
    answered,
    source,
    commented,
    followed,
    abstained,
    empty,
    unmatched,
    failed,
    history,
    documents,
    refused,
    transcript,
    rendered,
    missing,
)

# The screens that people have: a small telephone in the dark, and a desk by day.
Screen = tuple[int, int, str]
SCREENS: tuple[Screen, ...] = ((360, 740, "dark"), (1280, 800, "light"))


@pytest.fixture(params=SCREENS, ids=lambda screen: f"{screen[0]}-{screen[2]}")
def screen(
    request: pytest.FixtureRequest, browser: Browser, stage: Stage
) -> Iterator[BrowserContext]:
    width, height, scheme = request.param
    context = browser.new_context(
        base_url=stage.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    yield context
    context.close()


def violations(page: Page) -> list[str]:
    # What a bar that stays covers by half is whole again once somebody scrolls.
    page.evaluate(
        """() => document.querySelectorAll(".top, .ask").forEach((bar) => {
            bar.style.position = "static";
        })"""
    )
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES
    )
    return [
        f"{violation['id']}: {node['html'][:120]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_every_state_is_accessible_and_fits_the_screen(
    screen: BrowserContext, stage: Stage, state: State
) -> None:
    page = screen.new_page()
    state(page, stage)
    assert violations(page) == []
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


# What a page moved while nobody touched it; web vitals call 0.1 good, we want nothing to be seen.
MAX_SHIFT = 0.02
SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (!entry.hadRecentInput) window.shifts.push(entry.value);
        }
    }).observe({ type: "layout-shift", buffered: true });
"""
# A shift within this time of a key or a click counts as asked for.
INPUT_MS = 600


def shift(page: Page) -> float:
    page.wait_for_timeout(100)
    return float(page.evaluate("window.shifts.reduce((sum, value) => sum + value, 0)"))


def test_nothing_jumps_while_an_answer_streams_in(screen: BrowserContext, stage: Stage) -> None:
    page = screen.new_page()
    page.add_init_script(SHIFTS)
    stage.says(Q, whole, held=True)
    ask(page, Q)
    for count in (1, 2, 3):
        page.wait_for_timeout(INPUT_MS)
        stage.step()
        expect(page.locator(".statement")).to_have_count(count)
    page.wait_for_timeout(INPUT_MS)
    stage.step()
    expect(page.locator(".actions")).to_be_visible()
    moved = shift(page)
    print(f"layout shift {moved:.4f}")
    assert moved <= MAX_SHIFT


@pytest.mark.parametrize("state", [first_page, filters, rendered, documents, transcript])
def test_nothing_jumps_while_a_page_loads(
    screen: BrowserContext, stage: Stage, state: State
) -> None:
    page = screen.new_page()
    page.add_init_script(SHIFTS)
    state(page, stage)
    page.wait_for_timeout(INPUT_MS)
    moved = shift(page)
    print(f"layout shift {moved:.4f}")
    assert moved <= MAX_SHIFT


# Everything that the first page loads, uncompressed.
MAX_BYTES = 150_000


@pytest.mark.parametrize("state", [first_page, documents, transcript])
def test_pages_are_light(scene: Page, stage: Stage, state: State) -> None:
    sizes: dict[str, int] = {}
    scene.on("response", lambda reply: sizes.__setitem__(reply.url, len(reply.body())))
    state(scene, stage)
    scene.wait_for_load_state("networkidle")
    print(f"{sum(sizes.values())} bytes in {len(sizes)} files")
    assert sum(sizes.values()) <= MAX_BYTES


def test_whoever_wants_no_motion_gets_none(browser: Browser, stage: Stage) -> None:
    context = browser.new_context(base_url=stage.url, reduced_motion="reduce")
    page = context.new_page()
    streaming(page, stage)
    running = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert page.evaluate(running) == 0
    context.close()


def test_colours_follow_the_system(browser: Browser, stage: Stage) -> None:
    grounds = []
    for dark in (False, True):
        context = browser.new_context(base_url=stage.url, color_scheme="dark" if dark else "light")
        page = context.new_page()
        page.goto("/")
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        context.close()
    assert grounds == ["rgb(247, 247, 245)", "rgb(20, 23, 27)"]


def test_the_checks_see_what_is_wrong(scene: Page) -> None:
    scene.add_init_script(SHIFTS)
    scene.goto("/")
    assert violations(scene) == []
    scene.evaluate(
        """() => {
            const image = document.createElement("img");
            image.width = image.height = 200;
            document.querySelector("main").prepend(image);
        }"""
    )
    assert any(found.startswith("image-alt") for found in violations(scene))
    assert shift(scene) > MAX_SHIFT
