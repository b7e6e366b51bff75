"""MySQL and MariaDB: how a schema is read: in few queries, in any session, as any user; and what collations mean."""

import re

import pytest

from tests.schema.mysql_databases import MYSQL, counted, execute, inspect_url, numbered_tables, opened
from tests.schema.mysql_tables import objects, tables
from whimbrel.schema.mysql.types import read_collation

pytestmark = [pytest.mark.asyncio, pytest.mark.only("mysql", "mariadb")]
UTF8 = "ALTER DATABASE CHARACTER SET utf8mb4"
SETTINGS = [
    "SET sql_mode='ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'",
    "SET sql_mode='ANSI'",
    "SET sql_select_limit=1",
    "SET sql_quote_show_create=0",
    "SET group_concat_max_len=4",
    "SET time_zone='+05:00'",
    "SET NAMES utf8mb4 COLLATE utf8mb4_bin",
    "SET sql_safe_updates=1",
]


async def test_a_schema_is_read_with_at_most_3_queries(database: str, url: str) -> None:
    others = ("VIEW v AS SELECT 1 AS x", "PROCEDURE p() SELECT 1", "TRIGGER r BEFORE DELETE ON t0001 FOR EACH ROW SET @x = 1")
    await execute(url, [UTF8, *numbered_tables(100), *(f"CREATE {one}" for one in others)])
    queries: list[bytes] = []
    async with counted(url, queries) as relay, opened(relay) as connection:
        queries.clear()
        schema = await MYSQL.read(connection, "")
    assert len(schema.tables) == 100
    assert (len(schema.views), len(schema.routines), len(schema.tables[1].triggers)) == (1, 1, 1)
    assert len(queries) <= 3, queries


async def test_the_sessions_settings_change_neither_the_schema_nor_themselves(database: str, url: str) -> None:
    await execute(url, [UTF8, *[one for one in tables(database) if "_4" not in one], *objects(database)])
    expected = await inspect_url(url)
    for setting in [*SETTINGS, *(["SET sql_mode='ORACLE,EMPTY_STRING_IS_NULL'"] if database == "mariadb" else [])]:
        assert await inspect_url(url, setting) == expected, setting
    async with opened(url) as connection:
        await connection.run(SETTINGS[0])
        await connection.run(SETTINGS[3])
        before = await connection.fetch_one("SELECT @@sql_mode AS mode, @@sql_quote_show_create AS quoted")
        await MYSQL.read(connection, "")
        assert await connection.fetch_one("SELECT @@sql_mode AS mode, @@sql_quote_show_create AS quoted") == before


async def test_a_user_who_may_only_read_sees_the_same_tables(database: str, url: str) -> None:
    user = f"reader_{database}"
    await execute(url, [UTF8, *tables(database), f"DROP USER IF EXISTS {user}", f"CREATE USER {user}"])
    await execute(url, [f"GRANT SELECT ON {url.rpartition('/')[2]}.* TO {user}"])
    expected = await inspect_url(url)
    seen = await inspect_url(re.sub(r"//[^@]*@", f"//{user}@", url))
    assert seen.tables == expected.tables
    assert seen.sequences == expected.sequences
    assert [one.name for one in seen.opaques] == ["events", "routines", "triggers"]


async def test_nothing_is_concluded_from_a_table_whose_text_a_user_may_not_see(database: str, url: str) -> None:
    user, name = f"columns_{database}", url.rpartition("/")[2]
    await execute(url, ["CREATE TABLE hidden (a int, b int) CONNECTION='x'", "CREATE TABLE seen (a int) CONNECTION='y'"])
    await execute(url, [f"DROP USER IF EXISTS {user}", f"CREATE USER {user}", f"GRANT SELECT (a) ON {name}.hidden TO {user}"])
    await execute(url, [f"GRANT SELECT ON {name}.seen TO {user}"])
    schema = await inspect_url(re.sub(r"//[^@]*@", f"//{user}@", url))
    assert [one.name for one in schema.opaques] == ["events", "routines", "table hidden", "triggers"]
    assert "CONNECTION='y'" in schema.tables[1].options


async def test_a_temporary_table_does_not_hide_the_real_one(database: str, url: str) -> None:
    await execute(url, ["CREATE TABLE t (a int)"])
    schema = await inspect_url(url, "CREATE TEMPORARY TABLE t (b int) CONNECTION='x'")
    assert [column.name for column in schema.tables[0].columns] == ["a"]
    assert not [option for option in schema.tables[0].options if "CONNECTION" in option]


async def test_a_session_in_another_database_sees_the_same_schema(database: str, url: str) -> None:
    await execute(
        url, ["CREATE TABLE t (a int)", "CREATE VIEW v (x, `y (`) AS SELECT a, a + 1 FROM t", "CREATE VIEW w AS SELECT x FROM v"]
    )
    schema = await inspect_url(url)
    assert await inspect_url(url, "USE mysql") == schema


async def test_a_collation_compares_as_its_name_says(database: str, url: str) -> None:
    """Ask the server about each collation of Unicode, and of Latin-1, which it has."""
    async with opened(url) as connection:
        rows = await connection.fetch_all(
            "SELECT collation_name AS name, character_set_name AS charset FROM information_schema.collations "
            "WHERE character_set_name IN ('utf8mb4', 'latin1') AND id IS NOT NULL"
        )
        wrong = []
        for row in rows:
            name, charset = str(row["name"]), row["charset"]
            same = ", ".join(_equal(one, other, charset, name) for one, other in (("a", "A"), ("e", "é"), ("a", "a ")))
            answer = list((await connection.fetch_all(f"SELECT {same}"))[0].values())
            told = read_collation(name)
            found = [not bool(value) for value in answer[:2]] + [bool(answer[2])]
            expected = [told.case_sensitive, told.accent_sensitive, told.padded]
            if any(fact is not None and fact != real for fact, real in zip(expected, found, strict=True)):
                wrong.append((name, found, expected))
    assert wrong == []


def _equal(one: str, other: str, charset: str, collation: str) -> str:
    left, right = (f"CONVERT(_utf8mb4 X'{text.encode().hex()}' USING {charset})" for text in (one, other))
    return f"{left} COLLATE {collation} = {right} AS `{other}`"
