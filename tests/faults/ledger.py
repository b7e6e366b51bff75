"""A set of migrations that shows whether each was applied once, and a check that reads only the database, never logs."""

from pathlib import Path

from tests.files import write_set
from whimbrel import DatabaseManager

FIRST = """
CREATE TABLE counter (version INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE ledger (position INTEGER NOT NULL, version INTEGER NOT NULL);
"""
# Statements whose result shows whether they ran twice, before and after a statement that commits implicitly on MySQL.
EACH = """
INSERT INTO counter VALUES ({version}, 0);
UPDATE counter SET n = n + 1 WHERE version = {version};
CREATE TABLE made_{version} (id INTEGER PRIMARY KEY, n INTEGER);
INSERT INTO ledger SELECT count(*) + 1, {version} FROM ledger;
"""


def write_ledger(folder: Path, migrations: int) -> str:
    """Write a set of that many migrations and return its path."""
    texts = [(FIRST if version == 1 else "") + EACH.format(version=version) for version in range(1, migrations + 1)]
    return write_set(folder, {f"V{version:03}__count.sql": text for version, text in enumerate(texts, start=1)})


async def judge(url: str, migrations: int) -> None:
    """Raise AssertionError unless each migration was applied once, in order, and is recorded so."""
    wanted = list(range(1, migrations + 1))
    async with DatabaseManager(url) as db_manager:
        counted = await db_manager.fetch_all("SELECT version, n FROM counter ORDER BY version")
        assert [(row["version"], row["n"]) for row in counted] == [(version, 1) for version in wanted]
        ledger = await db_manager.fetch_all("SELECT position, version FROM ledger ORDER BY position")
        assert [(row["position"], row["version"]) for row in ledger] == [(version, version) for version in wanted]
        for version in wanted:
            assert await db_manager.fetch_value(f"SELECT count(*) FROM made_{version}") == 0
        history = await db_manager.fetch_all(
            "SELECT version, installed_rank, success FROM whimbrel_history ORDER BY installed_rank"
        )
        assert [(int(row["version"]), row["installed_rank"], row["success"]) for row in history] == [
            (version, version, True) for version in wanted
        ]
        assert await db_manager.fetch_value("SELECT count(*) FROM whimbrel_journal") == 0
