from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.schemas import DocumentOut, DocumentPage, SpeakersOut, TurnsOut, UploadOut
from index.errors import StorageError
from index.records import Accepted, Refused, Source
from tests.api.checks import check_problem
from tests.api.fakes import SEED_NAME, TALKS, FakeService, make_service, make_settings, read

DOCUMENT = SEED_NAME.removesuffix(".txt")


def test_an_upload_is_there_on_return(client: TestClient) -> None:
    files = [("files", ("one.txt", TALKS.encode())), ("files", ("two.txt", b""))]

    reply = client.post("/v1/documents", files=files)

    assert reply.status_code == 201
    report = UploadOut.model_validate(reply.json())
    assert [(each.document_id, each.status) for each in report.documents] == [("one", "new")]
    assert [(each.name, each.code) for each in report.refused] == [("two.txt", "empty")]
    assert client.get("/v1/documents/one").status_code == 200


def test_an_upload_of_only_bad_files_is_a_problem_that_says_why(client: TestClient) -> None:
    files = [("files", ("a.txt", b"")), ("files", ("b.png", b"\x89PNG\0"))]

    problem = check_problem(client.post("/v1/documents", files=files), 422, "all_refused")

    assert problem["documents"] == []
    assert [each["code"] for each in problem["refused"]] == ["empty", "binary"]
    assert problem["refused"][1]["detail"] == "line 3: This isn't text."


def test_format_and_collection_go_with_every_file(client: TestClient, service: FakeService) -> None:
    files = [("files", ("a.txt", TALKS.encode())), ("files", ("b.txt", TALKS.encode()))]

    reply = client.post(
        "/v1/documents", files=files, data={"format": "text", "collection": " radio "}
    )

    assert reply.status_code == 201
    assert [(s.source_format, s.collection) for s in service.library.taken] == [
        ("text", "radio"),
        ("text", "radio"),
    ]


def test_fields_that_a_form_sends_empty_say_nothing(
    client: TestClient, service: FakeService
) -> None:
    files = [("files", ("a.txt", TALKS.encode()))]

    client.post("/v1/documents", files=files, data={"format": "", "collection": ""})

    assert [(s.source_format, s.collection) for s in service.library.taken] == [(None, None)]


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        ({"format": "docx"}, "format", "webvtt"),
        ({"format": "SRT\0"}, "format", "srt"),
        ({"collection": "x" * 201}, "invalid_query", "200"),
    ],
)
def test_an_unknown_format_or_a_bad_collection_takes_nothing_in(
    client: TestClient, service: FakeService, data: dict[str, str], code: str, says: str
) -> None:
    files = [("files", ("a.txt", TALKS.encode()))]

    problem = check_problem(client.post("/v1/documents", files=files, data=data), 422, code)

    assert says in problem["detail"]
    assert service.library.taken == []


@pytest.mark.parametrize(
    ("sent", "name"),
    [("C:\\talks\\a.txt", "a.txt"), ("../../a.txt", "a.txt"), ("x/y/a.txt", "a.txt")],
)
def test_folders_in_the_name_of_an_upload_are_dropped(
    client: TestClient, service: FakeService, sent: str, name: str
) -> None:
    client.post("/v1/documents", files=[("files", (sent, TALKS.encode()))])

    assert service.library.keys["a"] == name


def test_of_a_file_that_is_too_large_only_a_byte_too_many_is_read() -> None:
    service = make_service(settings=make_settings(max_file_bytes=len(TALKS.encode()) - 1))
    seen: list[int] = []
    ingest = service.library.ingest

    class Counting(type(service.library)):  # type: ignore[misc]
        def ingest(self, sources):  # type: ignore[no-untyped-def]
            for source in sources:
                seen.append(len(source.data))
                yield from ingest([source])

    service.library.__class__ = Counting
    client = TestClient(create_app(service, service.settings))

    client.post("/v1/documents", files=[("files", ("a.txt", TALKS.encode() * 3))])

    assert seen == [len(TALKS.encode())]


@pytest.mark.parametrize(
    ("kwargs", "status", "code"),
    [
        ({}, 422, "validation_error"),
        ({"json": {}}, 415, "unsupported_media_type"),
        ({"files": [("other", ("a.txt", b"x"))]}, 422, "validation_error"),
        (
            {"content": b"x", "headers": {"content-type": "multipart/form-data"}},
            400,
            "invalid_body",
        ),
    ],
)
def test_an_upload_without_files_is_a_problem(
    client: TestClient, kwargs: dict[str, object], status: int, code: str
) -> None:
    check_problem(client.post("/v1/documents", **kwargs), status, code)  # type: ignore[arg-type]


def test_pages_of_documents_follow_the_cursor(client: TestClient, service: FakeService) -> None:
    for name in ("a", "b", "c", "d"):
        service.library.add(f"{name}.txt", read(TALKS))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = DocumentPage.model_validate(client.get("/v1/documents", params=query).json())
        assert len(page.documents) <= 2
        seen += [each.document_id for each in page.documents]
        cursor = page.next_cursor
        if cursor is None:
            break

    assert seen == [DOCUMENT, "a", "b", "c", "d"]


@pytest.mark.parametrize("cursor", ["", "é", "!!", "Li4vZXRj", "YQ"])
def test_an_invented_cursor_is_refused(client: TestClient, cursor: str) -> None:
    check_problem(client.get("/v1/documents", params={"cursor": cursor}), 422, "invalid_cursor")


@pytest.mark.parametrize("limit", ["0", "501", "x"])
def test_a_page_size_out_of_bounds_is_refused(client: TestClient, limit: str) -> None:
    reply = client.get("/v1/documents", params={"limit": limit})
    check_problem(reply, 422, "validation_error")


def test_a_document_is_shown(client: TestClient) -> None:
    shown = DocumentOut.model_validate(client.get(f"/v1/documents/{DOCUMENT}").json())

    assert shown.title == "Talks on Ukraine go on"
    assert shown.speakers == ["INSKEEP", "MAYNES"]


def test_the_text_comes_unchanged(client: TestClient, service: FakeService) -> None:
    text = TALKS.replace("\n", "\r\n") + "\u2028é👩‍👩‍👧"
    service.library.add("odd.txt", read(text))

    reply = client.get("/v1/documents/odd/text")

    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    assert reply.content.decode("utf-8") == text


def test_an_older_version_still_resolves(client: TestClient, service: FakeService) -> None:
    old = service.library.document(DOCUMENT).document_version
    service.library.add(SEED_NAME, read(TALKS + "MAYNES: More.\n"))

    current = client.get(f"/v1/documents/{DOCUMENT}/text").text
    former = client.get(f"/v1/documents/{DOCUMENT}/text", params={"version": old}).text

    assert (current, former) == (TALKS + "MAYNES: More.\n", TALKS)
    turns = client.get(f"/v1/documents/{DOCUMENT}/turns", params={"version": old}).json()
    assert turns["document_version"] == old
    assert len(turns["turns"]) == 4


def test_turns_say_who_spoke_where(client: TestClient) -> None:
    shown = TurnsOut.model_validate(client.get(f"/v1/documents/{DOCUMENT}/turns").json())

    assert [turn.speaker for turn in shown.turns] == ["INSKEEP", "MAYNES", None, "MAYNES"]
    last = shown.turns[-1]
    assert TALKS[last.char_start : last.char_end].startswith("Those hundred thousand")


def test_speakers_are_counted(client: TestClient) -> None:
    shown = SpeakersOut.model_validate(client.get("/v1/speakers").json())

    assert [(each.speaker, each.turns) for each in shown.speakers] == [
        ("INSKEEP", 1),
        ("MAYNES", 2),
    ]


def test_a_deleted_document_is_gone(client: TestClient) -> None:
    reply = client.delete(f"/v1/documents/{DOCUMENT}")

    assert (reply.status_code, reply.content) == (204, b"")
    for address in ("", "/text", "/turns"):
        reply = client.get(f"/v1/documents/{DOCUMENT}{address}")
        check_problem(reply, 410, "deleted_document")
    check_problem(client.delete(f"/v1/documents/{DOCUMENT}"), 410, "deleted_document")
    assert client.get("/v1/documents").json()["documents"] == []


@pytest.mark.parametrize("document_id", ["nope", "a.b", "%00", "x" * 65, "%ED%A0%80"])
@pytest.mark.parametrize("address", ["", "/text", "/turns"])
def test_an_unknown_document_is_404(client: TestClient, document_id: str, address: str) -> None:
    reply = client.get(f"/v1/documents/{document_id}{address}")

    check_problem(reply, 404, "unknown_document")


def test_an_unknown_version_is_404(client: TestClient) -> None:
    reply = client.get(f"/v1/documents/{DOCUMENT}/text", params={"version": "nope"})
    check_problem(reply, 404, "unknown_document")


def test_a_disk_that_fills_up_half_way_leaves_no_doubt_what_was_stored(
    client: TestClient, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = service.library.ingest

    def fills_up(sources: Iterable[Source], **_: object) -> Iterator[Accepted | Refused]:
        waiting = iter(sources)
        yield from ingest([next(waiting)])
        raise StorageError("no room")

    monkeypatch.setattr(service.library, "ingest", fills_up)
    files = [("files", (f"{name}.txt", TALKS.encode())) for name in ("one", "two", "three")]

    reply = client.post("/v1/documents", files=files)

    assert reply.status_code == 201
    assert [each["document_id"] for each in reply.json()["documents"]] == ["one"]
    assert [(r["name"], r["code"]) for r in reply.json()["refused"]] == [
        ("two.txt", "storage"),
        ("three.txt", "storage"),
    ]


CHANGED = TALKS.replace("Berlin", "Oslo")


@pytest.mark.parametrize("where", ["/v1/documents", "/documents"])
def test_nothing_is_replaced_unasked(client: TestClient, service: FakeService, where: str) -> None:
    before = service.library.document(DOCUMENT)

    reply = client.post(where, files={"files": (SEED_NAME, CHANGED.encode())})

    body = check_problem(reply, 409, "document_exists")
    assert service.library.document(DOCUMENT) == before
    if where == "/v1/documents":
        (refused,) = body["refused"]
        assert (refused["name"], refused["document_id"]) == (SEED_NAME, DOCUMENT)
        assert before.metadata.title in refused["detail"]


@pytest.mark.parametrize(
    ("where", "params", "fields"),
    [
        ("/v1/documents", {"replace": "true"}, {}),
        ("/v1/documents", {}, {"replace": "true"}),
        ("/documents", {}, {"replace": "true"}),
    ],
)
def test_a_document_is_replaced_when_that_is_asked_for(
    client: TestClient, where: str, params: dict[str, str], fields: dict[str, str]
) -> None:
    files = {"files": (SEED_NAME, CHANGED.encode())}

    reply = client.post(where, files=files, params=params, data=fields)

    assert reply.status_code == (201 if where == "/v1/documents" else 200)
    assert "Oslo" in client.get(f"/v1/documents/{DOCUMENT}/text").text


def test_what_is_there_already_is_unchanged(client: TestClient) -> None:
    reply = client.post("/v1/documents", files={"files": (SEED_NAME, TALKS.encode())})

    assert reply.status_code == 201
    assert [each["status"] for each in reply.json()["documents"]] == ["unchanged"]


def test_one_file_in_the_way_does_not_keep_the_others_out(client: TestClient) -> None:
    files = [("files", (SEED_NAME, CHANGED.encode())), ("files", ("new.txt", CHANGED.encode()))]

    report = UploadOut.model_validate(client.post("/v1/documents", files=files).json())

    assert [each.document_id for each in report.documents] == ["new"]
    assert [(each.code, each.document_id) for each in report.refused] == [
        ("document_exists", DOCUMENT)
    ]
