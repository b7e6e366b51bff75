"""Fixtures: the application, served by `python main.py` on a separate database for each test module, and logged-in users."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from uuid import uuid4

import httpx
import pytest

from tests.application import web
from tests.application.test_main import serving, wait_until_ready
from tests.conftest import creation_sql, run_sql
from tests.servers import Server

PASSWORD = "correct horse"
_number = count(1)


@pytest.fixture(scope="module")
def served_url(database: str, servers: dict[str, Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the module's database, which is empty until the application starts."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('application') / 'chat.db'}"
        return
    admin = servers[database].url
    name = f"application_{os.getpid()}_{next(_number)}"
    run_sql(admin, creation_sql(servers[database], name))
    yield f"{admin.rpartition('/')[0]}/{name}"
    run_sql(admin, f"DROP DATABASE {name}" + (" WITH (FORCE)" if database == "postgresql" else ""))


@pytest.fixture(scope="module")
def address(served_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of the application."""
    command = [sys.executable, "-m", "tests.application.served"]
    with serving(command, served_url, tmp_path_factory.mktemp("served")) as (address, process, said):
        wait_until_ready(address, process, said)
        yield address


def registration(**fields: object) -> dict[str, object]:
    """Return the body of a registration, with these fields changed."""
    name = f"u{uuid4().hex[:20]}"
    return {"email": f"{name}@example.org", "username": name, "password": PASSWORD} | fields


@contextmanager
def logged_in(address: str) -> Iterator[httpx.Client]:
    """Yield a client of a newly registered user. It keeps cookies, like a browser."""
    with web.Client(base_url=address) as client:
        answer = client.post("/auth/register", json=registration())
        assert answer.status_code == 201, answer.text
        yield client


@pytest.fixture(scope="module")
def reader(address: str) -> Iterator[httpx.Client]:
    """Yield one user for all tests of a module that leave no rows: a registration is slower than most of them."""
    with logged_in(address) as client:
        yield client


@pytest.fixture
def ada(address: str) -> Iterator[httpx.Client]:
    """A user."""
    with logged_in(address) as client:
        yield client


@pytest.fixture
def bob(address: str) -> Iterator[httpx.Client]:
    """Another user."""
    with logged_in(address) as client:
        yield client
