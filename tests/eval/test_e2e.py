"""The real service, in this process and over real HTTP, and the report in a real browser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Page, sync_playwright

from api.app import create_app
from eval.dataset import load
from eval.journal import RECORDS, read
from eval.manifest import REPOSITORY
from eval.records import Observation
from eval.report import write_report
from eval.runner import run
from eval.summary import read_summary
from eval.targets import open_in_process
from eval.targets.http import HttpTarget
from qa.service import Service
from qa.settings import Settings
from tests.chromium import chromium

pytestmark = pytest.mark.e2e

CHROMIUM_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync")


@contextmanager
def serving(data_dir: Path) -> Iterator[str]:
    """Serve the real application on a free port; it answers without the language model."""
    settings = Settings.model_validate({"data_dir": data_dir, "llm": "none"})
    service = Service.open(settings)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(create_app(service, settings), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        service.close()


def timeless(directory: Path) -> dict[str, Observation]:
    """Return a run's observations without what differs between two runs by nature."""
    found: dict[str, Observation] = {}
    for observation in read(directory / RECORDS):
        answer = observation.answer and replace(observation.answer, timings_ms=None)
        found[observation.question_id] = replace(observation, answer=answer, latency_ms={})
    return found


def test_in_process_and_over_http_agree_and_the_report_opens(
    tmp_path: Path, seeds: Path, cache_dir: Path
) -> None:
    data = load(seeds)
    settings = Settings.model_validate({"llm": "none", "cache_dir": cache_dir})
    inside = open_in_process(tmp_path / "data", settings=settings)
    try:
        run(data, inside, tmp_path / "inside")
    finally:
        inside.close()
    # The same data directory: how documents were ingested is not what is compared here.
    with serving(tmp_path / "data") as address:
        over = HttpTarget(address)
        try:
            run(data, over, tmp_path / "over", workers=4)
        finally:
            over.close()
    assert timeless(tmp_path / "inside") == timeless(tmp_path / "over")
    summary = read_summary(tmp_path / "inside")
    assert summary.metric("validity").value == 1.0
    assert summary.errors == {}
    report = write_report(tmp_path / "inside")
    # In a thread of its own: other tests may have a browser's event loop running in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(
            check_in_browser, report, len(data.questions), summary.verdicts["right"]
        ).result()


def test_a_run_that_is_killed_resumes_to_the_same_scores(
    tmp_path: Path, seeds: Path, cache_dir: Path
) -> None:
    environment = {
        **os.environ,
        "TRANSCRIPT_QA_LLM": "none",
        "TRANSCRIPT_QA_CACHE_DIR": str(cache_dir),
    }

    def start(out: str) -> subprocess.Popen[bytes]:
        code = "from eval.cli import eval_app; eval_app()"
        options = ["run", "--data", str(seeds), "--out", str(tmp_path / out)]
        return subprocess.Popen(
            [sys.executable, "-c", code, *options, "--data-dir", str(tmp_path / "data")],
            cwd=REPOSITORY,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    assert start("whole").wait() == 0
    records = tmp_path / "killed" / RECORDS
    process = start("killed")
    while process.poll() is None and not (
        records.exists() and records.read_bytes().count(b"\n") > 3
    ):
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert len(read(records)) > 3
    assert start("killed").wait() == 0
    assert timeless(tmp_path / "killed") == timeless(tmp_path / "whole")
    killed, whole = (read_summary(tmp_path / name) for name in ("killed", "whole"))
    assert killed.verdicts == whole.verdicts
    shares = [each for each in whole.metrics if not each.metric.endswith(("p50", "p95"))]
    assert shares == [killed.metric(each.metric) for each in shares]


def check_in_browser(report: Path, questions: int, right: int) -> None:
    """Open a report as a reader would: nothing is fetched, nothing fails, the filter filters."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(CHROMIUM_FLAGS))
        try:
            page = browser.new_page(viewport={"width": 390, "height": 800})
            said: list[str] = []
            asked: list[str] = []
            page.on("console", lambda message: said.append(message.text))
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(report.as_uri())
            check_page(page, questions, right)
            assert said == []
            assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
        finally:
            browser.close()


def check_page(page: Page, questions: int, right: int) -> None:
    """Filter, open a question, and see that a phone's width is enough."""
    assert page.inner_text("#shown") == f"{questions} of {questions} questions shown"
    page.select_option("select[name=verdict]", "right")
    assert page.inner_text("#shown") == f"{right} of {questions} questions shown"
    page.fill("input[name=words]", "Berlin")
    assert "0 of" not in page.inner_text("#shown")
    page.locator("tbody.q:visible > tr > td > details > summary").first.click()
    assert page.locator("mark.gold.cited:visible").count() >= 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
