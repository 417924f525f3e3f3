"""A client that talks to the application over a service made of dictionaries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from tests.api.fakes import FakeService, make_service


@pytest.fixture
def service() -> FakeService:
    return make_service()


@pytest.fixture
def client(service: FakeService) -> Iterator[TestClient]:
    with TestClient(create_app(service, service.settings)) as client:
        yield client
