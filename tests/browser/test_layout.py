"""Pages fit the screens that people have, without JavaScript too."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser

from tests.api.server import Served

pytestmark = pytest.mark.e2e

ASKED = "/?" + urlencode({"question": "What did Lavrov say about NATO expansion?", "speaker": "x"})
PATHS = (
    "/",
    ASKED,
    "/?" + urlencode({"question": "Where will the next round of talks be held?"}),
    "/?" + urlencode({"question": "x" * 300}),
    "/?question=%3F",
    "/documents",
    "/nope",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(
    browser: Browser, site: Served, width: int, scheme: str
) -> None:
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=False,
    )
    page = context.new_page()
    for path in PATHS:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        if page.locator("a.chip").count():
            page.locator("a.chip").first.click()
            page.wait_for_url("**/documents/**")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours given as ``rgb(r, g, b)``, as WCAG 2 defines it."""

    def luminance(colour: str) -> float:
        parts = [float(part) / 255 for part in colour[4:-1].split(",")]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# The pairs of text and ground that the style sheet uses.
PAIRS = (
    ("--ink", "--paper"),
    ("--ink", "--sheet"),
    ("--soft", "--paper"),
    ("--soft", "--sheet"),
    ("--accent", "--paper"),
    ("--accent", "--sheet"),
    ("--accent", "--accent-wash"),
    ("--accent-ink", "--accent"),
    ("--ink", "--accent-wash"),
    ("--soft", "--accent-wash"),
    ("--mark-ink", "--mark"),
    ("--good", "--good-wash"),
    ("--bad", "--bad-wash"),
    ("--ink", "--bad-wash"),
    *((f"--s{number}", "--paper") for number in range(6)),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(browser: Browser, site: Served, scheme: str) -> None:
    context = browser.new_context(
        base_url=site.url, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    page.goto("/")
    for text, ground in PAIRS:
        colours = page.evaluate(
            """names => names.map(name => {
                document.body.style.setProperty("color", `var(${name})`);
                return getComputedStyle(document.body).color;
            })""",
            [text, ground],
        )
        assert contrast(*colours) >= 4.5, (text, ground, colours)
    context.close()
