"""The start of the embedded server: options in, a report out, and an end on every path.

The child's stdin stays open until somebody holds a lease (see ``qa.llm.server``). The kernel closes
it when the starter ends, however that happens, and with it the child ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

from index.errors import ModelUnavailable
from qa.llm.server import START_TIMEOUT_S, ServerOptions, ServerReport


class Child:
    """A server process from its start until it is leased or killed.

    Args:
        log: where what it says of itself goes.
    """

    def __init__(self, log: Path) -> None:
        root = str(Path(__file__).resolve().parents[2])
        known = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([root, known] if known else [root])
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "qa.llm.server"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env=dict(os.environ, PYTHONPATH=path),
                start_new_session=True,  # an interrupt at the terminal is for its user
            )
        # collects the exit status whenever it comes: no zombie, and no wait for who closes
        threading.Thread(target=self._process.wait, name="llm-reap", daemon=True).start()

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self._process.pid

    def report(self, options: ServerOptions) -> ServerReport:
        """Hand the options over and wait for the report.

        Raises:
            ModelUnavailable: if it doesn't come in time, or is none.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(asdict(options)).encode() + b"\n")
            self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], START_TIMEOUT_S)
        if not ready:
            raise ModelUnavailable(
                f"the embedded model didn't load within {START_TIMEOUT_S:.0f} s: it is too big, or "
                "the machine too busy"
            )
        line = self._process.stdout.readline()
        try:
            return ServerReport(**json.loads(line))
        except (ValueError, TypeError) as error:
            code = self._process.wait(START_TIMEOUT_S)
            raise ModelUnavailable(
                f"the embedded server ended at its start with code {code}; see its log in the data "
                "directory's folder `run`"
            ) from error

    def leased(self) -> None:
        """Let go of it: from now on it lives as long as its leases."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def kill(self) -> None:
        """End it; may be called from another thread, and twice."""
        self._process.kill()
