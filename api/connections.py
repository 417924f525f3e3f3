"""Connections that don't hold the server up: time limits for heads, bodies, sending and idling.

uvicorn waits forever for a client that sends nothing, sends a byte now and then, or reads nothing
of what it asked for; each such client keeps a connection, and what it asked for in memory.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from qa.settings import Settings

# A body has to arrive in steps of this many bytes, each within the time limit: so a long upload may
# take its time, and a drip may not. At 20 s a step that is 3 KB/s, slower than any line in use.
STEP_BYTES = 64 * 1024


def protocol_of(settings: Settings) -> type[asyncio.Protocol]:
    """Return the protocol of a server with these settings, a class as uvicorn wants it."""

    class Connection(BoundedConnection):
        """A connection under the limits that are set."""

        most = settings.max_connections
        read_s = settings.read_timeout_s
        send_s = settings.send_timeout_s

    return Connection


class BoundedConnection(H11Protocol):
    """A connection that is ended when its client takes too long to send or to read."""

    most: ClassVar[int]
    read_s: ClassVar[float]
    send_s: ClassVar[float]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reading: asyncio.TimerHandle | None = None
        self._sending: asyncio.TimerHandle | None = None
        self._step = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head; end what is one connection too many."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._await_more()

    def data_received(self, data: bytes) -> None:
        """Take a piece of a request."""
        before = self.conn.their_state
        super().data_received(data)
        after = self.conn.their_state
        self._step += len(data)
        if after not in (h11.IDLE, h11.SEND_BODY):
            self._stop_reading_timer()
        elif after is not before or self._reading is None or self._stepped(after):
            self._await_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_reading_timer()
        self._stop_sending_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        """Go on sending."""
        super().resume_writing()
        self._stop_sending_timer()

    def on_response_complete(self) -> None:
        """Wait for the client to read the rest, which may be less than makes the sender pause."""
        super().on_response_complete()
        if self.transport.get_write_buffer_size():
            self._await_reader()

    def _stepped(self, state: object) -> bool:
        return state is h11.SEND_BODY and self._step >= STEP_BYTES

    def _await_more(self) -> None:
        self._stop_reading_timer()
        self._step = 0
        self._reading = self.loop.call_later(self.read_s, self._give_up_reading)

    def _give_up_reading(self) -> None:
        self._reading = None
        # Nothing can come while the client waits for us: for its turn, or to be told to go on.
        if self.flow.read_paused or self.conn.they_are_waiting_for_100_continue:
            self._await_more()
        else:
            self.transport.abort()

    def _await_reader(self) -> None:
        if self._sending is None:
            self._sending = self.loop.call_later(self.send_s, self._give_up_sending)

    def _give_up_sending(self) -> None:
        self._sending = None
        if self.transport.get_write_buffer_size():
            self.transport.abort()

    def _stop_reading_timer(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _stop_sending_timer(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None
