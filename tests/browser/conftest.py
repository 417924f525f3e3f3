"""A real Chromium that looks at a real server, or at one whose answers a test has written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.api.fakes import SEED_NAME, TALKS, read
from tests.api.server import Served, serve
from tests.browser.stage import Stage, StagedService, staged
from tests.chromium import chromium

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


# Longest that a step on the scripted server may take; it answers at once.
PATIENCE_MS = 8000


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Served]:
    """Return a server over the seed transcripts that tests may add to."""
    with serve(tmp_path_factory.mktemp("site"), [seeds / "transcripts"]) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def stage_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    service = StagedService()
    service.library.add(SEED_NAME, read(TALKS))
    with staged(service, tmp_path_factory.mktemp("stage")) as stage:
        yield stage


@pytest.fixture
def stage(stage_server: Stage) -> Iterator[Stage]:
    """Return the scripted server, with no script yet."""
    stage_server.reset()
    yield stage_server
    stage_server.reset()


@pytest.fixture
def open_stage(browser: Browser, stage: Stage) -> Iterator[BrowserContext]:
    """Return a browser window's context on the scripted server."""
    context = browser.new_context(
        base_url=stage.url, permissions=["clipboard-read", "clipboard-write"]
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def scene(open_stage: BrowserContext) -> Page:
    """Return a page on the scripted server."""
    return open_stage.new_page()


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
