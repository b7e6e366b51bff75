"""Fixtures for pytest: each test has a migrated database of its own. pytest loads this module where Whimbrel is installed.

    async def test_a_user_can_be_found(whimbrel_manager):
        await whimbrel_manager.execute("INSERT INTO users ...")

The migrations come from [tool.whimbrel] sql, from the ini option whimbrel_sql, or from the fixture whimbrel_folders if a project
overrides it. The database comes from --whimbrel-url, from the environment's TEST_DATABASE_URL, or from the ini option
whimbrel_url; the default is SQLite. That database itself stays untouched: the fixtures create copies next to it, and drop them.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeVar, get_args

import pytest

__all__ = ["whimbrel_folders", "whimbrel_manager", "whimbrel_url"]

T = TypeVar("T")
_Scope = Literal["function", "class", "module", "package", "session"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options for the database and the migrations."""
    group = parser.getgroup("whimbrel")
    group.addoption(
        "--whimbrel-url", metavar="URL", help="the database next to which the tests' own are created; its name contains 'test'"
    )
    parser.addini("whimbrel_url", "the same, used if neither the option nor TEST_DATABASE_URL is given")
    parser.addini("whimbrel_sql", "the folders of migrations, in the order to apply them", type="paths")


class _Workshop:
    """A thread with an event loop of its own, which creates the databases: a test's loop may live no longer than the test."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="whimbrel databases", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture(scope="session")
def whimbrel_folders(pytestconfig: pytest.Config) -> list[Any]:
    """Return the folders of migrations; a project may override this fixture."""
    from whimbrel.commands._options import project_folders
    from whimbrel.errors import ConfigurationError
    from whimbrel.settings import read_project

    folders = [str(path) for path in pytestconfig.getini("whimbrel_sql")] or project_folders(read_project(pytestconfig.rootpath))
    if not folders:
        raise ConfigurationError("no folder of migrations: set sql in [tool.whimbrel], or whimbrel_sql in pytest's options")
    return folders


@pytest.fixture(scope="session")
def _whimbrel_copies(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Return a function that makes copies of a database migrated from `folders`, and the workshop where they are made."""
    from whimbrel.commands.migrate import migrate
    from whimbrel.dialects.clones import Copies, find_copies
    from whimbrel.errors import DatabaseUnreachable

    url = _chosen_url(pytestconfig)
    worker = getattr(pytestconfig, "workerinput", {}).get("workerid", "main")
    workshop, opened = _Workshop(), list[Copies]()

    def make(folders: list[str]) -> tuple[Copies, _Workshop]:
        # This name distinguishes simultaneous runs on one server, and the workers of each run.
        unique, folder = f"{worker}_{secrets.token_hex(3)}", Path(tmp_path_factory.mktemp("whimbrel"))
        copies = find_copies(url, unique, folder, lambda copy: migrate(copy, *folders))
        opened.append(copies)
        try:
            workshop.run(copies.open())
        except DatabaseUnreachable:
            # Nothing was created, and there is no connection to close.
            opened.remove(copies)
            raise
        return copies, workshop

    try:
        yield make
    finally:
        for copies in opened:
            workshop.run(copies.close())
        workshop.close()


def _chosen_url(pytestconfig: pytest.Config) -> Any:
    from whimbrel.url import parse_url

    named = pytestconfig.getoption("whimbrel_url") or os.environ.get("TEST_DATABASE_URL") or pytestconfig.getini("whimbrel_url")
    return parse_url(named or "sqlite://")


@pytest.fixture(scope="session")
def _whimbrel_copies_of_project(_whimbrel_copies: Callable[..., Any], whimbrel_folders: list[Any]) -> Any:
    return _whimbrel_copies(whimbrel_folders)


@pytest.fixture
def whimbrel_url(_whimbrel_copies_of_project: Any) -> Iterator[Any]:
    """Return the address of a migrated database that only this test uses."""
    copies, workshop = _whimbrel_copies_of_project
    copy = workshop.run(copies.take())
    yield copy
    workshop.run(copies.give_back(copy))


@pytest.fixture
def whimbrel_manager(request: pytest.FixtureRequest) -> Any:
    """Return a DatabaseManager, connected in the test's own event loop, on a migrated database that only this test uses."""
    return request.getfixturevalue(f"_whimbrel_manager_{_loop_scope(request)}")


def _loop_scope(request: pytest.FixtureRequest) -> str:
    if not request.config.pluginmanager.hasplugin("asyncio"):
        return "function"
    marker = request.node.get_closest_marker("asyncio")
    asked = marker.kwargs.get("loop_scope") or marker.kwargs.get("scope") if marker else None
    return str(asked or request.config.getini("asyncio_default_test_loop_scope"))


def pytest_configure(config: pytest.Config) -> None:
    """Define the asynchronous fixtures once for each scope of event loops, since a fixture's scope is fixed at its definition."""
    fixtures = ModuleType("whimbrel_fixtures")
    if config.pluginmanager.hasplugin("asyncio"):
        from pytest_asyncio import fixture

        for scope in get_args(_Scope):
            _define(fixtures, scope, fixture(loop_scope=scope))
    else:
        # A plain fixture, which anyio's plugin runs.
        _define(fixtures, "function", pytest.fixture)
    config.pluginmanager.register(fixtures, fixtures.__name__)


def _define(fixtures: ModuleType, scope: str, decorate: Callable[..., Any]) -> None:
    async def manager(whimbrel_url: Any) -> AsyncIterator[Any]:
        from whimbrel.manager import DatabaseManager

        async with DatabaseManager(whimbrel_url) as db_manager:
            yield db_manager

    setattr(fixtures, f"_whimbrel_manager_{scope}", decorate(manager))
