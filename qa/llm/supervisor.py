"""A GGUF file → the address of a running server: started, watched, shared, restarted.

Users of one data directory share one server through a state file and a lock beside it. Each user
holds a lease (see ``qa.llm.server``) and watches: a server that died is started again, one that
stalls is killed first. Failures in a row make the pauses between starts longer.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import secrets
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import psutil

from index.errors import ModelUnavailable
from index.records import CheckResult
from qa.llm.child import Child
from qa.llm.gguf import GgufFile
from qa.llm.lease import ServerState, end_process, read_state, take_lease, write_state
from qa.llm.server import START_TIMEOUT_S, ServerOptions

PROBE_EVERY_S = 1.0
"""Pause between looks at the server: a dead one stays unnoticed so long."""

PROBE_TIMEOUT_S = 2.0
"""``/health`` is answered by threads that don't compute, in milliseconds even under load."""

MAX_STALLS = 3
"""Time-outs in a row, with nothing answered between them, after which a server counts as hung."""

PROBES_FAILED = 2
"""Probes failed in a row that make a stall: one may be bad luck on a loaded machine."""

BACKOFF_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Pause before the n-th start after failures in a row; the last one repeats."""

CONTEXT_TOKENS = 2048
"""Context of one slot: SmolLM2-135M was trained with 2,048 tokens (8,192 in its last stage)."""

SLOTS = 2
"""Prompts come with two shared beginnings, and each keeps a slot whose cache holds it."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where an OpenAI-compatible server listens, and its key."""

    base_url: str
    key: str = field(repr=False)


class Supervisor:
    """Keeps one embedded server ready for this process.

    Args:
        runtime_dir: where state file, lock and log live; users with the same one share a server.
        gguf: the model to serve.
        threads: threads that compute.
        port: the server's port; 0 picks a free one.
    """

    def __init__(self, runtime_dir: Path, gguf: GgufFile, *, threads: int, port: int = 0) -> None:
        self._dir = runtime_dir
        self._gguf = gguf
        self._threads = threads
        self._port = port
        what = json.dumps([str(gguf.path.resolve()), threads, port, CONTEXT_TOKENS, SLOTS])
        self._stem = "llm-" + hashlib.sha256(what.encode()).hexdigest()[:12]
        self._lock = threading.RLock()
        self._state: ServerState | None = None
        self._lease: socket.socket | None = None
        self._failures = 0
        self._stalls = 0
        self._not_before = 0.0
        self._last_error = "it wasn't needed yet"
        self._watcher: threading.Thread | None = None
        self._starting: Child | None = None
        self._closed = threading.Event()

    @property
    def pid(self) -> int | None:
        """Process id of the server in use, or null."""
        state = self._state
        return state.pid if state else None

    def endpoint(self) -> Endpoint:
        """Return the running server's address; start or join one where there is none.

        Raises:
            ModelUnavailable: if it can't be started, or failed and waits for its next start.
        """
        if not self._lock.acquire(timeout=START_TIMEOUT_S):
            raise ModelUnavailable("the embedded model is still starting: ask again in a moment")
        try:
            if self._closed.is_set():
                raise ModelUnavailable("the embedded model was closed with its service")
            if self._state is None or not _running(self._state):
                self._drop()
                self._obtain()
                self._watch()
            assert self._state is not None
            return Endpoint(self._state.base_url, self._state.key)
        finally:
            self._lock.release()

    def succeeded(self) -> None:
        """Note that the server answered: pauses between starts are short again."""
        self._failures = 0
        self._stalls = 0

    def stalled(self, endpoint: Endpoint) -> None:
        """Look after the server that gave no answer in time, unless another took its place.

        It is killed when it doesn't answer a probe either, or when nothing at all was answered
        between this and earlier stalls. A server that is merely busy is left to its work.
        """
        with self._lock:
            state = self._state
            if state is None or state.base_url != endpoint.base_url:
                return
            self._stalls += 1
            if self._stalls >= MAX_STALLS or not _healthy(state):
                self._stalls = 0
                self._kill("it gave no answer in time")

    def disconnected(self, endpoint: Endpoint) -> None:
        """Look after the server that broke a connection: one that is gone is forgotten."""
        with self._lock:
            state = self._state
            if state is None or state.base_url != endpoint.base_url:
                return
            # a killed process may be listed as running for a moment, but no longer answers
            if not _running(state) or not _healthy(state):
                self._kill("it ended in the middle of its work")

    def check(self) -> CheckResult:
        """Tell how the server is, without starting it or waiting for it."""
        state, name = self._state, "llm"
        values = (("model", self._gguf.name), ("file", self._gguf.path.name))
        if state is not None and _running(state) and _healthy(state):
            return CheckResult(
                name, True, f"embedded server runs, process {state.pid}", None, values
            )
        if state is None and self._failures == 0:
            return CheckResult(name, True, "embedded server starts when needed", None, values)
        remedy = "it is started again by itself; if this stays, set TRANSCRIPT_QA_LLM=none"
        return CheckResult(name, False, self._last_error, remedy, values)

    def close(self) -> None:
        """Let go of the server; it ends when nobody else uses it. May be called twice.

        One that is starting is killed, so that nobody waits for its start.
        """
        self._closed.set()
        starting = self._starting
        if starting is not None:
            starting.kill()
        watcher = self._watcher
        if watcher is not None and watcher is not threading.current_thread():
            watcher.join()
        with self._lock:
            self._drop()

    def _obtain(self) -> None:
        """Join the server that another process started, or start one."""
        wait = self._not_before - time.monotonic()
        if wait > 0:
            raise ModelUnavailable(
                f"the embedded model is down ({self._last_error}); next start in {wait:.1f} s"
            )
        try:
            self._dir.mkdir(parents=True, exist_ok=True)
            with filelock.FileLock(self._dir / f"{self._stem}.lock", timeout=START_TIMEOUT_S):
                if not self._join():
                    self._start()
        except ModelUnavailable as error:
            self._failed(str(error))
            raise
        except (OSError, filelock.Timeout) as error:
            message = f"the embedded model can't start in {str(self._dir)!r}: {error}"
            self._failed(message)
            raise ModelUnavailable(message) from error

    def _join(self) -> bool:
        state = read_state(self._dir / f"{self._stem}.json")
        if state is None or not _running(state):
            return False
        lease = take_lease(state)
        if lease is None or not _healthy(state):
            if lease is not None:
                lease.close()
            end_process(state)
            return False
        self._state, self._lease = state, lease
        return True

    def _start(self) -> None:
        key = secrets.token_urlsafe(24)
        options = ServerOptions(
            gguf=str(self._gguf.path),
            sha256=self._gguf.sha256,
            name=self._gguf.name,
            key=key,
            threads=self._threads,
            context=CONTEXT_TOKENS,
            slots=SLOTS,
            port=self._port,
        )
        child = self._starting = Child(self._dir / f"{self._stem}.log")
        try:
            if self._closed.is_set():
                raise ModelUnavailable("the embedded model was closed with its service")
            report = child.report(options)
            if report.error is not None:
                raise ModelUnavailable(report.error)
            created = psutil.Process(child.pid).create_time()
            state = ServerState(child.pid, created, report.base_url, report.lease_port, key)
            lease = take_lease(state)
            if lease is None:
                raise ModelUnavailable("the embedded server started and gave no lease")
            write_state(self._dir / f"{self._stem}.json", state)
        except psutil.NoSuchProcess as error:
            raise ModelUnavailable("the embedded server ended right after its start") from error
        except BaseException:
            child.kill()
            raise
        finally:
            self._starting = None
            child.leased()
        self._state, self._lease = state, lease

    def _failed(self, why: str) -> None:
        self._last_error = why
        pause = BACKOFF_S[min(self._failures, len(BACKOFF_S) - 1)]
        self._failures += 1
        self._not_before = time.monotonic() + pause

    def _kill(self, why: str) -> None:
        if self._state is not None:
            end_process(self._state)
        self._failed(why)
        self._drop()

    def _drop(self) -> None:
        """Forget the server and give its lease back."""
        if self._lease is not None:
            self._lease.close()
        self._state = self._lease = None

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = threading.Thread(target=self._look, name="llm-watch", daemon=True)
            self._watcher.start()

    def _look(self) -> None:
        """Probe the server again and again; kill one that stalls, start one that is gone."""
        failed = 0
        while not self._closed.wait(PROBE_EVERY_S):
            state = self._state
            if state is not None and _running(state):
                failed = 0 if _healthy(state) else failed + 1
                if failed < PROBES_FAILED:
                    continue
                self.stalled(Endpoint(state.base_url, state.key))
            elif state is not None:
                self.disconnected(Endpoint(state.base_url, state.key))
            failed = 0
            with contextlib.suppress(ModelUnavailable):
                self.endpoint()


def _running(state: ServerState) -> bool:
    try:
        process = psutil.Process(state.pid)
        same = bool(process.create_time() == state.created)
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _healthy(state: ServerState) -> bool:
    address = urlsplit(state.base_url)
    assert address.hostname is not None
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
