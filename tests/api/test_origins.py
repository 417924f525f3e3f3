from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.origins import allowed_hosts
from tests.api.checks import check_problem
from tests.api.fakes import FakeService, make_service, make_settings

DOCUMENT = "/v1/documents/000_fac1b7b31968a60e"


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://testserver:81",
        "http://testserver.evil.example",
        "null",
        "",
        "http://[",
        "file://testserver",
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_another_origin_changes_nothing(client: TestClient, origin: str, method: str) -> None:
    reply = client.request(method, DOCUMENT, headers={"origin": origin})

    check_problem(reply, 403, "cross_site")
    assert client.get(DOCUMENT).status_code == 200


@pytest.mark.parametrize("origin", ["http://testserver", "http://TestServer:80", None])
def test_our_own_pages_and_programs_may_change_things(
    client: TestClient, origin: str | None
) -> None:
    headers = {} if origin is None else {"origin": origin}

    assert client.delete(DOCUMENT, headers=headers).status_code == 204


def test_a_proxy_may_speak_https_to_the_browser(client: TestClient) -> None:
    headers = {"origin": "https://testserver"}

    assert client.delete(DOCUMENT, headers=headers).status_code == 204


def test_reading_is_not_asked_where_it_comes_from(client: TestClient) -> None:
    assert client.get(DOCUMENT, headers={"origin": "http://evil.example"}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "[::2]:8000", "[", "::"])
def test_a_host_that_is_not_ours_is_refused(client: TestClient, host: str) -> None:
    check_problem(client.get("/v1/speakers", headers={"host": host}), 403, "unknown_host")


@pytest.mark.parametrize(
    ("host", "given", "name", "served"),
    [
        ("127.0.0.1", None, "localhost:8000", True),
        ("127.0.0.1", None, "LOCALHOST.", True),
        ("127.0.0.1", None, "[::1]:8000", True),
        ("127.0.0.1", None, "qa.example", False),
        ("10.0.0.7", None, "10.0.0.7:8000", True),
        ("::2", None, "[::2]", True),
        ("0.0.0.0", None, "qa.example", False),
        ("::", None, "qa.example", False),
        ("0.0.0.0", None, "localhost", True),
        ("0.0.0.0", None, "0.0.0.0", False),
        ("0.0.0.0", "qa.example", "evil.example", False),
        ("127.0.0.1", "qa.example, other.example", "other.example", True),
        ("127.0.0.1", "qa.example", "127.0.0.1", False),
        ("127.0.0.1", "*", "any.example", True),
    ],
)
def test_which_hosts_are_ours(host: str, given: str | None, name: str, served: bool) -> None:
    settings = make_settings(host=host, allowed_hosts=given)
    service: FakeService = make_service(settings=settings)

    with TestClient(create_app(service, settings)) as client:
        status = client.get("/v1/speakers", headers={"host": name}).status_code

    assert status == (200 if served else 403), allowed_hosts(settings)


OPENED = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
CLICKED = {**OPENED, "sec-fetch-user": "?1"}
ASKED = "/?question=Where+will+they+meet"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    ("address", "how", "served"),
    [
        (ASKED, {}, False),
        (ASKED, {"sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, False),
        (ASKED, {"sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, False),
        (ASKED, OPENED, False),
        (ASKED.replace("q", "%71", 1), OPENED, False),
        (ASKED, CLICKED, True),
        ("/", OPENED, True),
        ("/documents", OPENED, True),
        ("/v1/documents", {"sec-fetch-mode": "cors", "sec-fetch-dest": "empty"}, False),
    ],
)
def test_another_site_has_no_work_done_here(
    client: TestClient,
    service: FakeService,
    site: str,
    address: str,
    how: dict[str, str],
    served: bool,
) -> None:
    reply = client.get(address, headers={"sec-fetch-site": site, **how})

    assert bool(service.asked) == (served and address == ASKED)
    if served:
        assert reply.status_code == 200
    else:
        check_problem(reply, 403, "cross_site")


@pytest.mark.parametrize("site", ["same-origin", "none", None])
def test_our_own_page_and_the_address_bar_ask(
    client: TestClient, service: FakeService, site: str | None
) -> None:
    headers = {} if site is None else {"sec-fetch-site": site}

    assert client.get(ASKED, headers=headers).status_code == 200
    assert len(service.asked) == 1
