"""An endpoint → ``StreamingChatModel``: replies that stream in, and can be ended at any moment.

Requests run as tasks of the event loop of ``qa.llm.loop``, each with a deadline for all of it and
a bound on its bytes (``qa.llm.bounded``). LlamaIndex's client speaks the protocol; what may be sent
at once, what is tried again, and when an endpoint is left alone is decided here.
"""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from index.errors import ModelUnavailable
from qa.llm.bounded import TooMuch, bounded_client
from qa.llm.breaker import CircuitBreaker
from qa.llm.cancellation import Cancellation, Cancelled
from qa.llm.chat import ChatRequest, FormatRefused, ReplyPiece
from qa.llm.client import Disconnected, Stalled, hint
from qa.llm.protocol import arguments, messages, piece_of, retry_after
from qa.llm.supervisor import Endpoint
from qa.llm.tokens import MOST_BYTES, ServerTokens

ATTEMPTS = 3
"""A request that found the endpoint busy or broken is sent this often, until its first piece."""

BACKOFF_S = (0.5, 1.5)
"""Pauses between attempts, where the server asks for none."""

LONGEST_PAUSE_S = 15.0
"""A server that asks for a longer pause (``Retry-After``) is as good as down to who waits."""

TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2")
"""Whose exceptions come through the protocol's client unchanged while a reply streams in."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Bounds of requests.

    Args:
        timeout_s: longest silence.
        concurrency: how many run at once.
        deadline_s: longest time of one whole reply, its wait for a turn and attempts included.
        most_bytes: most bytes of one reply.
    """

    timeout_s: float = 30.0
    concurrency: int = 4
    deadline_s: float = 150.0
    most_bytes: int = MOST_BYTES


class StreamingEndpoint:
    """Streams replies of one model.

    Args:
        model: its name at the endpoint.
        address: where it is; may raise ``ModelUnavailable``.
        tokens: counts tokens there.
        limits: bounds of time and concurrency.
        pause: waits; tests take no time for it.
    """

    def __init__(
        self,
        model: str,
        address: Callable[[], Endpoint],
        tokens: ServerTokens,
        limits: StreamLimits,
        pause: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self._model = model
        self._address = address
        self._tokens = tokens
        self._limits = limits
        self._pause = pause
        self._breaker = CircuitBreaker()
        self._loop = tokens.loop
        self._slots = asyncio.Semaphore(limits.concurrency)
        self._clients: dict[Endpoint, Any] = {}
        self._running = 0
        self.last_error: str | None = None

    @property
    def name(self) -> str:
        """Return the model's name."""
        return self._model

    @property
    def running(self) -> int:
        """Return how many requests are under way or wait for a slot."""
        return self._running

    def context_tokens(self) -> int:
        """Return how many tokens prompt and reply may have together."""
        return self._tokens.context_tokens()

    def count_tokens(self, text: str) -> int:
        """Return the tokens of a text, or an estimate from above."""
        return self._tokens.count(text)

    def stream(
        self, request: ChatRequest, cancellation: Cancellation
    ) -> Generator[ReplyPiece, None, None]:
        """Yield the reply as it comes; closing the generator ends the request.

        Raises:
            FormatRefused: the server doesn't take the schema, or JSON at all.
            ModelUnavailable: it is down, busy, too slow, or broke off.
            Cancelled: the client disconnected.
        """
        cancellation.check()
        pieces: queue.SimpleQueue[ReplyPiece | BaseException | None] = queue.SimpleQueue()
        future = self._loop.start(self._run(request, pieces))
        try:
            with cancellation.telling(lambda: pieces.put(Cancelled())):
                while True:
                    piece = pieces.get()
                    if piece is None:
                        return
                    if isinstance(piece, BaseException):
                        raise piece
                    yield piece
        finally:
            future.cancel()

    def close(self) -> None:
        """End every request, the loop and its thread; may be called twice."""
        clients, self._clients = self._clients, {}
        self._tokens.close(*(client._get_aclient().close for client in clients.values()))
        self._slots = asyncio.Semaphore(self._limits.concurrency)  # the old one is of that loop

    async def _run(
        self,
        request: ChatRequest,
        pieces: queue.SimpleQueue[ReplyPiece | BaseException | None],
    ) -> None:
        """Put the pieces of a reply into the queue, then None or what went wrong."""
        self._running += 1
        end: ModelUnavailable | None = None
        try:
            async with (
                asyncio.timeout(self._limits.deadline_s),
                self._slots,
                aclosing(self._attempted(request)) as attempted,
            ):
                async for piece in attempted:
                    pieces.put(piece)
            self.last_error = None
        except asyncio.CancelledError:
            pieces.put(ModelUnavailable(f"the language model {self._model!r} was closed"))
            raise
        except TimeoutError:
            end = self._stalled()
        except ModelUnavailable as error:
            end = error
        except Exception as error:
            end = _nonsense(self._model, error)
        finally:
            self._running -= 1
            if end is not None and not isinstance(end, FormatRefused):
                self.last_error = str(end)
            pieces.put(end)

    async def _attempted(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        """Yield a reply; try again while nothing of it has come."""
        wait = self._breaker.open_for()
        if wait > 0:
            raise ModelUnavailable(
                f"the language model {self._model!r} failed repeatedly; "
                f"it is asked again in {wait:.0f} s"
            )
        for attempt in range(ATTEMPTS):
            begun = False
            try:
                async with aclosing(self._once(request)) as once:
                    async for piece in once:
                        begun = begun or bool(piece.text)
                        yield piece
            except _Again as again:
                self._breaker.failed()
                pause = BACKOFF_S[min(attempt, len(BACKOFF_S) - 1)]
                pause = pause if again.after_s is None else again.after_s
                if begun or attempt + 1 == ATTEMPTS or pause > LONGEST_PAUSE_S:
                    raise again.error from again
                await self._pause(pause)
            except Stalled:
                self._breaker.failed()
                raise
            else:
                self._breaker.succeeded()
                return

    async def _once(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        await asyncio.to_thread(imported)  # takes seconds, in which other requests go on
        import openai

        client = await self._client(await asyncio.to_thread(self._address))
        begun = ended = False
        try:
            reply = await client.astream_chat(messages(request), **arguments(request))
            async with aclosing(reply):
                async for response in reply:
                    piece = piece_of(response)
                    begun, ended = True, ended or piece.finish_reason is not None
                    yield piece
        except openai.APITimeoutError as error:
            raise self._stalled() from error
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, TooMuch):
                raise error.__cause__ from error
            gone = Disconnected(
                f"the language model {self._model!r} can't be reached: check that its server runs "
                "and that TRANSCRIPT_QA_LLM_BASE_URL is right"
            )
            raise _Again(gone) from error
        except openai.APIStatusError as error:
            raise self._status(request, error) from error
        except openai.APIError as error:
            raise ModelUnavailable(
                f"the language model {self._model!r} broke off with an error"
            ) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] not in TRANSPORTS:
                raise
            if "Timeout" in type(error).__name__:
                raise self._stalled() from error
            raise _Again(self._broke_off()) from error
        if not begun:
            raise _Again(
                ModelUnavailable(
                    f"the language model {self._model!r} sent nothing that is a streamed reply: "
                    "check TRANSCRIPT_QA_LLM_BASE_URL, it usually ends in /v1"
                )
            )
        if not ended:
            raise _Again(self._broke_off())

    def _status(self, request: ChatRequest, error: Any) -> Exception:
        status = error.status_code
        said = ModelUnavailable(
            f"the language model {self._model!r} answered with HTTP status {status}: {hint(status)}"
        )
        if status == 429 or status >= 500:
            said_after = error.response.headers.get("retry-after")
            return _Again(said, retry_after(said_after, time.time()))
        if status in (400, 404, 415, 422) and (request.schema is not None or request.json):
            return FormatRefused(f"{said}; or it takes no such form of reply")
        return said

    def _stalled(self) -> Stalled:
        return Stalled(
            f"the language model {self._model!r} was silent for {self._limits.timeout_s:g} s or "
            f"didn't end in {self._limits.deadline_s:g} s: raise TRANSCRIPT_QA_LLM_TIMEOUT_S and "
            "TRANSCRIPT_QA_LLM_DEADLINE_S, or take a smaller model"
        )

    def _broke_off(self) -> Disconnected:
        return Disconnected(f"the language model {self._model!r} broke off in the middle")

    async def _client(self, endpoint: Endpoint) -> Any:
        from llama_index.llms.openai_like import OpenAILike

        client = self._clients.get(endpoint)
        if client is None:
            # a restarted server has another address: clients of older ones are let go
            older, self._clients = self._clients, {}
            for unused in older.values():
                await unused._get_aclient().close()
            client = self._clients[endpoint] = OpenAILike(
                model=self._model,
                api_base=endpoint.base_url.rstrip("/"),
                api_key=endpoint.key,
                is_chat_model=True,
                max_retries=0,
                timeout=self._limits.timeout_s,
                temperature=0.0,
                async_http_client=bounded_client(
                    endpoint.base_url,
                    timeout_s=self._limits.timeout_s,
                    most_bytes=self._limits.most_bytes,
                ),
            )
        return client


class _Again(Exception):
    """It may work at a second attempt, after a pause if the server says so."""

    def __init__(self, error: ModelUnavailable, after_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_s = after_s


def imported() -> None:
    """Import the protocol's client, which takes over a second the first time."""
    import llama_index.llms.openai_like  # noqa: F401


def _nonsense(model: str, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(
        f"the language model {model!r} sent something that isn't a reply "
        f"({type(error).__name__}): check that the address is an OpenAI-compatible one"
    )
