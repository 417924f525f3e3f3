"""What the server's sockets are like, whoever connects."""

from __future__ import annotations

import asyncio
import socket
import time

import httpx
import pytest

from api.cli.serve import _listen

# A delayed acknowledgement takes 40 ms at least; what doesn't wait for one takes two or three.
DELAYED_ACK_MS = 40
ASK = {"question": "Where will the next round of talks be held?", "mode": "quote"}


def test_connections_send_at_once() -> None:
    async def accepted() -> int:
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            made: socket.socket = writer.get_extra_info("socket")
            told.set_result(made.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        server = await asyncio.start_server(connected, sock=_listen("127.0.0.1", 0))
        async with server:
            _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            no_delay = await told
            writer.close()
        return no_delay

    assert asyncio.run(accepted())


# Of several the least, since a busy machine may hold up any; with the wait, none is faster.


@pytest.mark.e2e
def test_no_answer_on_a_kept_connection_waits_for_an_acknowledgement(http: httpx.Client) -> None:
    waits = []
    for _ in range(10):
        reply = http.post("/v1/ask", json=ASK)
        worked = sum(reply.json()["timings_ms"].values())
        waits.append(1000 * reply.elapsed.total_seconds() - worked)

    assert min(waits[2:]) < DELAYED_ACK_MS


@pytest.mark.e2e
def test_no_streamed_event_on_a_kept_connection_waits_for_one(http: httpx.Client) -> None:
    waits = []
    for _ in range(10):
        started = time.perf_counter()
        with http.stream("POST", "/v1/ask", json={**ASK, "stream": True}) as reply:
            lines = reply.iter_lines()
            assert next(lines) == "event: retrieval"
            waits.append(1000 * (time.perf_counter() - started))
            list(lines)

    assert min(waits[2:]) < DELAYED_ACK_MS
