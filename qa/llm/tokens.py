"""An endpoint → how long its context is, and how many tokens a text has there.

llama.cpp and vLLM tell both. Of other servers nothing is known but the protocol, so tokens are
estimated from above, and the context is what the settings say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx

from qa.llm.supervisor import Endpoint

BYTES_PER_TOKEN = 2.5
"""English speech has about 4.5 bytes a token in today's vocabularies and 3 in small or old ones; an
estimate below the truth would overflow the context."""

UNKNOWN_CONTEXT = 4096
"""Common least context of models that follow instructions."""

TIMEOUT_S = 3.0
"""These routes compute nothing; a server that takes longer is better not asked."""


class ServerTokens:
    """Counts with the server's own tokenizer where it has one.

    Args:
        address: the endpoint, its path ending in ``/v1`` as the protocol has it.
        model: the model's name there.
        context: tokens of the context, where the settings say so.
        client: sends the requests.
    """

    def __init__(
        self,
        address: Callable[[], Endpoint],
        model: str,
        context: int | None,
        client: httpx.Client | None = None,
    ) -> None:
        self._address = address
        self._model = model
        self._context = context
        self._client = client or httpx.Client(timeout=TIMEOUT_S, trust_env=False)
        self._lock = threading.Lock()
        self._counts = True

    def context_tokens(self) -> int:
        """Return the context in tokens; the first call may ask the server."""
        with self._lock:
            if self._context is None:
                self._context = self._asked_context() or UNKNOWN_CONTEXT
            return self._context

    def count(self, text: str) -> int:
        """Return the tokens of a text, or an estimate from above."""
        if self._counts:
            body = {"content": text, "add_special": True, "model": self._model, "prompt": text}
            found = self._ask("POST", "/tokenize", body)
            if isinstance(found.get("tokens"), list):
                return len(found["tokens"])
            if isinstance(found.get("count"), int):
                return int(found["count"])
            self._counts = False
        return int(len(text.encode("utf-8")) / BYTES_PER_TOKEN) + 1

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _asked_context(self) -> int | None:
        settings = self._ask("GET", "/props").get("default_generation_settings")
        if isinstance(settings, dict) and isinstance(settings.get("n_ctx"), int):
            return int(settings["n_ctx"])
        for entry in self._ask("GET", "/v1/models").get("data") or []:
            if isinstance(entry, dict) and isinstance(entry.get("max_model_len"), int):
                return int(entry["max_model_len"])
        return None

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Return a JSON object that the server has; an empty one where it has none."""
        endpoint = self._address()
        root = endpoint.base_url.rstrip("/").removesuffix("/v1")
        headers = {"Authorization": f"Bearer {endpoint.key}"}
        try:
            reply = self._client.request(method, root + path, json=body, headers=headers)
            found = reply.json() if reply.status_code == 200 else {}
        except (httpx.HTTPError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}
