"""Each recorded history: adopted once, migrated on, and then equal to a database that was migrated from nothing."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adoption.loading import databases_of
from tests.adoption.shop import Picture, Shop, take_picture
from tests.adoption.written import SQL_TOOLS
from tests.conftest import Fresh
from whimbrel.adoption.tools import NAMES
from whimbrel.dialects.place import TABLES
from whimbrel.schema.compare import compare

pytestmark = pytest.mark.asyncio
FULL = os.environ.get("ADOPTION") == "full"


def _is_run(tool: str, database: str) -> bool:
    """Whether this run has the pair: in full all of them; otherwise SQLite, which costs little, and a share of the others."""
    if database not in databases_of(tool):
        return False
    others = ("postgresql", "mysql", "mariadb")
    return FULL or database == "sqlite" or tool in ("dbmate", "node-pg-migrate") or others[NAMES.index(tool) % 3] == database


@pytest.mark.parametrize("tool", NAMES)
async def test_a_history_is_adopted_once_and_goes_on(url: str, fresh: Fresh, database: str, tool: str, tmp_path: Path) -> None:
    if not _is_run(tool, database):
        return
    shop = await Shop(url, tool, database, tmp_path).build()
    before = await take_picture(url)
    dry = await shop.adopt()
    assert (len(dry.recorded) >= 5, dry.applied) == (True, False)
    assert await take_picture(url) == before
    assert not shop.ours.exists()
    done = await shop.adopt(apply=True)
    assert (done.recorded, done.applied) == (dry.recorded, True)
    after = await take_picture(url)
    assert {name: rows for name, rows in after[1].items() if name not in TABLES} == before[1]
    again = await shop.adopt(apply=True)
    assert (again.recorded, again.written, again.already) == ((), (), len(done.recorded))
    assert await take_picture(url) == after
    assert [one.description for one in (await shop.migrate_on()).applied] == ["invoices"]
    nothing = fresh()
    await shop.migrate_on(nothing)
    _check_equal(await take_picture(url), await take_picture(nothing), set(before[1]))


def _check_equal(adopted: Picture, made: Picture, known: set[str]) -> None:
    theirs = {name for name in known if name not in made[1]}
    left_out = {*theirs, *TABLES}
    schemas = [
        replace(one, tables=tuple(table for table in one.tables if table.name not in left_out)) for one, _ in (adopted, made)
    ]
    assert list(map(str, compare(*schemas))) == []
    rows = [{name: found for name, found in one.items() if name not in left_out} for _, one in (adopted, made)]
    assert rows[0] == rows[1]


async def test_every_tool_has_a_recording(database: str) -> None:
    assert {*SQL_TOOLS, "alembic", "django"} == set(NAMES)
