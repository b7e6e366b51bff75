"""How big the runs are, which fault a test stands for, and the figures it measured: all of it reaches docs/faults.md."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.servers import Server

Figure = Callable[[str, object], None]
Fresh = Callable[[], str]


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether to run all of it (`tox -e faults-full`) and not the part for every change."""
    return os.environ.get("FAULTS") == "full"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Tell what a test measured: `figure("crash points", 312)`."""

    def tell(name: str, value: object) -> None:
        record_property("figure", f"{name}: {value}")
        print(f"{name}: {value}")

    return tell


@pytest.fixture
def fresh(database: str, servers: dict[str, Server], tmp_path: Path) -> Iterator[Fresh]:
    """Make one database anew, empty, as often as a test wants; each call returns its address."""
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
        run_sql(admin, drop, f"CREATE DATABASE {name}")
        return f"{admin.rpartition('/')[0]}/{name}"

    yield anew
    run_sql(admin, drop)


@pytest.fixture(autouse=True)
def _which(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Write number and database of a fault's test into the report of the run."""
    for mark in request.node.iter_markers("fault"):
        for number in mark.args:
            record_property("fault", number)
    call = getattr(request.node, "callspec", None)
    record_property("database", call.params.get("database", "") if call else "")
