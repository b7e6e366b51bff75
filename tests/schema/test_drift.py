"""Drift: every change by hand is reported, and operations that leave the schema unchanged are not."""

from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.files import write_set
from whimbrel import drift, inspect, migrate, split
from whimbrel.dialects.registry import find_dialect
from whimbrel.schema.codec import pack, unpack
from whimbrel.schema.drifting import find_drift
from whimbrel.url import parse_url


@pytest.fixture
def seeded(database: str) -> ModuleType:
    """The changes of this database."""
    return import_module(f"tests.schema.drift_{database}")


@pytest.fixture
def base(seeded: ModuleType, tmp_path: Path) -> str:
    """The folder with the set that makes the schema."""
    return write_set(tmp_path / "base", {"V1__base.sql": seeded.BASE})


async def run(url: str, statements: str) -> None:
    parsed = parse_url(url)
    connection = await find_dialect(parsed).open(parsed)
    try:
        for one in split(statements, connection.database):
            await connection.run(one.text)
    finally:
        await connection.close()


async def changes_told(url: str, seeded: ModuleType) -> list[str]:
    """Return a line for each change that was not reported correctly."""
    wrong: list[str] = []
    before = await inspect(url)
    for statements, *wanted in seeded.CHANGES:
        await run(url, statements)
        now = await inspect(url)
        told = [str(one) for one in find_drift(unpack(pack(before)), now)]
        if len(told) != len(wanted) or not all(fnmatchcase(one, f"{like}*") for one, like in zip(told, wanted, strict=True)):
            wrong.append(f"{statements}: {told}, not {wanted}")
        before = now
    return wrong


@pytest.mark.asyncio
async def test_every_change_by_hand_is_named(url: str, base: str, seeded: ModuleType) -> None:
    assert len(seeded.CHANGES) >= 40
    await migrate(url, base)
    assert "\n".join(await changes_told(url, seeded)) == ""


@pytest.mark.asyncio
async def test_what_leaves_the_schema_as_it_was_is_no_drift(url: str, base: str, seeded: ModuleType) -> None:
    assert len(seeded.HARMLESS) >= 20
    await migrate(url, base)
    alarms: list[str] = []
    for statements in seeded.HARMLESS:
        await run(url, statements)
        report = await drift(url, base)
        assert report.note == ""
        alarms += [f"{statements}: {one.difference}" for one in report.found]
    assert "\n".join(alarms) == ""
