"""Files as object-relational mappers and database tools write them, with transactions around their parts."""

from pathlib import Path

import pytest

from tests.files import write_set
from whimbrel import DatabaseManager, migrate

pytestmark = pytest.mark.asyncio
REBUILD = """BEGIN TRANSACTION;
CREATE TABLE parent (id INTEGER PRIMARY KEY);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE);
INSERT INTO parent VALUES (1);
INSERT INTO child VALUES (1, 1);
COMMIT;

BEGIN TRANSACTION;
CREATE TABLE "temp_parent" ("id" INTEGER PRIMARY KEY, "name" TEXT NULL);
INSERT INTO "temp_parent" ("id") SELECT "id" FROM "parent";
COMMIT;

PRAGMA foreign_keys = 0;

BEGIN TRANSACTION;
DROP TABLE "parent";
ALTER TABLE "temp_parent" RENAME TO "parent";
COMMIT;

PRAGMA foreign_keys = 1;

BEGIN TRANSACTION;
CREATE INDEX i ON child (parent_id);
INSERT INTO child VALUES (2, 1);
COMMIT;
"""
DUMP = """-- phpMyAdmin SQL Dump
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
SET time_zone = "+00:00";

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8mb4 */;

CREATE TABLE `t` (`id` int(11) NOT NULL, `name` varchar(20) DEFAULT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO `t` (`id`, `name`) VALUES (0, 'it\\'s'), (1, "ä;b");
ALTER TABLE `t` ADD PRIMARY KEY (`id`);
ALTER TABLE `t` MODIFY `id` int(11) NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=7;
COMMIT;

/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
"""
STEPS = """START TRANSACTION;
CREATE TABLE t (id INTEGER PRIMARY KEY);
CREATE TABLE other (id INTEGER PRIMARY KEY, t_id INTEGER NOT NULL REFERENCES t (id));
COMMIT;

START TRANSACTION;
INSERT INTO t VALUES (1);
ALTER TABLE t ADD COLUMN name VARCHAR(20);
UPDATE t SET name = 'a';
COMMIT;

"""


async def fetch(url: str, query: str) -> list[tuple[object, ...]]:
    async with DatabaseManager(url) as db_manager:
        return [tuple(row.values()) for row in await db_manager.fetch_all(query)]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("databases", [[], ["sqlite"]])
async def test_a_mapper_rebuilds_a_table_of_sqlite_between_transactions(
    url: str, database: str, tmp_path: Path, databases: list[str]
) -> None:
    report = await migrate(url, write_set(tmp_path / "mapper", {"V1__a.sql": REBUILD}), databases=databases)
    assert report.warnings == ()
    assert await fetch(
        url, "SELECT c.id, p.id AS parent, p.name FROM child c JOIN parent p ON p.id = c.parent_id ORDER BY c.id"
    ) == [
        (1, 1, None),
        (2, 1, None),
    ]


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.parametrize("name", ["V1__dump.sql", "V1__dump.mysql.sql"])
async def test_a_dump_with_settings_around_its_transaction(url: str, database: str, tmp_path: Path, name: str) -> None:
    files = {name: DUMP, "V2__row.sql": "INSERT INTO t (name) VALUES ('next');"}
    databases = [database] if name == "V1__dump.sql" else ["mysql", "mariadb"]
    await migrate(url, write_set(tmp_path / "dump", files), databases=databases)
    assert await fetch(url, "SELECT id, name FROM t ORDER BY id") == [(0, "it's"), (1, "ä;b"), (7, "next")]


@pytest.mark.only("postgresql", "mysql", "mariadb")
async def test_a_mapper_puts_each_step_into_a_transaction(url: str, database: str, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "mapper", {"V1__a.sql": STEPS, "V2__b.sql": "INSERT INTO other VALUES (1, 1);"})
    await migrate(url, folder)
    assert await fetch(url, "SELECT t.name, other.id FROM t JOIN other ON other.t_id = t.id") == [("a", 1)]
