"""Real databases for the tests: DATABASES names them, comma-separated; sqlite without it.

Each test gets a database of its own, on a server that is started once a run, or once for each process of `-n auto`. If a server
cannot be started, the tests fail.
"""

import asyncio
import gc
import json
import os
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

import pytest

from tests.servers import Server, running, template
from tests.servers.server import variable
from whimbrel.commands._output import as_json
from whimbrel.dialects.registry import find_dialect
from whimbrel.url import DATABASES, parse_url

pytest_plugins = ["pytester"]
Fresh = Callable[[], str]
_number = count(1)
# The folders of tests that need every driver, also on SQLite. tox runs them in the environment `databases` alone.
WITH_DRIVERS = {"adoption", "faults", "lint", "oracles", "review", "schema", "unit"}
# Fixtures of modules that start a server or an application.
_DEAR = {"served_url", "pooler", "nodes"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        names = os.environ.get("DATABASES", "sqlite").split(",")
        if unknown := set(names) - set(DATABASES):
            raise pytest.UsageError(f"DATABASES names {', '.join(unknown)}; known are {', '.join(DATABASES)}")
        metafunc.parametrize("database", names, scope="session")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder for what the servers of this run share; the processes of pytest-xdist inherit its name."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell does that to what it starts in the background, and all processes of the tests would inherit it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if template.FOLDER in os.environ:
        return
    folder = TemporaryDirectory(prefix="whimbrel-", ignore_cleanup_errors=True)
    os.environ[template.FOLDER] = folder.name

    def remove() -> None:
        del os.environ[template.FOLDER]
        folder.cleanup()

    config.add_cleanup(remove)


@pytest.fixture(scope="session", autouse=True)
def every_document_fits_its_schema() -> Iterator[None]:
    """Validate each document that a command prints with --json in this process."""

    def checked(value: object, stream: TextIO | None) -> str:
        from tests.json_schemas import check_document

        text = as_json(value, stream)
        check_document(json.loads(text))
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("whimbrel.cli.as_json", checked)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Return the number of processes of `-n auto`; None leaves it to pytest-xdist."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    # Some tests change settings of a whole server, or list its users: two processes cannot share one.
    if any(variable(name) in os.environ for name in DATABASES):
        return 0
    # Most tests wait more than they compute; each process has servers of its own, which take 0.7 GB.
    return min(2 * (os.cpu_count() or 1) + 1, 12)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Spare the thousands of tests, and all that they import, from the garbage collector: they live as long as the run."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect the tests of other databases (none is skipped), and note the database of each test for the report."""
    left_out = {item for item in items if _concerns_others(item) or _runs_elsewhere(item)}
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=list(left_out))
    for item in items:
        database = _database_of(item)
        item.user_properties.append(("database", database))
        if _shares_a_fixture(item):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem} {database}"))


def _database_of(item: pytest.Item) -> str:
    """Return the name of the test's database, or an empty text if it has none."""
    call = getattr(item, "callspec", None)
    return str(call.params.get("database", "")) if call else ""


def _concerns_others(item: pytest.Item) -> bool:
    needs = item.get_closest_marker("needs")
    if needs is not None and not set(needs.args) & set(os.environ.get("DATABASES", "sqlite").split(",")):
        return True
    only, database = item.get_closest_marker("only"), _database_of(item)
    return only is not None and database != "" and database not in only.args


def _runs_elsewhere(item: pytest.Item) -> bool:
    """Whether the tox environment with only SQLite's driver runs this test too, since it proves more there."""
    with_drivers = item.path.parent.name in WITH_DRIVERS or item.get_closest_marker("needs") is not None
    return os.environ.get("ELSEWHERE") == "sqlite" and not with_drivers and _database_of(item) in ("", "sqlite")


def _shares_a_fixture(item: pytest.Item) -> bool:
    """Whether a fixture of the test's module is expensive, so that one process runs all its tests on that database."""
    names = getattr(item, "fixturenames", ())
    return item.path.parent.name == "requirements" or not _DEAR.isdisjoint(names)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest) -> str:
    """The name of the database under test."""
    return str(request.param)


@pytest.fixture(scope="session")
def servers() -> Iterator[dict[str, Server]]:
    """The servers of this run, started when they are first needed."""
    with ExitStack() as stack:
        yield _Servers(stack)


class _Servers(dict[str, Server]):
    def __init__(self, stack: ExitStack) -> None:
        super().__init__()
        self._stack = stack

    def __missing__(self, name: str) -> Server:
        self[name] = server = self._stack.enter_context(running(name))
        return server


@pytest.fixture
def url(database: str, servers: dict[str, Server], tmp_path: Path) -> Iterator[str]:
    """The address of an empty database that this test alone uses."""
    if database == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.db'}"
        return
    admin = servers[database].url
    name = f"test_{os.getpid()}_{next(_number)}"
    run_sql(admin, creation_sql(servers[database], name))
    yield f"{admin.rpartition('/')[0]}/{name}"
    run_sql(admin, f"DROP DATABASE {name}" + (" WITH (FORCE)" if database == "postgresql" else ""))


@pytest.fixture
def fresh(database: str, servers: dict[str, Server], tmp_path: Path) -> Iterator[Fresh]:
    """Return a function that recreates one empty database at each call, and returns its address."""
    if database == "sqlite":

        def empty() -> str:
            for file in tmp_path.glob("fresh.db*"):
                file.unlink()
            return f"sqlite:///{tmp_path / 'fresh.db'}"

        yield empty
        return
    admin, name = servers[database].url, f"fresh_{os.getpid()}"
    drop = f"DROP DATABASE IF EXISTS {name}" + (" WITH (FORCE)" if database == "postgresql" else "")

    def anew() -> str:
        run_sql(admin, drop, creation_sql(servers[database], name))
        return f"{admin.rpartition('/')[0]}/{name}"

    yield anew
    run_sql(admin, drop)


def creation_sql(server: Server, name: str) -> str:
    """Return the statement that creates an empty database."""
    # PostgreSQL copies the template's files in half the time that it takes to log their pages. Before version 15, which may be
    # the user's own, there is no choice.
    copied = " STRATEGY = file_copy" if server.database == "postgresql" and server.process is not None else ""
    return f"CREATE DATABASE {name}{copied}"


def run_sql(url: str, *statements: str) -> None:
    """Run statements one by one, each committed by itself."""

    async def run() -> None:
        parsed = parse_url(url)
        connection = await find_dialect(parsed).open(parsed)
        try:
            for statement in statements:
                await connection.run(statement)
        finally:
            await connection.close()

    asyncio.run(run())
