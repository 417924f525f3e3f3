"""The child process: a GGUF file → an OpenAI-compatible server that lives while somebody uses it.

``python -m qa.llm.server`` reads one JSON line (``ServerOptions``) from stdin, loads the model and
writes one JSON line (``ServerReport``) to stdout. Then it keeps a second port, for leases: a user
connects, sends the key and keeps the connection. The kernel closes it when the user goes, however
that happens, and when no lease is left the process ends. So it can outlive the worker that started
it while others use it, and can't outlive them all. Until the first lease its stdin is one: when its
starter ends in the meantime, so does this process.
"""

from __future__ import annotations

import faulthandler
import fcntl
import hmac
import json
import os
import select
import selectors
import signal
import socket
import sys
import time
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path

from index.errors import ModelUnavailable
from qa.llm.gguf import check_content

START_TIMEOUT_S = 60.0
"""The embedded model loads in half a second; several GB from a slow disk may need this."""

FIRST_LEASE_S = 20.0
"""The first user connects right after the report; this is far more than a loaded machine needs."""

LINGER_S = 1.0
"""Users that follow one another closely (two commands in a script) share one load of the model."""

TICK_S = 0.5
"""How often the loop looks at the clock; bounds how long the process outlives its last user."""

WATCHDOG_S = 60.0
"""A native call that holds the interpreter for this long ends the process: nobody else could."""


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What to serve and how. ``key`` is needed for requests and leases; port 0 picks a free one."""

    gguf: str
    sha256: str | None
    name: str
    key: str = field(repr=False)
    threads: int
    context: int
    slots: int
    port: int = 0


@dataclass(frozen=True, slots=True)
class ServerReport:
    """Where the server listens, or why it doesn't run."""

    base_url: str = ""
    lease_port: int = 0
    error: str | None = None


def main() -> None:
    """Serve until nobody holds a lease, and end on every path."""
    code = 1
    try:
        code = _serve(ServerOptions(**json.loads(sys.stdin.readline())))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)  # without clean-up: a native thread that hangs in it would keep the process


def _serve(options: ServerOptions) -> int:
    faulthandler.dump_traceback_later(START_TIMEOUT_S, exit=True)
    _end_with_the_starter()
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # native code may print; stdout belongs to the report
    try:
        server, report, leases = _start(options)
    except ModelUnavailable as error:
        out.write(json.dumps(asdict(ServerReport(error=str(error)))) + "\n")
        out.close()
        return 1
    out.write(json.dumps(asdict(report)) + "\n")
    out.close()
    serve_leases(leases, options.key)
    assert server is not None  # kept until here: its end would end the server
    return 0


def _end_with_the_starter() -> None:
    """Have the kernel end this process when the other end of stdin is closed.

    By a signal, since the interpreter waits for native code while that loads the model. Where
    nothing ends by that signal, the report that nobody takes, or the lease that never comes, does.
    """
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([0], [], [], 0)[0]:
        raise ModelUnavailable("the starter ended")


def _start(options: ServerOptions) -> tuple[object, ServerReport, socket.socket]:
    path = Path(options.gguf)
    check_content(path, options.sha256)
    if options.port and _taken(options.port):
        raise ModelUnavailable(
            f"port {options.port} is taken: end what listens there, or unset "
            "TRANSCRIPT_QA_LLM_PORT to have a free one picked"
        )
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelUnavailable(
            f"llama.cpp can't be loaded ({error}): install xllamacpp, or set TRANSCRIPT_QA_LLM=none"
        ) from error
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.model_alias = {options.name}
    params.hostnames = ["127.0.0.1"]
    params.port = options.port
    params.api_keys = [options.key]
    params.n_ctx = options.context * options.slots
    params.n_parallel = options.slots
    params.cpuparams.n_threads = options.threads
    params.cpuparams_batch.n_threads = options.threads
    params.ui = False
    params.offline = True
    params.cache_ram_mib = 0  # slots keep the shared prefix; a second cache only costs memory
    try:
        server = xllamacpp.Server(params)
    except RuntimeError as error:
        raise ModelUnavailable(
            f"llama.cpp can't run {path.name!r}: the file is damaged, of a kind it doesn't know, "
            "or too big for this machine; see the log in the data directory's folder `run`"
        ) from error
    leases = socket.create_server(("127.0.0.1", 0))
    report = ServerReport(server.listening_address, leases.getsockname()[1])
    return server, report, leases


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def serve_leases(listener: socket.socket, key: str) -> None:
    """Return when no lease is held: none came in time, or the last one went."""
    held: set[socket.socket] = set()
    end = time.monotonic() + FIRST_LEASE_S
    listener.setblocking(False)
    with selectors.DefaultSelector() as selector:
        selector.register(listener, selectors.EVENT_READ)
        while held or time.monotonic() < end:
            faulthandler.dump_traceback_later(WATCHDOG_S, exit=True)
            for ready, _ in selector.select(TICK_S):
                connection = ready.fileobj
                assert isinstance(connection, socket.socket)
                if connection is listener:
                    accepted, _ = listener.accept()
                    accepted.setblocking(False)
                    selector.register(accepted, selectors.EVENT_READ)
                elif not _keeps(connection, key, held):
                    selector.unregister(connection)
                    connection.close()
                    if connection in held:
                        held.discard(connection)
                        end = time.monotonic() + LINGER_S
    faulthandler.cancel_dump_traceback_later()


def _keeps(connection: socket.socket, key: str, held: set[socket.socket]) -> bool:
    """Read from a lease; return whether it goes on."""
    try:
        data = connection.recv(1024)
    except OSError:
        return False
    if not data:
        return False
    if connection in held:
        return True
    if not hmac.compare_digest(data.strip(), key.encode("ascii")):
        return False
    held.add(connection)
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # the starter may go now
    connection.sendall(b"ok\n")
    return True


if __name__ == "__main__":
    main()
