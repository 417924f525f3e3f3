"""Settings → ``LanguageModel``: the embedded one under its supervisor, or one at an endpoint."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Protocol

from index.errors import ModelUnavailable
from index.records import CheckResult
from qa.llm.chat import ChatModel, ChatReply, ChatRequest
from qa.llm.client import Completer, Disconnected, OpenAIClient, Stalled
from qa.llm.gguf import locate
from qa.llm.instruct_model import InstructModel, asked
from qa.llm.streaming import StreamingEndpoint, StreamLimits
from qa.llm.supervisor import SLOTS, Endpoint, Supervisor
from qa.llm.tokens import ServerTokens
from qa.settings import Settings

EMBEDDED_THREADS = 1
"""llama.cpp's threads wait for one another by spinning: on two cores with one other busy process,
two threads made 1 to 5 tokens/s of SmolLM2-135M, one made 115."""

DEADLINE = 5.0
"""A whole reply may take this many times the longest silence, where no setting says more."""

NO_KEY = "none"
"""Local endpoints want no key; the protocol's clients insist on sending one."""


class LanguageModel(ChatModel, Protocol):
    """A chat model with a life of its own."""

    @property
    def embedded(self) -> bool:
        """Return whether it is the small model, which takes grammars and short prompts only."""

    def warm(self) -> None:
        """Start whatever the first request would wait for, in the background."""

    def check(self, *, ask: bool = False) -> CheckResult:
        """Tell how it is; ``ask`` sends a request of one token, else nothing is waited for."""

    def close(self) -> None:
        """Let go of its resources."""


def open_language_model(settings: Settings) -> LanguageModel | None:
    """Return the language model that the settings name, or null for ``none``.

    Nothing is started or imported yet.

    Raises:
        ModelUnavailable: if the model's file is missing.
    """
    if settings.llm == "none":
        return None
    if settings.llm == "embedded":
        gguf = locate(settings.llm_gguf)
        threads = EMBEDDED_THREADS if settings.llm_gguf is None else settings.threads
        supervisor = Supervisor(
            settings.data_dir / "run", gguf, threads=threads, port=settings.llm_port
        )
        client = OpenAIClient(gguf.name, timeout_s=settings.llm_timeout_s)
        small = EmbeddedModel(gguf.name, supervisor, client)
        if settings.llm_gguf is None:
            return small
        return InstructModel(_streaming(settings, small.name, small.address), small)
    assert settings.llm_base_url is not None  # settings without it are refused
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else NO_KEY
    endpoint = Endpoint(settings.llm_base_url, key)
    return InstructModel(_streaming(settings, settings.llm, lambda: endpoint))


def _streaming(settings: Settings, name: str, address: Callable[[], Endpoint]) -> StreamingEndpoint:
    """Return the requests of a model that follows instructions, bounded as the settings say."""
    limits = StreamLimits(
        settings.llm_timeout_s,
        settings.llm_concurrency,
        settings.llm_deadline_s or DEADLINE * settings.llm_timeout_s,
        settings.llm_max_reply_bytes,
    )
    tokens = ServerTokens(
        address, name, settings.llm_context, most_bytes=settings.llm_max_reply_bytes
    )
    return StreamingEndpoint(name, address, tokens, limits)


class EmbeddedModel:
    """The model in the child process. A child that dies at work is replaced and asked once more."""

    def __init__(self, name: str, supervisor: Supervisor, client: Completer) -> None:
        self._name = name
        self._supervisor = supervisor
        self._client = client
        self._slots = threading.BoundedSemaphore(SLOTS)

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._name

    @property
    def embedded(self) -> bool:
        """Return true: it is the small model."""
        return True

    def address(self) -> Endpoint:
        """Return where its server answers now; raises ``ModelUnavailable``."""
        endpoint = self._supervisor.endpoint()
        return Endpoint(endpoint.base_url + "/v1", endpoint.key)

    @property
    def supervisor(self) -> Supervisor:
        """Return the keeper of the child process."""
        return self._supervisor

    def complete(self, request: ChatRequest) -> ChatReply:
        """Answer one request.

        Raises:
            ModelUnavailable: if the server can't be started, stalls, or dies twice in a row.
        """
        try:
            return self._once(request)
        except Disconnected:
            return self._once(request)

    def _once(self, request: ChatRequest) -> ChatReply:
        endpoint = self._supervisor.endpoint()
        try:
            # Requests wait here and not at the server, where waiting would count as a stall.
            with self._slots:
                reply = self._client.complete(
                    Endpoint(endpoint.base_url + "/v1", endpoint.key), request
                )
        except Stalled:
            self._supervisor.stalled(endpoint)
            raise
        except Disconnected as error:
            self._supervisor.disconnected(endpoint)
            raise Disconnected("the embedded model ended unexpectedly; it is restarted") from error
        self._supervisor.succeeded()
        return reply

    def warm(self) -> None:
        """Start the server and import its client, in the background."""
        threading.Thread(target=self._warm, name="llm-warm", daemon=True).start()

    def _warm(self) -> None:
        with contextlib.suppress(ModelUnavailable):  # the first request will say so
            self._supervisor.endpoint()
        if isinstance(self._client, OpenAIClient):
            self._client.warm()

    def check(self, *, ask: bool = False) -> CheckResult:
        """Tell how the child process is; ``ask`` starts it and sends a request of one token."""
        state = self._supervisor.check()
        return asked(self, state) if ask else state

    def close(self) -> None:
        """Let go of the child process."""
        self._supervisor.close()
