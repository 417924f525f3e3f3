"""A service over HTTP."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import asdict, dataclass
from typing import Any

import httpx
from pydantic import TypeAdapter

from eval.errors import TargetError
from eval.records import AnswerRecord, DataDocument, HitRecord, TargetDocument
from eval.targets.base import (
    TargetInfo,
    batches,
    parse_answer,
    parse_hits,
    parse_turns,
    parsed,
)
from index.records import Filters

TIMEOUT_S = 300.0
"""Longest wait for one response: an upload of a batch encodes it before it answers."""


@dataclass(frozen=True, slots=True)
class _Listed:
    document_id: str


@dataclass(frozen=True, slots=True)
class _Page:
    documents: tuple[_Listed, ...]
    next_cursor: str | None = None


_PAGE = TypeAdapter(_Page)


class HttpTarget:
    """A running service; safe to share between threads.

    Args:
        address: where it listens, such as ``http://127.0.0.1:8000``.
        mode: the answer mode of every question.
        statements: most statements of an answer; the service's own number by default.
        transport: replaces the network in tests.
    """

    def __init__(
        self,
        address: str,
        *,
        mode: str = "auto",
        statements: int | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._mode = mode
        self._statements = statements
        url = httpx.URL(address)
        # Credentials in the address are used, and never written down.
        self._shown = str(url.copy_with(username=None, password=None))
        self._client = httpx.Client(base_url=url, timeout=TIMEOUT_S, transport=transport)

    @property
    def info(self) -> TargetInfo:
        """Return where it is; its models come with its answers."""
        return TargetInfo(
            "http", {"address": self._shown, "mode": self._mode, "statements": self._statements}
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _request(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise TargetError(f"{method} {path}: {error!r}", code="unreachable") from error
        if not response.is_success:
            raise TargetError(
                f"{method} {path}: {response.status_code} {response.text[:300]}",
                code=_problem_code(response),
            )
        return response

    def _json(self, method: str, path: str, **options: Any) -> object:
        response = self._request(method, path, **options)
        try:
            return response.json()
        except ValueError as error:
            message = f"{method} {path}: not JSON: {response.text[:100]!r}"
            raise TargetError(message, code="malformed") from error

    def ask(self, question: str, filters: Filters) -> AnswerRecord:
        """Answer a question from what matches the filters."""
        body: dict[str, Any] = {"question": question, "mode": self._mode, **_filters(filters)}
        if self._statements is not None:
            body["limit"] = self._statements
        return parse_answer(self._json("POST", "/v1/ask", json=body))

    def search(self, query: str, filters: Filters, limit: int) -> tuple[HitRecord, ...]:
        """Return the best passages that match the filters, best first."""
        body: dict[str, Any] = {"query": query, "limit": limit, **_filters(filters)}
        return parse_hits(self._json("POST", "/v1/search", json=body))

    def document(self, document_id: str, version: str | None) -> TargetDocument:
        """Return a document, its current version by default."""
        path = f"/v1/documents/{document_id}"
        if version is None:
            version = self._version(path)
        params = {"version": version}
        text = self._request("GET", f"{path}/text", params=params)
        turns = self._json("GET", f"{path}/turns", params=params)
        # Decoded here: the canonical text must not pass through a guess of its encoding.
        try:
            canonical = text.content.decode("utf-8")
        except UnicodeDecodeError as error:
            raise TargetError(f"GET {path}/text: not UTF-8", code="malformed") from error
        return TargetDocument(document_id, version, canonical, parse_turns(turns))

    def _version(self, path: str) -> str:
        value = self._json("GET", path)
        version = value.get("document_version") if isinstance(value, dict) else None
        if not isinstance(version, str):
            raise TargetError(f"GET {path}: no document_version", code="malformed")
        return version

    def _holds(self, document_id: str) -> bool:
        try:
            self._version(f"/v1/documents/{document_id}")
        except TargetError as error:
            if error.code in {"unknown_document", "deleted_document", "404", "410"}:
                return False
            raise
        return True

    def hold(self, documents: Sequence[DataDocument]) -> int:
        """Upload the documents that the service doesn't know; return how many."""
        missing = [document for document in documents if not self._holds(document.id)]
        for file in batches(missing):
            files = [("files", part) for part in file.parts()]
            value = self._json("POST", "/v1/documents", files=files)
            refused = value.get("refused") if isinstance(value, dict) else None
            if refused:
                raise TargetError(f"POST /v1/documents: {refused!r:.300}", code="refused")
        return len(missing)

    def others(self, document_ids: Set[str]) -> int:
        """Return how many documents the service holds besides these."""
        count = 0
        params = {"limit": "100"}
        while True:
            page = parsed(_PAGE, self._json("GET", "/v1/documents", params=params), "documents")
            count += sum(each.document_id not in document_ids for each in page.documents)
            if page.next_cursor is None:
                return count
            params["cursor"] = page.next_cursor


def _filters(filters: Filters) -> dict[str, Any]:
    """Return the part of a request that filters, empty where nothing is filtered."""
    given = {name: value for name, value in asdict(filters).items() if value}
    return {"filters": given} if given else {}


def _problem_code(response: httpx.Response) -> str:
    """Return the stable code of a problem document, or the status."""
    try:
        value = response.json()
    except ValueError:
        value = None
    code = value.get("code") if isinstance(value, dict) else None
    return code if isinstance(code, str) else str(response.status_code)
