"""An endpoint → ``StreamingChatModel``: replies that stream in, and can be ended at any moment.

Requests run as tasks of one event loop in a thread of its own, since a task, unlike a thread that
waits for a socket, can be cancelled and given a deadline. LlamaIndex's client speaks the protocol;
what may be sent at once, what is tried again, and when an endpoint is left alone is decided here.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from index.errors import ModelUnavailable
from qa.cancellation import Cancellation, Cancelled
from qa.chat import ChatRequest, FormatRefused, ReplyPiece
from qa.llm.breaker import CircuitBreaker
from qa.llm.client import Disconnected, Stalled, hint, usage_of, whole
from qa.llm.supervisor import Endpoint
from qa.llm.tokens import ServerTokens

ATTEMPTS = 3
"""A request that found the endpoint busy or broken is sent this often, until its first piece."""

BACKOFF_S = (0.5, 1.5)
"""Pauses between attempts, where the server asks for none."""

LONGEST_PAUSE_S = 15.0
"""A server that asks for a longer pause (``Retry-After``) is as good as down to who waits."""

TRANSPORTS = ("httpx", "httpx2", "httpcore", "httpcore2")
"""Whose exceptions come through the protocol's client unchanged while a reply streams in."""

DEADLINE = 5.0
"""A whole reply may take this many times the longest silence."""


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """The longest silence in seconds, and how many requests may run at once."""

    timeout_s: float = 30.0
    concurrency: int = 4


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
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
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
            Cancelled: nobody waits any more.
        """
        cancellation.check()
        pieces: queue.SimpleQueue[ReplyPiece | BaseException | None] = queue.SimpleQueue()
        loop = self._started()
        future = asyncio.run_coroutine_threadsafe(self._run(request, pieces), loop)
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
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(self._closed(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
        self._tokens.close()

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(
                    target=self._loop.run_forever, name="llm-requests", daemon=True
                )
                self._thread.start()
            return self._loop

    async def _closed(self) -> None:
        me = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not me]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.get_running_loop().shutdown_asyncgens()
        for client in self._clients.values():
            await client._get_aclient().close()
        self._clients = {}

    async def _run(
        self,
        request: ChatRequest,
        pieces: queue.SimpleQueue[ReplyPiece | BaseException | None],
    ) -> None:
        """Put the pieces of a reply into the queue, then None or what went wrong."""
        self._running += 1
        try:
            async with (
                asyncio.timeout(DEADLINE * self._limits.timeout_s),
                self._slots,
                aclosing(self._attempted(request)) as attempted,
            ):
                async for piece in attempted:
                    pieces.put(piece)
            pieces.put(None)
            self.last_error = None
        except TimeoutError:
            self._ended(pieces, self._stalled())
        except ModelUnavailable as error:
            self._ended(pieces, error)
        except Exception as error:
            self._ended(pieces, _nonsense(self._model, error))
        finally:
            self._running -= 1

    def _ended(
        self, pieces: queue.SimpleQueue[ReplyPiece | BaseException | None], error: ModelUnavailable
    ) -> None:
        if not isinstance(error, FormatRefused):
            self.last_error = str(error)
        pieces.put(error)

    async def _attempted(self, request: ChatRequest) -> AsyncGenerator[ReplyPiece, None]:
        """Yield a reply; try again while nothing of it has come."""
        wait = self._breaker.open_for()
        if wait > 0:
            raise ModelUnavailable(
                f"the language model {self._model!r} failed again and again; "
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
        import openai

        client = await self._client(await asyncio.to_thread(self._address))
        begun = ended = False
        try:
            reply = await client.astream_chat(_messages(request), **_arguments(request))
            async with aclosing(reply):
                async for response in reply:
                    piece = _piece(response)
                    begun, ended = True, ended or piece.finish_reason is not None
                    yield piece
        except openai.APITimeoutError as error:
            raise self._stalled() from error
        except openai.APIConnectionError as error:
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
            "didn't end: raise TRANSCRIPT_QA_LLM_TIMEOUT_S, or take a smaller model"
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
            )
        return client


class _Again(Exception):
    """It may work at a second attempt, after a pause if the server says so."""

    def __init__(self, error: ModelUnavailable, after_s: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after_s = after_s


def _arguments(request: ChatRequest) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "stream_options": {"include_usage": True},
    }
    if request.stop:
        arguments["stop"] = list(request.stop)
    if request.schema is not None:
        schema = {"name": "answer", "strict": True, "schema": dict(request.schema)}
        arguments["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif request.json:
        arguments["response_format"] = {"type": "json_object"}
    return arguments


def _messages(request: ChatRequest) -> list[Any]:
    from llama_index.core.llms import ChatMessage

    return [ChatMessage(role=item.role, content=item.content) for item in request.messages]


def _piece(response: Any) -> ReplyPiece:
    """Return what a chunk of LlamaIndex's holds."""
    raw = response.raw
    choice = raw.choices[0] if raw.choices else None
    return ReplyPiece(
        text=whole(response.delta),
        finish_reason=choice.finish_reason if choice is not None else None,
        refusal=(getattr(choice.delta, "refusal", None) or "") if choice is not None else "",
        usage=None if getattr(raw, "usage", None) is None else usage_of(raw),
    )


def retry_after(value: str | None, now: float) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for; None where it says nothing.

    Args:
        value: seconds, or a date as HTTP has it.
        now: seconds since the epoch.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return seconds if seconds >= 0 else None


def _nonsense(model: str, error: Exception) -> ModelUnavailable:
    return ModelUnavailable(
        f"the language model {model!r} sent something that isn't a reply "
        f"({type(error).__name__}): check that the address is an OpenAI-compatible one"
    )
