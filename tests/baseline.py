"""A set of five versions for the tests of `baseline`, and what a database looks like after them."""

from collections.abc import Mapping
from pathlib import Path

from tests.conftest import run_sql
from tests.files import write_set
from whimbrel import DatabaseManager

__all__ = ["SHOP", "apply_by_hand", "history", "objects", "shop"]

SHOP: Mapping[str, str] = {
    "V1__customer.sql": "CREATE TABLE customer (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL);",
    "V2__basket.sql": (
        "CREATE TABLE basket (id INTEGER PRIMARY KEY, customer INTEGER NOT NULL);\n"
        "CREATE INDEX basket_customer ON basket (customer);"
    ),
    "V3__rows.sql": "INSERT INTO customer VALUES (1, 'Ada');\nINSERT INTO basket VALUES (1, 1);",
    "V4__email.sql": "ALTER TABLE customer ADD COLUMN email VARCHAR(80);\nDROP TABLE basket;",
    "V5__view.sql": "CREATE VIEW reachable AS SELECT id, email FROM customer WHERE email IS NOT NULL;",
}


def shop(folder: Path, newest: int = 5) -> str:
    """Write the first versions of the set and return its path."""
    return write_set(folder / "shop", dict(list(SHOP.items())[:newest]))


def apply_by_hand(url: str, newest: int) -> None:
    """Run the first versions as a person would, so that no history knows of them."""
    run_sql(url, *[statement for text in list(SHOP.values())[:newest] for statement in text.split(";\n")])


async def objects(url: str, database: str) -> set[tuple[str, ...]]:
    """Return tables, views and their columns, and indexes, without those of Whimbrel."""
    async with DatabaseManager(url) as db_manager:
        rows = await db_manager.fetch_all(_OBJECTS[database])
    return {tuple(map(str, row.values())) for row in rows if not str(row["owner"]).startswith("whimbrel_")}


async def history(url: str) -> list[dict[str, object]]:
    """Return the history's rows by rank."""
    async with DatabaseManager(url) as db_manager:
        return await db_manager.fetch_all("SELECT * FROM whimbrel_history ORDER BY installed_rank")


_MYSQL = (
    "SELECT table_name AS owner, column_name AS name, column_type AS type FROM information_schema.columns "
    "WHERE table_schema = database() UNION SELECT table_name, index_name, column_name FROM information_schema.statistics "
    "WHERE table_schema = database()"
)
_OBJECTS = {
    "postgresql": (
        "SELECT table_name AS owner, column_name AS name, data_type AS type FROM information_schema.columns "
        "WHERE table_schema = current_schema() UNION SELECT tablename, indexname, indexdef FROM pg_indexes "
        "WHERE schemaname = current_schema()"
    ),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlite": (
        "SELECT m.name AS owner, c.name AS name, c.type AS type FROM sqlite_master m, pragma_table_info(m.name) c "
        "UNION SELECT tbl_name, name, type FROM sqlite_master WHERE type = 'index'"
    ),
}
