"""Falsified databases, histories and files ("lies"): each is refused and named, and neither history changes."""

import asyncio
import os
import re
import sqlite3
from pathlib import Path

import pytest

from tests.adoption.lies import Lie, lies_in_files, lies_in_rows, lies_in_the_schema
from tests.adoption.shop import Shop, take_picture, tool_files, tools
from tests.adoption.tool_locks import held, lock_of
from tests.conftest import Fresh
from whimbrel import ValidationFailed

pytestmark = pytest.mark.parametrize("tool", tools())


def test_lies_in_rows_and_files_are_refused(url: str, database: str, tool: str, tmp_path: Path) -> None:
    asyncio.run(_lie_in_rows_and_files(Shop(url, tool, database, tmp_path)))


async def _lie_in_rows_and_files(shop: Shop) -> None:
    await shop.build()
    tool, database = shop.tool, shop.database
    for lie in [*lies_in_rows(tool, database), *lies_in_files(tool)]:
        await shop.run(*lie.tell)
        texts = {name: text.replace(*lie.edit) for name, text in tool_files(tool, database).items() if lie.edit[0]}
        assert not lie.edit[0] or texts != tool_files(tool, database)
        shop.write(texts)
        await _refused(shop, [lie])
        await shop.run(*lie.mend)
        shop.write(tool_files(tool, database))
    if lock := lock_of(tool, database, shop.url.rpartition("/")[2]):
        async with held(shop.url, lock):
            await _refused(shop, [Lie("a held lock", "another session holds the lock")])
    # Without the last lie the adoption succeeds, so each refusal had its own lie as its only reason.
    assert (await shop.adopt()).recorded


def test_lies_in_the_schema_are_refused(fresh: Fresh, database: str, tool: str, tmp_path: Path) -> None:
    lies = lies_in_the_schema(tool, database)
    # The full run tests the lies one by one. Otherwise one refusal must name all lies at once.
    for group in [[lie] for lie in lies] if os.environ.get("ADOPTION") == "full" else [lies]:
        asyncio.run(_lie(Shop(fresh(), tool, database, tmp_path), group))


async def _lie(shop: Shop, lies: list[Lie]) -> None:
    await shop.build()
    await shop.run(*(statement for lie in lies for statement in lie.tell if "sqlite_master" not in statement))
    _edit_catalog(shop.url, [statement for lie in lies for statement in lie.tell if "sqlite_master" in statement])
    await _refused(shop, lies)


async def _refused(shop: Shop, lies: list[Lie]) -> None:
    before = await take_picture(shop.url)
    with pytest.raises(ValidationFailed) as refusal:
        await shop.adopt(apply=True)
    told = str(refusal.value)
    assert [lie.name for lie in lies if not re.search(lie.named, told)] == [], told
    assert refusal.value.exit_code == 3
    assert await take_picture(shop.url) == before, lies
    assert not shop.ours.exists()


def _edit_catalog(url: str, statements: list[str]) -> None:
    if statements:
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            assert connection.execute(statement).rowcount == 1
        connection.commit()
        connection.close()
