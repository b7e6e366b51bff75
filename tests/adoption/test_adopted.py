"""Each recorded history is adopted once and migrated further. The result equals a database that was migrated from empty."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from tests.adoption.loading import PYTHON_TOOLS
from tests.adoption.shop import Picture, Shop, take_picture, tools
from tests.adoption.written import SQL_TOOLS
from tests.conftest import Fresh
from whimbrel.adoption.tools import NAMES
from whimbrel.dialects.place import TABLES
from whimbrel.schema.compare import compare
from whimbrel.schema.model import Schema


@pytest.mark.parametrize("tool", tools())
def test_a_history_is_adopted_once_and_goes_on(url: str, fresh: Fresh, database: str, tool: str, tmp_path: Path) -> None:
    shop = Shop(url, tool, database, tmp_path)
    before = asyncio.run(_adopt_once(shop))
    nothing = fresh()
    asyncio.run(shop.migrate_on(nothing))
    adopted, made = asyncio.run(take_picture(url)), asyncio.run(take_picture(nothing))
    left_out = {*TABLES, *(name for name in before[1] if name not in made[1])}
    assert list(map(str, compare(_schema(adopted, left_out), _schema(made, left_out)))) == []
    assert _rows(adopted, left_out) == _rows(made, left_out)


async def _adopt_once(shop: Shop) -> Picture:
    """Adopt, migrate further, and return the state of the database before."""
    await shop.build()
    before = await take_picture(shop.url)
    dry = await shop.adopt()
    assert (len(dry.recorded) >= 5, dry.applied) == (True, False)
    assert await take_picture(shop.url) == before
    assert not shop.ours.exists()
    done = await shop.adopt(apply=True)
    assert (done.recorded, done.applied) == (dry.recorded, True)
    after = await take_picture(shop.url)
    assert _rows(after, TABLES) == before[1]
    again = await shop.adopt(apply=True)
    assert (again.recorded, again.written, again.already) == ((), (), len(done.recorded))
    assert await take_picture(shop.url) == after
    assert [one.script for one in (await shop.migrate_on()).applied] == ["V99990101000000__invoices.sql"]
    return before


def _schema(picture: Picture, left_out: Collection[str]) -> Schema:
    schema = picture[0]
    # SQLite keeps the text of a table as it was sent, with its blanks.
    tables = tuple(replace(one, native="".join(one.native.split())) for one in schema.tables if one.name not in left_out)
    # PostgreSQL's numbers come from a sequence that belongs to a table.
    sequences = tuple(one for one in schema.sequences if not one.name.startswith(tuple(left_out)))
    return replace(schema, tables=tables, sequences=sequences)


def _rows(picture: Picture, left_out: Collection[str]) -> dict[str, list[str]]:
    return {name: rows for name, rows in picture[1].items() if name not in left_out}


def test_every_tool_has_its_files() -> None:
    assert {*SQL_TOOLS, *PYTHON_TOOLS} == set(NAMES)
