"""The embedded model's address → replies: LlamaIndex's client, every exception translated.

LlamaIndex is imported with the first request (or by ``warm``), since that takes over a second.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, Protocol

import httpx

from index.errors import ModelUnavailable
from qa.llm.chat import ChatReply, ChatRequest
from qa.llm.supervisor import Endpoint
from qa.records import Usage


class Stalled(ModelUnavailable):
    """The server gave no answer in time."""


class Disconnected(ModelUnavailable):
    """The server can't be reached, or broke the connection."""


class Completer(Protocol):
    """Sends one request to one endpoint."""

    def complete(self, endpoint: Endpoint, request: ChatRequest) -> ChatReply:
        """Return the reply; raises ``Stalled``, ``Disconnected`` or ``ModelUnavailable``."""


class OpenAIClient:
    """Speaks the OpenAI protocol with our own child process, which takes grammars.

    Args:
        model: the model's name at the endpoint.
        timeout_s: longest wait for one reply.
    """

    def __init__(self, model: str, *, timeout_s: float) -> None:
        self._model = model
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._clients: dict[tuple[Endpoint, bool], Any] = {}

    def warm(self) -> None:
        """Import the library now, so that the first request doesn't wait for it."""
        import llama_index.llms.openai_like  # noqa: F401

    def complete(self, endpoint: Endpoint, request: ChatRequest) -> ChatReply:
        """Send one request.

        Raises:
            Stalled: if no reply came within ``timeout_s``.
            Disconnected: if the server can't be reached or broke the connection.
            ModelUnavailable: if it answered with an error, or with no text.
        """
        import openai

        try:
            return self._send(endpoint, request)
        except openai.APITimeoutError as error:
            raise Stalled(
                f"the language model {self._model!r} gave no answer within {self._timeout_s:g} s: "
                "raise TRANSCRIPT_QA_LLM_TIMEOUT_S, or take a smaller model"
            ) from error
        except openai.APIConnectionError as error:
            raise Disconnected(
                f"the language model {self._model!r} can't be reached: check that its server runs "
                "and that TRANSCRIPT_QA_LLM_BASE_URL is right"
            ) from error
        except openai.APIStatusError as error:
            raise ModelUnavailable(
                f"the language model {self._model!r} answered with HTTP status "
                f"{error.status_code}: {hint(error.status_code)}"
            ) from error
        except (
            openai.OpenAIError,
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
            RecursionError,
        ) as error:
            raise ModelUnavailable(
                f"the language model {self._model!r} sent something that isn't a reply "
                f"({type(error).__name__}): check that the address is an OpenAI-compatible one"
            ) from error

    def _send(self, endpoint: Endpoint, request: ChatRequest) -> ChatReply:
        arguments: dict[str, Any] = {"max_tokens": request.max_tokens, "seed": request.seed}
        if request.stop:
            arguments["stop"] = list(request.stop)
        extra: dict[str, Any] = {"cache_prompt": True}
        if request.grammar is not None:
            extra["grammar"] = request.grammar
        arguments["extra_body"] = extra
        client = self._client(endpoint, request.completion)
        if request.completion:
            response = client.complete(request.messages[-1].content, formatted=True, **arguments)
            text, choice = response.text, response.raw.choices[0]
        else:
            response = client.chat(_messages(request), **arguments)
            text, choice = response.message.content, response.raw.choices[0]
        return ChatReply(whole(text), choice.finish_reason or "stop", usage_of(response.raw))

    def _client(self, endpoint: Endpoint, completion: bool) -> Any:
        from llama_index.llms.openai_like import OpenAILike

        with self._lock:
            client = self._clients.get((endpoint, completion))
            if client is None:
                # a restarted server has another address: clients of older ones are let go
                self._clients = {k: v for k, v in self._clients.items() if k[0] == endpoint}
                # a proxy that is set for the network is none for our own child
                http = httpx.Client(trust_env=False)
                client = OpenAILike(
                    model=self._model,
                    api_base=endpoint.base_url.rstrip("/"),
                    api_key=endpoint.key,
                    is_chat_model=not completion,
                    max_retries=0,
                    timeout=self._timeout_s,
                    temperature=0.0,
                    http_client=http,
                )
                weakref.finalize(client, http.close)  # nobody else closes what we made
                self._clients[endpoint, completion] = client
            return client


def _messages(request: ChatRequest) -> list[Any]:
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role=item.role, content=item.content) for item in request.messages]


def usage_of(raw: Any) -> Usage:
    """Return the tokens that the server counted; zero where it doesn't count."""
    usage = getattr(raw, "usage", None)
    counts = [getattr(usage, name, None) for name in ("prompt_tokens", "completion_tokens")]
    prompt, completion = (n if type(n) is int and n > 0 else 0 for n in counts)
    return Usage(0, prompt, completion)


def whole(text: str | None) -> str:
    """Return a text without halves of characters, which no answer could be encoded with."""
    if not text or text.isascii():
        return text or ""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def hint(status: int) -> str:
    """Return what to do about an HTTP status."""
    if status in (401, 403):
        return "check TRANSCRIPT_QA_LLM_API_KEY"
    if status == 404:
        return "check TRANSCRIPT_QA_LLM_BASE_URL and the model's name"
    if status < 400:
        return "it redirects; let TRANSCRIPT_QA_LLM_BASE_URL name where to"
    if status == 429:
        return "it is asked too often; ask again later"
    if status < 500:
        return "it doesn't take the request; check the model's name and its context length"
    return "ask again later, or look at its server's log"
