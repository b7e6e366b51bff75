"""A shared file means the same on every database."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, migrate

pytestmark = pytest.mark.asyncio

TEXTS = r"""CREATE TABLE "texts" ("id" INTEGER PRIMARY KEY, "text" VARCHAR(100) NOT NULL);
INSERT INTO "texts" VALUES (1, 'C:\new\table');
INSERT INTO "texts" VALUES (2, 'ends with a backslash\');
INSERT INTO "texts" VALUES (3, 'it''s; "quoted"' || ' -- and joined \'' ');
INSERT INTO "texts" SELECT 4, '50 % of {} and $1 and :name and ?' WHERE 'a' || 'b' = 'ab';
"""
WANTED = ["C:\\new\\table", "ends with a backslash\\", "it's; \"quoted\" -- and joined \\' ", "50 % of {} and $1 and :name and ?"]


async def test_texts_reach_the_table_as_they_stand_in_the_file(url: str, tmp_path: Path) -> None:
    await migrate(url, write_set(tmp_path / "texts", {"V1__texts.sql": TEXTS}))
    async with DatabaseManager(url) as db_manager:
        assert [row["text"] for row in await db_manager.fetch_all("SELECT text FROM texts ORDER BY id")] == WANTED
        await db_manager.execute("DELETE FROM texts")
        await db_manager.execute_many(
            "INSERT INTO texts (id, text) VALUES (:id, :text)", [{"id": id_, "text": text} for id_, text in enumerate(WANTED)]
        )
        assert [row["text"] for row in await db_manager.fetch_all("SELECT text FROM texts ORDER BY id")] == WANTED
        assert await db_manager.fetch_value(r"SELECT id FROM texts WHERE text = 'C:\new\table' AND id < :most", {"most": 9}) == 0
