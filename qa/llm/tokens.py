"""An endpoint → how long its context is, and how many tokens a text has there.

llama.cpp and vLLM tell both. Of other servers nothing is known but the protocol, so tokens are
estimated from above, and the context is what the settings say. What a server tells is taken only
where it can be true; one that tells nothing, or too slowly, isn't asked again for a while.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError
from typing import Any

import httpx

from qa.llm.bounded import bounded_client
from qa.llm.loop import RequestLoop
from qa.llm.supervisor import Endpoint

BYTES_PER_TOKEN = 2.5
"""English speech has about 4.5 bytes a token in today's vocabularies and 3 in small or old ones; an
estimate below the truth would overflow the context."""

UNKNOWN_CONTEXT = 4096
"""Common least context of models that follow instructions."""

LEAST_CONTEXT = 512
MOST_CONTEXT = 10_000_000
"""Rules and question alone take three hundred tokens, and no model holds more than a few million;
who says less or more says nothing."""

SPECIAL_TOKENS = 16
"""A text has as many tokens as bytes at most, and a few that mark its ends."""

TIMEOUT_S = 2.0
"""From request to the last byte: these routes compute nothing, and an answer waits for them."""

ASK_AGAIN_S = 60.0
"""A server that told nothing is asked again after this; it may have been starting."""

MOST_BYTES = 4 * 1024 * 1024
"""Ten times what the ids of an hour's tokens take, and what a streamed reply does."""


class ServerTokens:
    """Counts with the server's own tokenizer where it has one.

    Args:
        address: the endpoint, its path ending in ``/v1`` as the protocol has it.
        model: the model's name there.
        context: tokens of the context, where the settings say so.
        client: sends the requests; tests put one that needs no network.
        most_bytes: most bytes of one reply.
        clock: tells seconds.
    """

    def __init__(
        self,
        address: Callable[[], Endpoint],
        model: str,
        context: int | None,
        client: httpx.AsyncClient | None = None,
        *,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._address = address
        self._model = model
        self._set = context
        self._known: int | None = None
        self._client = client
        self._most_bytes = most_bytes
        self._clock = clock
        self._silent: dict[str, float] = {}
        self.loop = RequestLoop()

    def context_tokens(self) -> int:
        """Return the context in tokens; may ask the server, each caller for itself.

        Nothing is locked meanwhile, so a slow server delays nobody for longer than two requests.
        """
        if self._set is not None:
            return self._set
        if self._known is None and self._may_ask("context"):
            self._known = self._asked_context()
            if self._known is None:
                self._silent["context"] = self._clock()
        return self._known or UNKNOWN_CONTEXT

    def count(self, text: str) -> int:
        """Return the tokens of a text, or an estimate from above."""
        if text and self._may_ask("count"):
            body = {"content": text, "add_special": True, "model": self._model, "prompt": text}
            found = self._ask("POST", "/tokenize", body)
            listed = found.get("tokens")
            count = len(listed) if isinstance(listed, list) else found.get("count")
            if type(count) is int and 0 < count <= len(text.encode("utf-8")) + SPECIAL_TOKENS:
                return count
            self._silent["count"] = self._clock()
        return int(len(text.encode("utf-8")) / BYTES_PER_TOKEN) + 1

    def close(self, *closers: Callable[[], Awaitable[None]]) -> None:
        """Close the connections, these others, and the loop; may be called twice."""
        client, self._client = self._client, None
        self.loop.close(*closers, *(() if client is None else (client.aclose,)))

    def _may_ask(self, what: str) -> bool:
        since = self._silent.get(what)
        return since is None or self._clock() - since >= ASK_AGAIN_S

    def _asked_context(self) -> int | None:
        settings = self._ask("GET", "/props").get("default_generation_settings")
        told = [settings.get("n_ctx")] if isinstance(settings, dict) else []
        if not told:
            listed = self._ask("GET", "/v1/models").get("data")
            entries = listed if isinstance(listed, list) else []
            told = [entry.get("max_model_len") for entry in entries if isinstance(entry, dict)]
        return next(
            (n for n in told if type(n) is int and LEAST_CONTEXT <= n <= MOST_CONTEXT), None
        )

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return a JSON object that the server has; an empty one where it has none."""
        endpoint = self._address()
        future = self.loop.start(self._sent(endpoint, method, path, body))
        try:
            found = json.loads(future.result(TIMEOUT_S + 1))
        except (TimeoutError, CancelledError, ValueError, RecursionError):
            future.cancel()
            return {}
        return found if isinstance(found, dict) else {}

    async def _sent(self, endpoint: Endpoint, method: str, path: str, body: object) -> bytes:
        """Return the body of a reply; nothing where there is none in time."""
        root = endpoint.base_url.rstrip("/").removesuffix("/v1")
        headers = {"Authorization": f"Bearer {endpoint.key}"}
        if self._client is None:
            self._client = bounded_client(root, timeout_s=TIMEOUT_S, most_bytes=self._most_bytes)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                reply = await self._client.request(method, root + path, json=body, headers=headers)
        except Exception:  # whatever goes wrong there, the estimate stands
            return b""
        return reply.content if reply.status_code == 200 else b""
