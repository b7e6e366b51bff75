"""Fleets of tenants and their sizes; TENANTS=full selects the requirement's figures."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fleet import Fleet, clear_away, new_fleet
from whimbrel.tenants.registry import Registry


@pytest.fixture(scope="session")
def full() -> bool:
    """Return whether to run fleets of the requirement's size, instead of the smaller everyday ones."""
    return os.environ.get("TENANTS") == "full"


@pytest.fixture(scope="session")
def many(full: bool) -> int:
    """Return the number of tenants in a fleet."""
    return 1_000 if full else 20


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str, object], None]:
    """Return a function that reports a measured value."""

    def tell(name: str, value: object) -> None:
        record_property("figure", f"{name}: {value}")
        print(f"{name}: {value}")

    return tell


@pytest.fixture
def fleet(url: str, database: str, tmp_path: Path) -> Iterator[Fleet]:
    """Yield tenants for this test alone."""
    made = new_fleet(url, database, tmp_path)
    yield made
    clear_away(made)


@pytest.fixture
def slow_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delay between reading whether a tenant exists and acting on it, so that all simultaneous readers have read the same."""
    read = Registry.knows

    async def slowly(registry: Registry, name: str) -> bool:
        known = await read(registry, name)
        await asyncio.sleep(0.3)
        return known

    monkeypatch.setattr(Registry, "knows", slowly)
