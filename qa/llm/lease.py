"""A state file → a connection to the server it tells of, for as long as this process uses it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

LEASE_TIMEOUT_S = 3.0
"""A lease is answered at once; a server that takes longer is stalled."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """What users of one data directory know of the server they share; ``key`` is a secret."""

    pid: int
    created: float
    base_url: str
    lease_port: int
    key: str = field(repr=False)


def read_state(path: Path) -> ServerState | None:
    """Return what the file says, or null where it is missing or no state file."""
    try:
        return ServerState(**json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_state(path: Path, state: ServerState) -> None:
    """Replace the file at once; only its owner can read it, for the key stands in it."""
    partial = path.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(asdict(state), stream)
    partial.replace(path)


def take_lease(state: ServerState) -> socket.socket | None:
    """Return a lease of the server, or null where it doesn't answer."""
    try:
        lease = socket.create_connection(("127.0.0.1", state.lease_port), LEASE_TIMEOUT_S)
    except OSError:
        return None
    try:
        lease.sendall(state.key.encode("ascii") + b"\n")
        if lease.recv(16) == b"ok\n":
            return lease
    except OSError:
        pass
    lease.close()
    return None


def end_process(state: ServerState) -> None:
    """Kill the server; a process id that went to another process since is left alone."""
    try:
        process = psutil.Process(state.pid)
        if process.create_time() == state.created:
            process.kill()
            process.wait(timeout=LEASE_TIMEOUT_S)
    except (psutil.NoSuchProcess, psutil.TimeoutExpired, psutil.AccessDenied):
        return
