"""A database that is not empty, and the refusal of a new set there."""

import asyncio

import pytest

from tests.conftest import run_sql
from tests.faults.picture import draw
from whimbrel import ValidationFailed, info, migrate, validate

__all__ = ["held", "refusal"]

# The contents of the database before Whimbrel sees it.
HELD = (
    "CREATE TABLE stock (id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(40))",
    "INSERT INTO stock VALUES (1, 'newer'), (2, 'row')",
    "CREATE TABLE parent (id INTEGER NOT NULL PRIMARY KEY)",
    "CREATE TABLE flyway_schema_history (installed_rank INTEGER NOT NULL PRIMARY KEY)",
    "CREATE VIEW stock_names AS SELECT name FROM stock",
)


async def held(url: str) -> None:
    await asyncio.to_thread(run_sql, url, *HELD)


async def refusal(url: str, *folders: str) -> str:
    """Return the message with which a run is refused; the database is as before, and every question says the same."""
    before = await draw(url)
    with pytest.raises(ValidationFailed) as caught:
        await migrate(url, *folders)
    told = str(caught.value)
    with pytest.raises(ValidationFailed) as asked:
        await migrate(url, *folders, dry_run=True)
    assert str(asked.value) == told
    problems = [problem for problem in await validate(url, *folders) if problem.kind == "first_contact"]
    assert [problem for problem in caught.value.problems if problem.kind == "first_contact"] == problems
    assert await info(url, *folders)
    assert await draw(url) == before
    return told
