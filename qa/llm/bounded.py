"""An HTTP client for an endpoint that isn't trusted: its replies are plain and bounded in size.

Compressed replies are refused, since a few bytes may unpack to any number, and none is asked for.
Redirects aren't followed: the address is the one that is set. Time is bounded by who asks.
"""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx

from index.errors import ModelUnavailable


class TooMuch(ModelUnavailable):
    """The endpoint sent more than is taken, or something that would unpack to more."""


def bounded_client(base_url: str, *, timeout_s: float, most_bytes: int) -> httpx.AsyncClient:
    """Return a client for one endpoint; its requests raise ``TooMuch`` on what isn't bounded.

    Args:
        base_url: the endpoint; one on this machine is reached without the network's proxy.
        timeout_s: longest silence.
        most_bytes: most bytes of one reply, headers apart, whatever its status.
    """

    async def bound(response: httpx.Response) -> None:
        encoding = response.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", ""):
            raise TooMuch(
                "the language model's server compresses its replies unasked: switch that off"
            )
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Bounded(response.stream, most_bytes)

    return httpx.AsyncClient(
        timeout=timeout_s,
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [bound]},
        trust_env=not _here(base_url),
        follow_redirects=False,
    )


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, most: int) -> None:
        self._stream = stream
        self._most = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        read = 0
        async for piece in self._stream:
            read += len(piece)
            if read > self._most:
                raise TooMuch(
                    f"the language model sent more than {self._most} bytes: no reply is that long; "
                    "see TRANSCRIPT_QA_LLM_MAX_REPLY_BYTES"
                )
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()


def _here(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
