"""A client that talks to the application over a service made of dictionaries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from tests.api.fakes import FakeService, make_service
from tests.api.server import Served, serve


@pytest.fixture
def service() -> FakeService:
    return make_service()


@pytest.fixture
def client(service: FakeService) -> Iterator[TestClient]:
    with TestClient(create_app(service, service.settings)) as client:
        yield client


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Iterator[Served]:
    """Return a real server over the seed transcripts."""
    with serve(tmp_path_factory.mktemp("data"), [seeds / "transcripts"]) as server:
        yield server


@pytest.fixture
def http(served: Served) -> Iterator[httpx.Client]:
    """Return a client of the real server."""
    with httpx.Client(base_url=served.url, timeout=60) as client:
        yield client
