"""The embedded server's process ends with whoever started it, at whatever moment and however."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.qa.llm.test_server import eventually

pytestmark = pytest.mark.e2e

STARTER = """
import signal, sys, threading, time
from pathlib import Path
from qa.llm.gguf import locate
from qa.llm.supervisor import Supervisor

folder, how, after = sys.argv[1], sys.argv[2], float(sys.argv[3])
supervisor = Supervisor(Path(folder), locate(), threads=1)
if how == "leaves":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
threading.Thread(target=supervisor.endpoint, daemon=True).start()
print("starting", flush=True)
if how == "raises":
    time.sleep(after)
    raise RuntimeError("on purpose")
if how == "closes":
    time.sleep(after)
    supervisor.close()
else:
    time.sleep(600)
"""
SIGNALS = {"leaves": signal.SIGTERM, "SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
SIGNALS |= {"SIGKILL": signal.SIGKILL}
EARLY = (0.05, 0.4, 0.8, 1.5, 2.5)
"""Seconds after the start: before the child reads its options, while it loads, before its lease."""


@pytest.fixture
def mark() -> Iterator[str]:
    """Yield what the environment of every process of a test has; none of them outlives it."""
    marked = uuid.uuid4().hex
    yield marked
    for process in left(marked):
        process.kill()


def left(mark: str) -> list[psutil.Process]:
    """Return the processes with a mark that live, wherever they hang in the tree."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("STARTED_BY") == mark:
                found.append(process)
        except psutil.Error:
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("how", [*SIGNALS, "raises", "closes"])
def test_no_process_stays_when_its_starter_stops_early(how: str, tmp_path: Path, mark: str) -> None:
    for number, after in enumerate(EARLY):
        starter = subprocess.Popen(
            [sys.executable, "-c", STARTER, str(tmp_path / str(number)), how, str(after)],
            env=os.environ | {"STARTED_BY": mark},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert starter.stdout is not None
        with starter.stdout:
            starter.stdout.readline()
            if how in SIGNALS:
                time.sleep(after)
                starter.send_signal(SIGNALS[how])
            starter.wait(timeout=30)
        assert eventually(lambda: not left(mark)), (how, after)
