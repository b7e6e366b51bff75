"""Several ADD COLUMN IF NOT EXISTS in one ALTER TABLE, on the databases that lack the form."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, ValidationFailed, migrate

pytestmark = pytest.mark.asyncio
MADE = "CREATE TABLE t (id INTEGER PRIMARY KEY{columns});\nINSERT INTO t (id) VALUES (1);"
TWO = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INTEGER DEFAULT 7,\n  ADD COLUMN IF NOT EXISTS b INTEGER DEFAULT 8;"


async def row(url: str) -> dict[str, object]:
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_one("SELECT * FROM t") or {}


@pytest.mark.only("mysql", "mariadb", "postgresql")
@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ("", {"id": 1, "a": 7, "b": 8}),
        (", a INTEGER", {"id": 1, "a": None, "b": 8}),
        (", b INTEGER", {"id": 1, "b": None, "a": 7}),
        (", a INTEGER, b INTEGER", {"id": 1, "a": None, "b": None}),
    ],
)
async def test_the_columns_that_are_missing_are_added(
    url: str, database: str, tmp_path: Path, columns: str, expected: dict[str, object]
) -> None:
    folder = write_set(tmp_path / "list", {"V1__t.sql": MADE.format(columns=columns), "V2__c.sql": f"{TWO}\n{TWO}"})
    await migrate(url, folder, databases=[database])
    assert await row(url) == expected


@pytest.mark.only("mysql", "mariadb", "postgresql")
async def test_actions_without_a_condition_run_in_any_case(url: str, database: str, tmp_path: Path) -> None:
    text = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INTEGER DEFAULT 7, DROP COLUMN IF EXISTS c, ADD COLUMN d INTEGER DEFAULT 9;"
    folder = write_set(tmp_path / "list", {"V1__t.sql": MADE.format(columns=", a INTEGER, c INTEGER"), "V2__c.sql": text})
    await migrate(url, folder, databases=[database])
    assert await row(url) == {"id": 1, "a": None, "d": 9}


@pytest.mark.only("mysql")
async def test_a_condition_that_cannot_be_kept_is_refused_with_its_line(url: str, database: str, tmp_path: Path) -> None:
    text = "ALTER TABLE t ADD COLUMN IF NOT EXISTS a INTEGER,\n  ADD INDEX IF NOT EXISTS i (a);"
    folder = write_set(tmp_path / "list", {"V1__t.sql": MADE.format(columns=""), "V2__c.sql": "SELECT 1;\n" + text})
    with pytest.raises(ValidationFailed, match=r"V2__c\.sql:2:1: MySQL has no ADD INDEX IF NOT EXISTS.*CREATE INDEX"):
        await migrate(url, folder)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("text", [TWO, "ALTER TABLE t ADD a DECIMAL(5, 2), DROP COLUMN id;"])
async def test_sqlite_takes_one_action_in_a_statement(url: str, database: str, tmp_path: Path, text: str) -> None:
    folder = write_set(tmp_path / "list", {"V1__t.sql": MADE.format(columns=""), "V2__c.sql": "SELECT 1;\n" + text})
    with pytest.raises(ValidationFailed, match=r"V2__c\.sql:2:1: SQLite accepts one action in an ALTER TABLE"):
        await migrate(url, folder)
    write_set(tmp_path / "list", {"V2__c.sql": "ALTER TABLE t ADD a DECIMAL(5, 2) CHECK (a IN (1, 2));"})
    await migrate(url, folder)
    assert await row(url) == {"id": 1, "a": None}
