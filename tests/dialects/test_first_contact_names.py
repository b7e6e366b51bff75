"""First contact finds an existing table by every spelling of its name that the database takes."""

import asyncio
from pathlib import Path

import pytest

from tests.conftest import run_sql
from tests.databases import count_rows
from tests.files import write_set
from whimbrel import ValidationFailed, migrate

pytestmark = pytest.mark.asyncio

_LONG = "l" * 70


async def refuse(url: str, folder: Path, texts: tuple[str, ...]) -> None:
    """Check that each of these files is refused, and that no row of `stock` is lost or doubled."""
    for number, text in enumerate(texts):
        with pytest.raises(ValidationFailed, match="exists already"):
            await migrate(url, write_set(folder / f"s{number}", {"V1__a.sql": text}))
        assert await count_rows(url, "stock") == 1, text


@pytest.fixture
def stock(url: str) -> None:
    run_sql(url, "CREATE TABLE stock (id INTEGER)", "INSERT INTO stock VALUES (1)")


@pytest.mark.only("sqlite")
@pytest.mark.usefixtures("stock")
async def test_sqlite_takes_strings_as_names_and_folds_ascii_alone(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(run_sql, url, "CREATE TABLE Übung (id INTEGER)")
    await refuse(
        url, tmp_path, ("DELETE FROM 'stock';", "DROP TABLE 'stock';", "INSERT INTO 'STOCK' VALUES (2);", "DROP TABLE Übung;")
    )
    hidden = "PRAGMA writable_schema = ON;\nDELETE FROM SQLITE_MASTER WHERE name = 'stock';"
    await refuse(url, tmp_path / "more", (hidden, "CREATE TEMP TABLE stock (a);\nDROP TABLE temp.stock;\nDELETE FROM stock;"))


@pytest.mark.only("postgresql")
@pytest.mark.usefixtures("stock")
async def test_postgresql_truncates_names_and_folds_ascii_alone(url: str, tmp_path: Path) -> None:
    database = url.rpartition("/")[2].partition("?")[0]
    await asyncio.to_thread(
        run_sql,
        url,
        "CREATE TABLE Übung (id int)",
        f"CREATE TABLE {_LONG} ({'c' * 70} int)",
        "CREATE SCHEMA temp",
        "CREATE TABLE temp.thing (id int)",
    )
    await refuse(
        url,
        tmp_path,
        (
            "DELETE FROM Übung;",
            f"DELETE FROM {_LONG};",
            "DELETE FROM temp.thing;",
            "DELETE FROM ONLY (stock);",
            f"DELETE FROM {database}.public.stock;",
            "ALTER SCHEMA temp RENAME TO other;",
            "CREATE TABLE kept AS WITH gone AS (DELETE FROM stock RETURNING *) SELECT * FROM gone;",
            "DROP OWNED BY CURRENT_USER;",
        ),
    )
    long_columns = f"CREATE TABLE IF NOT EXISTS {_LONG} ({'c' * 70} int);"
    assert len((await migrate(url, write_set(tmp_path / "own", {"V1__a.sql": long_columns}))).applied) == 1
    assert len((await migrate(url, write_set(tmp_path / "more", {"V1__a.sql": "CREATE TABLE übung (id int);"}))).applied) == 1


@pytest.mark.only("postgresql")
@pytest.mark.usefixtures("stock")
async def test_postgresql_an_extension_takes_the_columns_of_its_types_along(url: str, tmp_path: Path) -> None:
    await asyncio.to_thread(run_sql, url, "CREATE EXTENSION citext", "ALTER TABLE stock ADD COLUMN name citext")
    await refuse(url, tmp_path, ("DROP EXTENSION IF EXISTS citext CASCADE;",))
    text = "CREATE EXTENSION IF NOT EXISTS citext; DROP EXTENSION IF EXISTS hstore CASCADE;"
    assert len((await migrate(url, write_set(tmp_path / "own", {"V1__a.sql": text}))).applied) == 1


@pytest.mark.only("mysql", "mariadb")
@pytest.mark.usefixtures("stock")
async def test_mysql_other_words_for_drop(url: str, tmp_path: Path) -> None:
    await refuse(
        url,
        tmp_path,
        (
            "DROP TABLES stock;",
            "CREATE TEMPORARY TABLE stock (id INT); DROP TEMPORARY TABLE stock; DELETE FROM stock;",
            "DELETE FROM stock.* USING stock;",
            "SET @one = 'stock'; SET @text = CONCAT('DROP TABLE ', @one); PREPARE s FROM @text; EXECUTE s;",
            "CREATE EVENT e ON SCHEDULE AT CURRENT_TIMESTAMP DO DELETE FROM stock;",
        ),
    )


@pytest.mark.only("mysql")
@pytest.mark.usefixtures("stock")
async def test_mysql_statements_behind_with(url: str, tmp_path: Path) -> None:
    await refuse(
        url,
        tmp_path,
        (
            "WITH q AS (SELECT 1 AS id) DELETE stock FROM stock JOIN q USING (id);",
            "WITH q AS (SELECT 1 AS id) UPDATE q JOIN stock USING (id) SET stock.id = 5;",
        ),
    )


@pytest.mark.only("mariadb")
@pytest.mark.usefixtures("stock")
async def test_mariadb_statements_around_others(url: str, tmp_path: Path) -> None:
    await refuse(
        url,
        tmp_path,
        ("ANALYZE DELETE FROM stock;", "SET STATEMENT max_statement_time = 99 FOR DELETE FROM stock;", "DELETE FROM .stock;"),
    )
