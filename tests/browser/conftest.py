"""A real Chromium that looks at a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.api.server import Served, serve

CHROMIUM = os.environ.get("TRANSCRIPT_QA_CHROMIUM", "/usr/bin/chromium")

# No sandbox, since tests may run as root in a container; the rest keeps it off the network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Served]:
    """Return a server over the seed transcripts that tests may add to."""
    with serve(tmp_path_factory.mktemp("site"), [seeds / "transcripts"]) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, site: Served) -> Iterator[Page]:
    """Return a page with JavaScript, as most people have it."""
    context = browser.new_context(base_url=site.url)
    yield context.new_page()
    context.close()


@pytest.fixture
def plain_page(browser: Browser, site: Served) -> Iterator[Page]:
    """Return a page without JavaScript."""
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    yield context.new_page()
    context.close()
