"""Fleets of tenants, and how big they are: TENANTS=full for the figures of the requirement."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fleet import Fleet, clear_away, new_fleet
from whimbrel.tenants.registry import Registry


@pytest.fixture(scope="session")
def full() -> bool:
    """Whether to run the fleets of the requirement and not those for every change."""
    return os.environ.get("TENANTS") == "full"


@pytest.fixture(scope="session")
def many(full: bool) -> int:
    """How many tenants a fleet has."""
    return 1_000 if full else 20


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str, object], None]:
    """Tell what a test measured."""

    def tell(name: str, value: object) -> None:
        record_property("figure", f"{name}: {value}")
        print(f"{name}: {value}")

    return tell


@pytest.fixture
def fleet(url: str, database: str, tmp_path: Path) -> Iterator[Fleet]:
    """Tenants that this test alone uses."""
    made = new_fleet(url, database, tmp_path)
    yield made
    clear_away(made)


@pytest.fixture
def slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time between reading whether there is a tenant and acting on it, so that all who may read at once have read the same."""
    read = Registry.knows

    async def slowly(registry: Registry, name: str) -> bool:
        known = await read(registry, name)
        await asyncio.sleep(0.3)
        return known

    monkeypatch.setattr(Registry, "knows", slowly)
