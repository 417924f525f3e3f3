from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr

from eval.errors import TargetError
from eval.observe import Observer
from eval.records import DataDocument, DataFile
from eval.targets.base import BATCH_BYTES, batches, parse_answer, parse_hits
from eval.targets.http import HttpTarget
from eval.targets.inprocess import InProcessTarget, shown_settings
from index.errors import DeletedDocument, ModelUnavailable, UnknownDocument
from index.formats import read_transcripts
from index.formats.identity import document_id_of
from index.records import (
    Accepted,
    DocumentInfo,
    Filters,
    Hit,
    IngestStatus,
    Metadata,
    Refused,
    Scores,
    Source,
    Transcript,
    Turn,
)
from qa.records import Answer, Ask, Citation, Statement
from qa.settings import Settings
from tests.eval.builders import make_document, make_question

DOCUMENT = make_document(
    ("ANNA", "We met in Bremen."), ("BEN", ""), ("BEN", "It rained."), name="a"
)
QUESTION = make_question("q", "a", quotes=[(0, "We met in Bremen.")])


@dataclass
class FakeLibrary:
    """Reads sources as the real one does, and keeps transcripts in memory."""

    held: dict[str, Transcript] = field(default_factory=dict)
    refuse: str | None = None

    def ingest(self, sources: Iterable[Source]) -> Iterator[Accepted | Refused]:
        for source in sources:
            if self.refuse:
                yield Refused(source.key, self.refuse, "not today")
                continue
            for given, transcript in read_transcripts(source):
                name = given or document_id_of(source.key)
                status: IngestStatus = "unchanged" if self.held.get(name) == transcript else "new"
                self.held[name] = transcript
                yield Accepted(source.key, name, transcript.version, status)

    def _transcript(self, document_id: str, version: str | None) -> Transcript:
        if document_id == "gone":
            raise DeletedDocument("deleted")
        found = self.held.get(document_id)
        if found is None or version not in (None, found.version):
            raise UnknownDocument(f"no {document_id!r}")
        return found

    def document(self, document_id: str) -> DocumentInfo:
        found = self._transcript(document_id, None)
        return DocumentInfo(
            document_id, found.version, found.metadata, "k", "f", 1, 1, (), "2026-01-01"
        )

    def documents(self, after: str | None = None, limit: int = 100) -> tuple[DocumentInfo, ...]:
        names = [name for name in sorted(self.held) if after is None or name > after]
        return tuple(self.document(name) for name in names[:2])

    def text(self, document_id: str, version: str | None = None) -> str:
        return self._transcript(document_id, version).text

    def turns(self, document_id: str, version: str | None = None) -> tuple[Turn, ...]:
        return self._transcript(document_id, version).turns


@dataclass
class FakeAnsweringService:
    """Quotes the first turn of the first document, or raises what it is told to."""

    settings: Settings = field(default_factory=lambda: Settings.model_validate({}))
    library: FakeLibrary = field(default_factory=FakeLibrary)
    fault: Exception | None = None
    asked: list[Ask] = field(default_factory=list)
    searched: list[Filters] = field(default_factory=list)
    closed: bool = False

    def ask(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        if self.fault:
            raise self.fault
        name, transcript = next(iter(self.library.held.items()))
        turn = transcript.turns[0]
        quote = transcript.text[turn.char_start : turn.char_end]
        citation = Citation(
            1, name, transcript.version, "t", None, None, turn.speaker, 0,
            turn.char_start, turn.char_end, quote, None, None, None,
        )  # fmt: skip
        statement = Statement(quote, 0, len(quote), (1,), "quoted", 1.0)
        return Answer(
            "id", "answered", ask.question, None, f"{quote} [1]", None, (statement,), (citation,),
            0.75, None, (), {"retrieve": 1.0}, {"encoder": "fake", "llm": None},
        )  # fmt: skip

    def search(self, query: str, filters: Filters, limit: int) -> tuple[Hit, ...]:
        self.searched.append(filters)
        name, transcript = next(iter(self.library.held.items()))
        turn = transcript.turns[0]
        text = transcript.text[turn.char_start : turn.char_end]
        hit = Hit(
            "p", name, transcript.version, Metadata("t"), (), text, turn.char_start,
            turn.char_end, Scores(0.5, None, 0.5), 1,
        )  # fmt: skip
        return (hit,) * limit

    def close(self) -> None:
        self.closed = True


def in_process(service: FakeAnsweringService, **options: Any) -> InProcessTarget:
    """Open a target on a fake in the service's place."""
    return InProcessTarget(cast(Any, service), **options)


def over_http(service: FakeAnsweringService, uploads: list[bytes] | None = None) -> HttpTarget:
    """Serve the interface of a fake service without a network."""
    library = service.library

    def problem(error: UnknownDocument | DeletedDocument, status: int) -> httpx.Response:
        return httpx.Response(status, json={"status": status, "code": error.code})

    def handle(request: httpx.Request) -> httpx.Response:
        path, version = request.url.path, request.url.params.get("version")
        if path == "/v1/documents" and request.method == "GET":
            page = library.documents(request.url.params.get("cursor"))
            listed = [{"document_id": each.document_id, "title": "t"} for each in page]
            following = page[-1].document_id if len(page) == 2 else None
            return httpx.Response(200, json={"documents": listed, "next_cursor": following})
        if path == "/v1/documents":
            body = request.read()
            if uploads is not None:
                uploads.append(body)
            # The part of the one file, between its headers and the closing boundary.
            data = body.split(b"\r\n\r\n", 1)[1].rsplit(b"\r\n--", 1)[0]
            results = list(library.ingest([Source("upload.jsonl", data)]))
            refused = [vars_of(each) for each in results if isinstance(each, Refused)]
            return httpx.Response(
                422 if refused else 201, json={"documents": [], "refused": refused}
            )
        body = json.loads(request.read() or b"null")
        if path == "/v1/ask":
            ask = Ask(
                body["question"], filters_in(body), mode=body["mode"], limit=body.get("limit")
            )
            return httpx.Response(200, json=service.ask(ask).to_json())
        if path == "/v1/search":
            hits = service.search(body["query"], filters_in(body), body["limit"])
            rows = [
                {
                    "passage_id": hit.passage_id,
                    "document_id": hit.document_id,
                    "document_version": hit.document_version,
                    "title": "t",
                    "text": hit.text,
                    "char_start": hit.char_start,
                    "char_end": hit.char_end,
                    "scores": {"fused": 0.5},
                }
                for hit in hits
            ]
            return httpx.Response(200, json={"hits": rows})
        _, _, _, name, *rest = path.split("/")
        try:
            if rest == ["text"]:
                return httpx.Response(200, content=library.text(name, version).encode())
            if rest == ["turns"]:
                rows = [
                    {
                        "number": turn.number,
                        "speaker": turn.speaker,
                        "char_start": turn.char_start,
                        "char_end": turn.char_end,
                        "start_ms": None,
                    }
                    for turn in library.turns(name, version)
                ]
                return httpx.Response(200, json={"turns": rows})
            return httpx.Response(
                200, json={"document_version": library.document(name).document_version}
            )
        except UnknownDocument as error:
            return problem(error, 404)
        except DeletedDocument as error:
            return problem(error, 410)

    return HttpTarget("http://user:pw@service.test", transport=httpx.MockTransport(handle))


def filters_in(body: dict[str, Any]) -> Filters:
    """Read a request's filters as the interface does, which refuses a key it doesn't know."""
    given: dict[str, Any] = body.get("filters") or {}
    assert given.keys() <= {"document_ids", "speakers", "since", "until", "collection"}
    return Filters(
        document_ids=tuple(given.get("document_ids", ())),
        speakers=tuple(given.get("speakers", ())),
        since=given.get("since"),
        until=given.get("until"),
        collection=given.get("collection"),
    )


def vars_of(refused: Refused) -> dict[str, str]:
    return {"name": refused.name, "code": refused.code, "detail": refused.detail}


def fixed_clock() -> float:
    return 0.0


def test_in_process_and_over_http_agree() -> None:
    observations = []
    for target in (in_process(FakeAnsweringService()), over_http(FakeAnsweringService())):
        assert target.hold([DOCUMENT]) == 1
        observer = Observer(target, [DOCUMENT], "document", clock=fixed_clock)
        observations.append(observer.observe(QUESTION))
    assert observations[0] == observations[1]
    assert observations[0].error is None
    assert observations[0].gold.groups[0][0].text == "We met in Bremen."
    assert len(observations[0].hits) == 20


def test_filters_mode_and_statements_reach_the_service() -> None:
    inside, outside = FakeAnsweringService(), FakeAnsweringService()
    every = Filters(("a",), ("ANNA", "BEN"), "2024-01-01", "2024-02-01", "walks")
    targets = (
        in_process(inside, mode="quote", statements=5),
        over_http(outside),
    )
    for target in targets:
        target.hold([DOCUMENT])
        target.ask("Where?", every)
        target.search("Where?", every, 3)
        target.search("Where?", Filters(), 3)
    assert inside.asked == [Ask("Where?", every, mode="quote", limit=5)]
    assert outside.asked == [Ask("Where?", every, mode="auto")]
    assert inside.searched == outside.searched == [every, Filters()]


def test_only_missing_documents_are_uploaded() -> None:
    service, uploads = FakeAnsweringService(), list[bytes]()
    target = over_http(service, uploads)
    assert target.hold([DOCUMENT]) == 1
    assert target.hold([DOCUMENT, replace(DOCUMENT, id="b")]) == 1
    assert len(uploads) == 2
    assert b'"id": "b"' in uploads[1]
    assert b'"id": "a"' not in uploads[1]


def test_documents_beside_the_set_are_counted_page_by_page() -> None:
    for target in (in_process(FakeAnsweringService()), over_http(FakeAnsweringService())):
        target.hold([replace(DOCUMENT, id=name) for name in "abcde"])
        assert target.others({"a", "c"}) == 3
        assert target.others(set("abcde")) == 0


def test_a_deleted_document_is_uploaded_again() -> None:
    uploads: list[bytes] = []
    assert over_http(FakeAnsweringService(), uploads).hold([replace(DOCUMENT, id="gone")]) == 1
    assert len(uploads) == 1


def test_a_refused_document_stops_the_run() -> None:
    for target in (
        in_process(FakeAnsweringService(library=FakeLibrary(refuse="binary"))),
        over_http(FakeAnsweringService(library=FakeLibrary(refuse="binary"))),
    ):
        with pytest.raises(TargetError, match="not today"):
            target.hold([DOCUMENT])


@pytest.mark.parametrize(
    ("fault", "code"),
    [(ModelUnavailable("down"), "llm_unavailable"), (ValueError("a bug"), "internal")],
)
def test_what_the_service_raises_is_an_error_of_the_question(fault: Exception, code: str) -> None:
    target = in_process(FakeAnsweringService(fault=fault))
    target.hold([DOCUMENT])
    observation = Observer(target, [DOCUMENT], "corpus").observe(QUESTION)
    assert observation.error is not None
    assert observation.error.code == code
    assert observation.answer is None


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (
            httpx.Response(503, json={"code": "llm_unavailable"}),
            "llm_unavailable",
        ),
        (httpx.Response(500, text="<html>"), "500"),
        (httpx.Response(200, text="<html>"), "malformed"),
        (httpx.Response(200, json={"status": "answered"}), "malformed"),
    ],
)
def test_http_failures_keep_their_code(response: httpx.Response, code: str) -> None:
    target = HttpTarget("http://s.test", transport=httpx.MockTransport(lambda _: response))
    with pytest.raises(TargetError) as raised:
        target.ask("Where?", Filters())
    assert raised.value.code == code


def test_a_service_that_cannot_be_reached_is_an_error() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(TargetError) as raised:
        HttpTarget("http://s.test", transport=httpx.MockTransport(refuse)).search("x", Filters(), 5)
    assert raised.value.code == "unreachable"


@pytest.mark.parametrize("confidence", [1.5, -0.1, float("nan"), None, "high"])
def test_an_answer_with_an_impossible_confidence_is_malformed(confidence: object) -> None:
    service = FakeAnsweringService()
    in_process(service).hold([DOCUMENT])
    value = service.ask(Ask("Where?")).to_json()
    assert parse_answer({**value, "a_new_key": 1}).confidence == 0.75
    with pytest.raises(TargetError, match="confidence"):
        parse_answer({**value, "confidence": confidence})
    with pytest.raises(TargetError, match="hits"):
        parse_hits({"passages": []})


def test_secrets_and_places_are_not_written_down() -> None:
    settings = Settings.model_validate(
        {
            "llm_api_key": SecretStr("sk-secret"),
            "llm_base_url": "http://user:secret@llm",
            "database_url": "postgresql://user:secret@db",
            "abstain_below": 0.25,
        }
    )
    shown = shown_settings(settings)
    assert "secret" not in repr(shown)
    assert shown["abstain_below"] == 0.25
    assert "data_dir" not in shown
    assert "pw" not in repr(over_http(FakeAnsweringService()).info)


def test_batches_keep_documents_whole_and_within_their_size() -> None:
    big = make_document("word " * (BATCH_BYTES // 12), name="big")
    documents: list[DataDocument] = [replace(big, id=f"big{index}") for index in range(4)]
    own_file = replace(DOCUMENT, file=DataFile("a.txt", b"the file itself"))
    files = list(batches([DOCUMENT, own_file, replace(own_file, id="a2"), *documents]))
    assert files[0] == own_file.file
    ids = [json.loads(line)["id"] for file in files[1:] for line in file.data.splitlines()]
    assert ids == ["a", "big0", "big1", "big2", "big3"]
    assert all(len(file.data) <= BATCH_BYTES for file in files)
    assert len(files) == 3


def test_closing_a_target_closes_the_service() -> None:
    service = FakeAnsweringService()
    in_process(service).close()
    assert service.closed
